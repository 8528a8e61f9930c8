"""Many maps as one picture of levels: 0 where nothing is, 1..255 from low to high. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_LEVELS = 254  # steps between level 1 and level 255
_CLIPPED = 1.0  # percent cut off at each end where outliers are clipped


@dataclass(frozen=True, slots=True)
class Scaling:
    """How values become levels."""

    each: bool = True  # every map over its own range; False: one range for all, so that maps can be compared
    symmetric: bool = False  # the range is −a .. a, so that zero is in the middle
    clip: bool = False  # the range leaves out the lowest and the highest 1 %


@dataclass(frozen=True, slots=True)
class Grid:
    """Where each map lies in the mosaic. Sizes in cells of the mosaic: one for each value, and gaps between maps."""

    channels: int
    height: int  # of one map
    width: int
    columns: int
    gap: int

    @property
    def rows(self) -> int:
        """How many rows of maps."""
        return ceil(self.channels / self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the mosaic."""
        return _extent(self.rows, self.height, self.gap), _extent(self.columns, self.width, self.gap)

    def corner(self, channel: int) -> tuple[int, int]:
        """Return row and column of the mosaic where this channel's map begins."""
        row, column = divmod(channel, self.columns)
        return row * (self.height + self.gap), column * (self.width + self.gap)

    def at(self, row: float, column: float) -> tuple[int, int, int] | None:
        """Return channel, row and column in its map of a place in the mosaic; None in a gap or outside."""
        if row < 0 or column < 0:
            return None
        map_row, inner_row = divmod(int(row), self.height + self.gap)
        map_column, inner_column = divmod(int(column), self.width + self.gap)
        channel = map_row * self.columns + map_column
        if inner_row >= self.height or inner_column >= self.width or map_column >= self.columns:
            return None
        return (channel, inner_row, inner_column) if channel < self.channels else None


def fit(channels: int, height: int, width: int, aspect: float) -> Grid:
    """Return the grid whose maps become largest in an area of this width ÷ height."""
    gap = max(1, round(max(height, width) / 24))

    def scale(columns: int) -> float:
        rows = ceil(channels / columns)
        return min(aspect / _extent(columns, width, gap), 1 / _extent(rows, height, gap))

    columns = max(range(1, channels + 1), key=scale)
    return Grid(channels, height, width, columns, gap)


def limits(
    values: npt.NDArray[np.float32], scaling: Scaling
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the lowest and the highest value shown, for each map: two arrays (C, 1, 1). NaN and infinity do not count.

    Args:
        values: (C, H, W).
        scaling: a map of equal values gets a range of no width, or −1 .. 1 where zero must be in the middle.
    """
    channels = len(values)
    pool = values.reshape(channels if scaling.each else 1, -1)
    finite = np.isfinite(pool)
    if scaling.clip:
        low, high = _percentiles(pool, finite)
    else:
        low = np.min(pool, 1, where=finite, initial=np.inf)
        high = np.max(pool, 1, where=finite, initial=-np.inf)
    empty = ~finite.any(1)
    low, high = np.where(empty, 0, low), np.where(empty, 0, high)
    if scaling.symmetric:
        high = np.maximum(np.abs(low), np.abs(high))
        high = np.where(high == 0, 1, high)
        low = -high
    return _for_each(low, channels), _for_each(high, channels)


def quantise(
    values: npt.NDArray[np.float32], low: npt.NDArray[np.float32], high: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """Return levels 1..255 (C, H, W) for values from ``low`` to ``high``; NaN is 0. A range of no width is level 1.

    Args:
        values: (C, H, W).
        low: (C, 1, 1).
        high: (C, 1, 1).
    """
    span = high.astype(np.float64) - low  # of the extremes of float32, the difference is infinite in float32
    flat = span <= 0
    factor = np.where(flat, 0, _LEVELS / np.where(flat, 1, span)).astype(np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        levels = (np.clip(values, low, high) - low) * factor + np.float32(1.5)  # level 1, and half a level to round
        return np.where(np.isnan(values), 0, np.clip(levels, 1, 255)).astype(np.uint8)


def assemble(levels: npt.NDArray[np.uint8], grid: Grid) -> npt.NDArray[np.uint8]:
    """Return the mosaic, (rows, columns) of ``grid.shape``, 0 in the gaps and behind the last map."""
    channels, height, width = levels.shape
    tiles = np.zeros((grid.rows * grid.columns, height + grid.gap, width + grid.gap), np.uint8)
    tiles[:channels, :height, :width] = levels
    whole = tiles.reshape(grid.rows, grid.columns, height + grid.gap, width + grid.gap).swapaxes(1, 2)
    rows, columns = grid.shape
    return np.ascontiguousarray(
        whole.reshape(grid.rows * (height + grid.gap), grid.columns * (width + grid.gap))[:rows, :columns]
    )


def _extent(count: int, size: int, gap: int) -> int:
    return count * (size + gap) - gap


def _for_each(values: npt.NDArray[np.generic], channels: int) -> npt.NDArray[np.float32]:
    return np.broadcast_to(values.astype(np.float32).reshape(-1, 1, 1), (channels, 1, 1))


def _percentiles(
    pool: npt.NDArray[np.float32], finite: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the 1st and the 99th percentile of each row, of its finite values."""
    if finite.all():
        low, high = np.percentile(pool, (_CLIPPED, 100 - _CLIPPED), axis=1)
        return low, high
    ends = [
        np.percentile(row[keep], (_CLIPPED, 100 - _CLIPPED)) if keep.any() else (0, 0)
        for row, keep in zip(pool, finite, strict=True)
    ]
    return np.array(ends, np.float32).T[0], np.array(ends, np.float32).T[1]
