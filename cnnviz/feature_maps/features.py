"""What a layer of a network, or of any module, returns for a picture: ``cnnviz.features``."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.lens import as_feature_maps
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.files import Progress

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.zoo import ModelSpec
    from cnnviz.zoo.inputs import Said
    from cnnviz.zoo.weights_source import Weights


def features(
    model: str | ModelSpec | nn.Module,
    picture: str | PathLike[str],
    layer: str,
    weights: str | Path | Weights | None = None,
    input_shape: Said | None = None,
    options: Mapping[str, object] | None = None,
    on_progress: Progress | None = None,
    normalise: str | None = None,
    allow_mismatch: bool = False,
    fit: Fit | None = None,
) -> FeatureMaps:
    """Return every channel of what ``layer`` returns for a picture, in eval mode.

    Args:
        model: an architecture's name, a resolved spec, or any module, which is not changed.
        picture: an image file, or one of a data set's by class and number, "fashion-mnist-sample:3:17"; its largest
            centred part, or all of it where the weights were trained so, is resized.
        layer: a module path, "features.0"; "" is the network itself. Where it is called more than once: the first call.
        weights: these and what follows: see ``Looking``.
        input_shape: see there.
        options: see there.
        on_progress: see there.
        normalise: see there.
        allow_mismatch: see there.
        fit: see there.

    Raises:
        CnnvizError: the name, an option, the layer, the picture or the weights cannot be used, or the network fails.
    """
    how = Looking(weights, input_shape, options, on_progress, normalise, allow_mismatch, fit)
    subject, call = looked_at(model, picture, layer, how)
    return as_feature_maps(call, capture(subject.model, subject.example, call.identity, budget=0), subject)
