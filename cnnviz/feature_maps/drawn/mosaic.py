"""Many maps as one picture of levels: 0 where nothing is, 1..255 from low to high. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_LEVELS = 254  # steps between level 1 and level 255
_BLOCK = 2**16  # values quantised together: they stay in the processor's cache
_CLIPPED = 1.0  # percent cut off at each end where outliers are clipped


@dataclass(frozen=True, slots=True)
class Scaling:
    """How values become levels."""

    each: bool = True  # every map over its own range; False: one range for all, so that maps can be compared
    symmetric: bool | None = False  # the range is −a .. a, so that zero is in the middle; None: as the data say
    clip: bool = False  # the range leaves out the lowest and the highest 1 %
    fixed: tuple[float, float] | None = None  # one range for all, whatever the values are; nothing else counts then

    def settled(self, is_signed: bool) -> Scaling:
        """Return it for data with values below and above 0, or without."""
        return self if self.symmetric is not None else replace(self, symmetric=is_signed)


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
    if scaling.fixed is not None:
        fixed_low, fixed_high = (_for_each(np.array([end]), channels) for end in scaling.fixed)
        return fixed_low, fixed_high
    pool = values.reshape(channels if scaling.each else 1, -1)
    if scaling.clip:
        low, high = _percentiles(pool)
    else:
        low, high = _extremes(pool)
    empty = ~np.isfinite(low)
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
    levels = np.empty(values.shape, np.uint8)
    step = max(1, _BLOCK // max(1, values[0].size))
    with np.errstate(invalid="ignore", over="ignore"):
        for at in (slice(start, start + step) for start in range(0, len(values), step)):
            block = np.clip(values[at], low[at], high[at])
            block -= low[at]
            block *= factor[at]
            block += np.float32(1.5)  # level 1, and half a level to round
            np.clip(block, 1, 255, out=block)
            unknown = np.isnan(block)
            if unknown.any():
                block[unknown] = 0
            levels[at] = block
    return levels


def assemble(
    levels: npt.NDArray[np.uint8], grid: Grid, order: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.uint8]:
    """Return the mosaic, (rows, columns) of ``grid.shape``, 0 in the gaps and behind the last map.

    Args:
        levels: (C, H, W).
        grid: where they lie.
        order: the map at each place; default: as they come.
    """
    channels, height, width = levels.shape
    whole = np.zeros(grid.shape, np.uint8)
    for row in range(grid.rows):
        places = slice(row * grid.columns, min(channels, (row + 1) * grid.columns))
        maps = levels[places if order is None else order[places]]
        strip = np.zeros((height, grid.columns, width + grid.gap), np.uint8)
        strip[:, : len(maps), :width] = maps.swapaxes(0, 1)
        top = row * (height + grid.gap)
        whole[top : top + height] = strip.reshape(height, -1)[:, : whole.shape[1]]
    return whole


def _extent(count: int, size: int, gap: int) -> int:
    return count * (size + gap) - gap


def _for_each(values: npt.NDArray[np.generic], channels: int) -> npt.NDArray[np.float32]:
    return np.broadcast_to(values.astype(np.float32).reshape(-1, 1, 1), (channels, 1, 1))


def _extremes(
    pool: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the lowest and the highest finite value of each row; infinite where it has none."""
    low, high = pool.min(1), pool.max(1)  # NaN where there is one
    if np.isfinite(low).all() and np.isfinite(high).all():
        return low, high
    finite = np.isfinite(pool)
    return np.min(pool, 1, where=finite, initial=np.inf), np.max(pool, 1, where=finite, initial=-np.inf)


def _percentiles(
    pool: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the 1st and the 99th percentile of each row, of its finite values; infinite where it has none."""
    ends = []
    for row in pool:
        known = row if np.isfinite(row.sum(dtype=np.float64)) else row[np.isfinite(row)]
        ends.append(np.percentile(known, (_CLIPPED, 100 - _CLIPPED)) if len(known) else (np.inf, -np.inf))
    low, high = np.array(ends, np.float32).T
    return low, high
