"""A vector as bars, up and down from zero, with names where there are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.handed_on.plan import GREY, MARGIN, SMALL, Box, Plan, Words, head

if TYPE_CHECKING:
    import numpy.typing as npt

_WIDE, _HIGH = 900.0, 320.0
_NAMED_UP_TO = 24
_AXIS = 70  # pixels left of the bars


def bars_plan(title: str, lines: Sequence[str], values: npt.NDArray[np.float32], names: Sequence[str] = ()) -> Plan:
    """Return a bar for each value (F,); where they are few they lie, with their names.

    Args:
        title: above all.
        lines: below it.
        values: what is no number is no bar.
        names: of the features; as many, else they are numbered.
    """
    shapes, top = head(title, lines)
    finite = values[np.isfinite(values)]
    low, high = (min(0.0, float(finite.min())), max(0.0, float(finite.max()))) if len(finite) else (0.0, 1.0)
    high = high if high > low else low + 1
    if len(values) <= _NAMED_UP_TO:
        return Plan((*shapes, *_lying(values, names, top, low, high)))
    return Plan((*shapes, *_standing(values, top, low, high)))


def _lying(
    values: npt.NDArray[np.float32], names: Sequence[str], top: float, low: float, high: float
) -> list[Box | Words]:
    made: list[Box | Words] = []
    left, room, step = MARGIN + 180.0, 460.0, 22.0
    zero = left - low / (high - low) * room
    for at, value in enumerate(map(float, values)):
        middle = top + step * (at + 0.5)
        name = names[at] if len(names) == len(values) else str(at)
        made.append(Words(left - 8, middle, name, SMALL, GREY, "end"))
        if np.isfinite(value):
            width = abs(value) / (high - low) * room
            made.append(Box(min(zero, zero + value / (high - low) * room), middle - 7, width, 14, "#5b84b1", ""))
        made.append(Words(left + room + 8, middle, value_text(value), SMALL))
    made.append(Box(zero, top, 0, step * len(values)))
    return made


def _standing(values: npt.NDArray[np.float32], top: float, low: float, high: float) -> list[Box | Words]:
    """Where bars are thinner than a pixel, the extremes are drawn."""
    left = MARGIN + _AXIS
    shown = np.nan_to_num(values, nan=0.0, posinf=high, neginf=low)
    count = min(len(shown), int(_WIDE))
    starts = np.arange(count) * len(shown) // count
    lows, highs = np.minimum.reduceat(shown, starts), np.maximum.reduceat(shown, starts)
    width, scale = _WIDE / count, _HIGH / (high - low)
    made: list[Box | Words] = []
    for at, (least, most) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        upper, lower = max(0.0, most), min(0.0, least)
        made.append(Box(left + at * width, top + (high - upper) * scale, width, (upper - lower) * scale, "#5b84b1", ""))
    zero = top + high * scale
    made.append(Box(left, zero, _WIDE, 0))
    for value in {low, 0.0, high}:
        made.append(Words(left - 8, top + (high - value) * scale, value_text(value), SMALL, GREY, "end"))
    for at, anchor in ((0, "start"), (len(values) - 1, "end")):
        place = left if anchor == "start" else left + _WIDE
        made.append(Words(place, top + _HIGH + 14, str(at), SMALL, GREY, "start" if anchor == "start" else "end"))
    return made
