"""Boxes and lanes on their ranks, while a graph is being laid out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Segment:
    """Part of a link between two neighbouring ranks. Items are boxes, then lanes."""

    upper: int
    lower: int
    leaves: float
    enters: float


@dataclass(slots=True)
class Ranked:
    """Boxes and lanes on their ranks. ``chains[i]`` are the items that link ``i`` passes, both ends included."""

    ranks: list[list[int]]
    widths: list[float]  # of items
    boxes: int  # items from here on are lanes
    segments: list[list[Segment]]  # by the rank of the upper end
    chains: list[list[int]]
