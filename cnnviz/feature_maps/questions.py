"""What may be asked of a lens: which call of which network, through which weights, for which picture. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.feature_maps.output_layout import FIRST_PART, Part
from cnnviz.zoo.weights_source import Weights

if TYPE_CHECKING:
    from cnnviz.feature_maps.drawn.mosaic import Scaling
    from cnnviz.inspection.call import Call
    from cnnviz.inspection.inspected import Inspected


class Place(NamedTuple):
    """Where a number is in a layer's maps."""

    channel: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Question:
    """Every channel of what one call returns for one picture. The call is of the report that the network came with."""

    inspected: Inspected
    call: Call
    weights: Weights
    picture: Path
    scaling: Scaling  # how the maps are to be drawn
    weights_edition: int = 0  # another one: the same weights, which may have been written anew
    picture_edition: int = 0
    part: Part = FIRST_PART  # of what it returns


@dataclass(frozen=True, slots=True)
class PixelQuestion:
    """Why one number of a call's maps is what it is."""

    maps: Question
    at: Place


@dataclass(frozen=True, slots=True)
class HeatWish:
    """How evidence is to be looked for."""

    method: str  # a name of ``attribution.methods``
    class_index: int | None = None  # None: the likeliest


@dataclass(frozen=True, slots=True)
class HeatQuestion:
    """Where the evidence for a class is: in the call's maps, where the method reads maps and the call has any."""

    maps: Question
    wish: HeatWish
