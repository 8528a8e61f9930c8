"""The methods: one row and one module each. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.found_heat import ChooseClass, FoundHeat
    from cnnviz.feature_maps.attribution.heat_map import Told
    from cnnviz.feature_maps.subject import Subject
    from cnnviz.inspection.call import Call


@dataclass(frozen=True, slots=True)
class Method:
    """One way to say where the evidence is."""

    name: str  # as the command line spells it
    title: str
    module: str  # has ``compute``
    sentence: str

    def compute(self, subject: Subject, call: Call | None, choose: ChooseClass, told: Told) -> FoundHeat:
        """Return the heat of the class that ``choose`` names. The first call pays for ``import torch``.

        Raises:
            CnnvizError: the network fails, returns no scores, or has no such layer.
        """
        found: FoundHeat = import_module(self.module).compute(subject, call, choose, told)
        return found


_HERE = "cnnviz.feature_maps.attribution"
METHODS = (
    Method(
        "gradcam",
        "Grad-CAM",
        f"{_HERE}.grad_cam",
        "The layer's maps, each weighted by how much the score rises with it, summed; what speaks against is left out.",
    ),
    Method(
        "gradient",
        "Input gradient",
        f"{_HERE}.input_gradient",
        "How much the score changes with each pixel, in the channel that matters most.",
    ),
    Method(
        "occlusion",
        "Occlusion",
        f"{_HERE}.occlusion",
        "How much the score falls when a patch of the picture is covered with its mean colour.",
    ),
)


def method_named(name: str) -> Method:
    """Return the row of a method.

    Raises:
        CnnvizError: there is none of this name.
    """
    found = next((each for each in METHODS if each.name == name), None)
    if found is None:
        raise CnnvizError(f"There is no method {name!r}.", f"Choose {', '.join(each.name for each in METHODS)}.")
    return found
