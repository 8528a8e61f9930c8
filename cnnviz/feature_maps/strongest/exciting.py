"""What excites the channels of a layer: ``cnnviz.strongest``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.feature_maps.attribution.heat_map import Told
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.strongest.looking_through import look_through
from cnnviz.feature_maps.strongest.patches import Strongest
from cnnviz.files import Progress
from cnnviz.pictures.samples import samples
from cnnviz.training.data.picture_set import PictureSet, picture_set

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.training.data.browsing import Split
    from cnnviz.zoo import ModelSpec
    from cnnviz.zoo.inputs import Said
    from cnnviz.zoo.weights_source import Weights

LIMIT = 1000  # pictures that are looked at unless somebody says how many


def strongest(
    model: str | ModelSpec | nn.Module,
    layer: str,
    data: str | Path | PictureSet,
    split: Split = "test",
    limit: int | None = LIMIT,
    weights: str | Path | Weights | None = None,
    input_shape: Said | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    normalise: str | None = None,
    allow_mismatch: bool = False,
    told: Told | None = None,
    fit: Fit | None = None,
) -> Strongest:
    """Return the nine places of data where each channel of a layer is largest, at most one of each picture.

    Args:
        model: as in ``features``, and so is all that is not said here.
        layer: see there.
        data: a data set's name, a folder of pictures, a file of arrays: what ``train`` reads.
        split: "test" or "train" pictures.
        limit: so many pictures, a fair sample; None: all.
        weights: see ``Looking``.
        input_shape: see there.
        options: see there.
        on_progress: see there.
        normalise: see there.
        allow_mismatch: see there.
        told: how many of how many pictures are done; what it raises ends the work.
        fit: see there.

    Raises:
        CnnvizError: as ``features``; or there are no such data on this machine.
    """
    pictures = data if isinstance(data, PictureSet) else picture_set(str(data), split, limit)
    how = Looking(weights, input_shape, options, on_progress, normalise, allow_mismatch, fit)
    subject, call = looked_at(model, samples()[0].file, layer, how)  # any picture will do: others take its place
    return look_through(subject, call, pictures, told or _quietly, pictures.there)


def _quietly(_done: int, _all: int) -> None:
    """Tell nobody."""
