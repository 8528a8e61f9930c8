"""Maps → everything that views paint: levels for the mosaic, ranges, statistics. Pure numpy, for a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

from cnnviz.feature_maps.drawn.mosaic import Scaling, limits, quantise
from cnnviz.feature_maps.drawn.statistics import Statistics, summarise

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
    statistics: Statistics

    def map_levels(self, channel: int) -> npt.NDArray[np.uint8]:
        """Return one map's levels, (H, W), every row and column."""
        one = slice(channel, channel + 1)
        levels = self.levels[one] if self.stride == 1 else quantise(self.values[one], self.low[one], self.high[one])
        return levels.reshape(levels.shape[1:])


def draw(values: npt.NDArray[np.float32], scaling: Scaling) -> Drawing:
    """Return what to paint for maps (C, H, W); of very many cells, the mosaic gets every second, third, ... only."""
    stride = max(1, ceil(sqrt(values.size / _MOST_CELLS)))
    low, high = limits(values, scaling)
    levels = quantise(values[:, ::stride, ::stride], low, high)
    return Drawing(values, levels, stride, low, high, summarise(values))
