"""A method's heat for one class of one picture, with all that is to be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told, class_called
from cnnviz.feature_maps.attribution.methods import Method
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.memory import training_memory
from cnnviz.machine import check_room
from cnnviz.pictures.preprocessing import as_pixels

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.inspection.call import Call


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
    if len(subject.spec.input_shape) != 3:
        message = "Heat maps are of networks that take one picture, not a film or a scan."
        raise CnnvizError(message, "Choose another network.")
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
        found.shares.float().cpu().numpy(),
        subject.pixels,
        found.layer,
        subject.weights,
        names,
        subject.origin.notes,
        subject.origin.fit,
        as_pixels(subject.pixels, subject.origin.normalisation),
    )
