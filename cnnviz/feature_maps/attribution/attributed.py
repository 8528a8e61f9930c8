"""Where in a picture a network finds the evidence for a class: ``cnnviz.why``."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.feature_maps.attribution.attribute import attribute
from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told
from cnnviz.feature_maps.attribution.methods import method_named
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.files import Progress

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.zoo import ModelSpec
    from cnnviz.zoo.inputs import Said
    from cnnviz.zoo.weights_source import Weights


def why(
    model: str | ModelSpec | nn.Module,
    picture: str | PathLike[str],
    class_index: int | str | None = None,
    method: str = "gradcam",
    layer: str | None = None,
    weights: str | Path | Weights | None = None,
    input_shape: Said | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    normalise: str | None = None,
    allow_mismatch: bool = False,
    fit: Fit | None = None,
    told: Told | None = None,
) -> HeatMap:
    """Return where in the picture a network finds the evidence for a class, in eval mode.

    Args:
        model: as in ``features``, and so is all that is not said here.
        picture: see there.
        class_index: a number from 0, or a class's name where the weights tell; default: the likeliest.
        method: "gradcam", "gradient" or "occlusion", see ``METHODS``.
        layer: whose maps Grad-CAM weights; default: the last with height and width.
        weights: see ``Looking``.
        input_shape: see there.
        options: see there.
        on_progress: see there.
        normalise: see there.
        allow_mismatch: see there.
        fit: see there.
        told: how many runs of how many are done; what it raises ends the work.

    Raises:
        CnnvizError: as ``features``; or there is no such class, or the network returns no scores.
    """
    how = Looking(weights, input_shape, options, on_progress, normalise, allow_mismatch, fit)
    subject, call = looked_at(model, picture, layer or "", how)
    return attribute(subject, None if layer is None else call, method_named(method), class_index, told or _quietly)


def _quietly(_done: int, _all: int) -> None:
    """Tell nobody."""
