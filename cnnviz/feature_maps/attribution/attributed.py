"""Where in a picture a network finds the evidence for a class: ``cnnviz.why``."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told, class_called
from cnnviz.feature_maps.attribution.methods import Method, method_named
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.subject import Subject
from cnnviz.files import Progress
from cnnviz.inspection.memory import training_memory
from cnnviz.machine import check_room
from cnnviz.pictures.preprocessing import as_pixels

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cnnviz.inspection.call import Call
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
        told: how many runs of how many are done; what it raises ends the work.

    Raises:
        CnnvizError: as ``features``; or there is no such class, or the network returns no scores.
    """
    how = Looking(weights, input_shape, options, on_progress, normalise, allow_mismatch)
    subject, call = looked_at(model, picture, layer or "", how)
    return attribute(subject, None if layer is None else call, method_named(method), class_index, told or _quietly)


def attribute(subject: Subject, call: Call | None, method: Method, wanted: int | str | None, told: Told) -> HeatMap:
    """Return what a method says of a class.

    Args:
        subject: the network and its picture.
        call: the layer, for a method that reads one; None: the last with height and width.
        method: its row.
        wanted: the class; None: the likeliest.
        told: about progress.

    Raises:
        CnnvizError: there is no such class, not enough memory, or the network returns no scores.
    """
    check_room(training_memory(subject.report, 1, 0).activations, "Choose a smaller input or network.")
    names = subject.origin.class_names

    def choose(scores: Tensor) -> int:
        return int(scores.argmax()) if wanted is None else class_called(str(wanted), len(scores), names)

    found = method.compute(subject, call, choose, told)
    return HeatMap(
        method.name,
        found.heat.float().cpu().numpy(),
        found.class_index,
        names[found.class_index] if found.class_index < len(names) else "",
        found.scores.float().cpu().numpy(),
        subject.pixels,
        found.layer,
        subject.weights,
        names,
        subject.origin.notes,
        subject.origin.fit,
        as_pixels(subject.pixels, subject.origin.normalisation),
    )


def _quietly(_done: int, _all: int) -> None:
    """Tell nobody."""
