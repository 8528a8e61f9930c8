"""Why one number of a map is what it is: ``cnnviz.explain``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.output_layout import FIRST_PART, Part
from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
from cnnviz.feature_maps.pixel.entered import enter
from cnnviz.feature_maps.pixel.taking_apart import taken_apart, what_makes
from cnnviz.feature_maps.questions import Place
from cnnviz.files import Progress

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.zoo import ModelSpec
    from cnnviz.zoo.inputs import Said
    from cnnviz.zoo.weights_source import Weights


def explain(
    model: str | ModelSpec | nn.Module,
    picture: str | PathLike[str],
    layer: str,
    at: Sequence[int],
    weights: str | Path | Weights | None = None,
    input_shape: Said | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    normalise: str | None = None,
    allow_mismatch: bool = False,
    fit: Fit | None = None,
) -> Arithmetic:
    """Return what one number of a layer's output is made of: inputs × weights, bias, and its receptive field.

    Args:
        model: as in ``features``, and so is all that is not said here.
        picture: see there.
        layer: see there; of a container, the layer in it that made its output is taken apart.
        at: channel, row, column in its maps, from 0; with a depth channel, depth, row, column; of a vector its number.
        weights: see ``Looking``.
        input_shape: see there.
        options: see there.
        on_progress: see there.
        normalise: see there.
        allow_mismatch: see there.
        fit: see there.

    Raises:
        CnnvizError: as ``features``; or there is no such place, or no rule for this kind of layer.
    """
    how = Looking(weights, input_shape, options, on_progress, normalise, allow_mismatch, fit)
    subject, call = looked_at(model, picture, layer, how)
    maker = what_makes(subject.report, call)
    entered = enter(subject.model, subject.example, maker)
    return taken_apart(subject, maker, entered, *_place_and_part(at))


def _place_and_part(at: Sequence[int]) -> tuple[Place, Part]:
    match tuple(at):
        case (number,):
            return Place(number, 0, 0), FIRST_PART
        case (channel, row, column):
            return Place(channel, row, column), FIRST_PART
        case (channel, depth, row, column):
            return Place(channel, row, column), Part(slice=depth)
        case _:
            raise CnnvizError(f"{tuple(at)} is no place.", "Give channel, row and column, from 0.")
