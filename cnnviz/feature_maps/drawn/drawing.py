"""Maps → everything that views paint: levels for the mosaic, ranges, statistics. Pure numpy, for a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

from cnnviz.feature_maps.drawn.mosaic import Scaling, limits, quantise
from cnnviz.feature_maps.drawn.statistics import Channels, Histogram, Statistics, histogram, measure

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_CELLS = 8_000_000  # that a mosaic is painted fluidly with


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Feature maps made ready for the screen."""

    values: npt.NDArray[np.float32]  # (C, H, W)
    levels: npt.NDArray[np.uint8]  # (C, ⌈H ÷ stride⌉, ⌈W ÷ stride⌉), 1..255; 0 is NaN
    stride: int  # the mosaic shows every so many rows and columns; 1: all
    low: npt.NDArray[np.float32]  # (C, 1, 1): what level 1 stands for
    high: npt.NDArray[np.float32]  # (C, 1, 1): what level 255 stands for
    channels: Channels
    statistics: Statistics  # of the whole layer
    scaling: Scaling  # what the data were asked about is settled
    layer_histogram: Histogram | None  # of all values, where one range is for all maps

    @property
    def is_vector(self) -> bool:
        """One number for each feature."""
        return self.values.shape[1:] == (1, 1)

    @property
    def diverges(self) -> bool:
        """Zero has the middle level: a diverging colour map says which side of it a value is on."""
        if self.scaling.fixed is not None:
            low, high = self.scaling.fixed
            return low == -high and self.statistics.is_signed
        return self.scaling.symmetric is True

    def map_levels(self, channel: int) -> npt.NDArray[np.uint8]:
        """Return one map's levels, (H, W), every row and column."""
        one = slice(channel, channel + 1)
        levels = self.levels[one] if self.stride == 1 else quantise(self.values[one], self.low[one], self.high[one])
        return levels.reshape(levels.shape[1:])

    def histogram(self, channel: int) -> Histogram | None:
        """Return where the values lie that the limits are for: of one map, or of all. None: nothing is finite."""
        if self.layer_histogram is not None:
            return self.layer_histogram
        found = self.channels.one(channel)
        if found.lowest is None or found.highest is None:
            return None
        return histogram(self.values[channel], found.lowest, found.highest)

    def scaling_words(self) -> str:
        """Return which values the colours' ends stand for, and why zero is or is not in the middle."""
        if self.scaling.fixed is not None:
            return "Fixed limits, the same for every map and layer."
        whose = "Each map over its own range" if self.scaling.each else "One range for all maps"
        clipped = ", 1 % cut off at each end" if self.scaling.clip else ""
        return f"{_sign_words(self.statistics, self.scaling.symmetric is True)} {whose}{clipped}."


def _sign_words(statistics: Statistics, symmetric: bool) -> str:
    """Zero is in the middle of the diverging colours alone, and those are blue and red."""
    if statistics.lowest is None or statistics.highest is None:
        return "No value is a number."
    sides = (
        "Values on both sides of 0"
        if statistics.is_signed
        else ("No value below 0" if statistics.lowest >= 0 else "No value above 0")
    )
    return f"{sides}: {'blue below 0, red above' if symmetric else 'from low to high'}."


def draw(
    values: npt.NDArray[np.float32], scaling: Scaling, channels: Channels | None = None, like: Drawing | None = None
) -> Drawing:
    """Return what to paint for maps (C, H, W); of very many cells, the mosaic gets every second, third, ... only.

    Args:
        values: what the layer returned.
        scaling: of the colours.
        channels: what ``measure`` said of the values, where it was asked before.
        like: other maps whose colours these are to have, each those of the same channel where they are as many; of
            others the limits of all.
    """
    stride = max(1, ceil(sqrt(values.size / _MOST_CELLS)))
    channels = channels or measure(values)
    statistics = channels.whole()
    scaling = scaling.settled(statistics.is_signed) if like is None else like.scaling
    low, high = limits(values, scaling) if like is None else _limits_of(like, len(values))
    levels = quantise(values[:, ::stride, ::stride], low, high)
    whole = None
    if (scaling.fixed or not scaling.each) and statistics.lowest is not None and statistics.highest is not None:
        whole = histogram(values, statistics.lowest, statistics.highest)
    return Drawing(values, levels, stride, low, high, channels, statistics, scaling, whole)


def _limits_of(like: Drawing, channels: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    if len(like.low) == channels:
        return like.low, like.high
    return like.low.min(0, keepdims=True).repeat(channels, 0), like.high.max(0, keepdims=True).repeat(channels, 0)
