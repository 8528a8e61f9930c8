"""What a method is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

ChooseClass = Callable[[Tensor], int]  # scores (classes,) → the class that is asked for


@dataclass(frozen=True, slots=True, eq=False)
class FoundHeat:
    """What a method returns."""

    scores: Tensor  # (classes,)
    shares: Tensor  # (classes,): probabilities
    class_index: int  # that was asked for
    heat: Tensor  # (H, W)
    layer: str = ""  # module path of the maps that it was read from; "": of none
