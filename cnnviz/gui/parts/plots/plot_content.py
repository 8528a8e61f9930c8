"""What a plot shows: curves, bands behind them, levels, and the axes that fit them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnviz.gui.parts.plots.plot_axis import Axis, Floats, roomy

_COLUMNS = 400  # of which the highest tell how high an axis is
_USUAL = 0.98  # share of a faint curve's peaks that is to be in sight
_CALM, _WILD = 0.95, 2.0  # of a curve's peaks, where some are beyond so many times the highest level
_FEW, _MANY = 5, 20  # peaks, of which none, or a share, is left out
_NEAR = 0.4  # share of a level from which on it is in sight
_LOWEST, _HIGHEST = 1e-9, 30  # on a logarithmic axis: a value, and a power of ten


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A curve. Where its value is no number it has a gap, which is marked."""

    name: str
    xs: Floats  # (N,), ascending
    ys: Floats  # (N,)
    color: str
    style: Literal["line", "faint", "marks", "dashed"] = "line"

    def at(self, x: float) -> tuple[float, float] | None:
        """Return the point nearest to ``x``; of marks the last one up to it. None: there is none."""
        if not len(self.xs):
            return None
        right = int(np.searchsorted(self.xs, x, side="right"))
        if self.style == "marks":
            near = right - 1
        else:
            near = min((at for at in (right - 1, right) if 0 <= at < len(self.xs)), key=lambda at: abs(self.xs[at] - x))
        return (float(self.xs[near]), float(self.ys[near])) if near >= 0 else None


@dataclass(frozen=True, slots=True)
class Band:
    """A range of values, expected between two places of the x axis and drawn faintly all along it."""

    low: float
    high: float
    first: float
    last: float
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """A value that means something: a dashed line."""

    value: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class PlotContent:
    """Everything that a plot shows."""

    x_title: str = ""
    series: tuple[Series, ...] = ()
    bands: tuple[Band, ...] = ()
    levels: tuple[Level, ...] = ()
    places: tuple[Level, ...] = ()  # of the x axis, that mean something
    bounds: tuple[float, float] | None = None  # of the values, where they have any; None: from 0 to what there is
    x_end: float | None = None  # where the curves will end, if that is known
    x_limits: Axis | None = None  # the whole x axis, where it does not grow from 0
    shaded: bool = False  # every second whole number of the x axis: epochs
    logarithmic: bool = False

    def x_axis(self) -> Axis:
        """Return the axis from 0 that grows in steps up to where the curves will end, unless it is given."""
        if self.x_limits is not None:
            return self.x_limits
        newest = max((float(each.xs[-1]) for each in self.series if len(each.xs)), default=0.0)
        high = roomy(newest) if newest > 0 else self.x_end or 1.0
        if self.x_end is not None and newest <= self.x_end:
            high = self.x_end if high > self.x_end * 0.6 else high
        return Axis(0.0, high)

    def y_axis(self, x: Axis) -> Axis:
        """Return the axis for what is in sight between the limits of ``x``."""
        seen = [(each.style, _in_sight(each, x)) for each in self.series]
        if self.logarithmic:
            return _logarithmic([ys for _, ys in seen])
        if self.bounds is not None:
            return Axis(*self.bounds)
        wild = _WILD * max((each.value for each in self.levels), default=math.inf)
        tops = [_top(style, ys, wild) for style, ys in seen if len(ys)]
        top = max(tops, default=0.0)
        levels = [each.value for each in self.levels if top >= _NEAR * each.value or not top]
        highest = max([top, *levels, *(each.high for each in self.bands if each.first <= x.high)])
        return Axis(0.0, roomy(1.02 * highest))


def _in_sight(series: Series, x: Axis) -> Floats:
    """Return the peaks of what lies between the limits."""
    _, ys = decimated(series.xs, series.ys, x.low, x.high, _COLUMNS)
    return ys[np.isfinite(ys)]


def _top(style: str, ys: Floats, wild: float) -> float:
    """One wild step, or test, does not press everything else flat."""
    if style == "faint" and len(ys) > _MANY:
        return float(np.quantile(ys, _USUAL))
    highest = float(ys.max())
    if highest <= wild or len(ys) < _FEW:
        return highest
    return max(wild, float(np.quantile(ys, _CALM, method="lower")))


def _logarithmic(seen: list[Floats]) -> Axis:
    """Return whole decades, one at least."""
    positive = np.concatenate([ys[ys > _LOWEST] for ys in seen]) if seen else np.empty(0)
    if not len(positive):
        return Axis(0.1, 10.0, True)
    low, high = math.floor(math.log10(positive.min()) + 1e-9), math.ceil(math.log10(positive.max()) - 1e-9)
    low = min(low, _HIGHEST)
    return Axis(10.0**low, 10.0 ** min(max(high, low + 1), _HIGHEST + 1), True)


def decimated(xs: Floats, ys: Floats, low: float, high: float, columns: int) -> tuple[Floats, Floats]:
    """Return what a curve looks like in so many columns of pixels between two limits: each one's smallest and largest.

    The points of a column are always the same ones while the curve grows, so that what is drawn stands still. What is
    no number is passed over, unless a whole column is none.
    """
    first = max(int(np.searchsorted(xs, low)) - 1, 0)
    last = min(int(np.searchsorted(xs, high, side="right")) + 1, len(xs))
    count = last - first
    if count <= 4 * columns:
        return xs[first:last], ys[first:last]
    size = 1 << int(np.ceil(np.log2(count / columns)))
    first -= first % size
    whole = first + (last - first) // size * size
    blocks = ys[first:whole].reshape(-1, size)
    lows, highs = np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)
    made = np.column_stack([lows, highs]).ravel()
    places = np.repeat(xs[first:whole:size], 2)
    return np.concatenate([places, xs[whole:last]]), np.concatenate([made, ys[whole:last]])
