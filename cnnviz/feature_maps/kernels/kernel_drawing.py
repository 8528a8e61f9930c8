"""Kernels → what is painted of them, and the numbers that say how they are doing. Pure numpy, for a worker thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.drawn import mosaic
from cnnviz.feature_maps.drawn.mosaic import Grid
from cnnviz.feature_maps.kernels.kernel_values import Kernels, KernelStatistics

if TYPE_CHECKING:
    import numpy.typing as npt

_NEAR_ZERO = 0.01  # of the largest magnitude
_ASPECT = 4 / 3  # of a picture of single tiles, about
_LONG = 4  # times as long as the view is wide: such strips are broken
_BETWEEN = 2  # cells between blocks
_MOVABLE = 500_000  # weights that are arranged anew at once when a window changes its size


@dataclass(frozen=True, slots=True)
class KernelLook:
    """How kernels are painted. The colours' middle is always zero."""

    each: bool = True  # every kernel over its own range; False: one range for the layer, so that they can be compared
    in_color: bool = True  # those of three input channels as red, green and blue; mid grey is zero


@dataclass(frozen=True, slots=True, eq=False)
class KernelDrawing:
    """Kernels made ready for the screen: for each output a strip of tiles, one for each input, or a single tile.

    A strip that would be very long is broken into rows: then it is a block.
    """

    kernels: Kernels
    look: KernelLook
    grid: Grid  # of strips
    tiles: int  # in each strip
    across: int  # of these in a row of a block; of a strip all
    pixels: npt.NDArray[np.uint8]  # (rows, columns) of levels 1..255, 0 in gaps and for NaN; in colour (…, 4), RGBA
    most: npt.NDArray[np.float32]  # (outputs,): the magnitude that the strongest colour stands for
    largest: float  # magnitude of all
    statistics: KernelStatistics  # of all

    @property
    def is_broken(self) -> bool:
        """True where an output's tiles lie in several rows."""
        return self.across < self.tiles

    @property
    def is_color(self) -> bool:
        """True where a tile is a kernel in red, green and blue."""
        return self.pixels.ndim == 3

    def at(self, row: float, column: float) -> tuple[int, int, int, int] | None:
        """Return output of the layer, plane, row and column of the weight at a place of ``pixels``; None in a gap."""
        found = self.grid.at(row, column)
        if found is None:
            return None
        height, width = self.kernels.planes.shape[2:]
        gap = _gap(self.kernels)
        (line, inner_row), (place, inner) = divmod(found[1], height + gap), divmod(found[2], width + gap)
        plane = line * self.across + place
        if inner_row >= height or inner >= width or plane >= self.tiles:
            return None
        return found[0] + self.kernels.first, plane, inner_row, inner


def draw_kernels(kernels: Kernels, look: KernelLook) -> KernelDrawing:
    """Return what to paint; strips of several tiles lie in one column: rows are outputs, columns inputs."""
    planes = kernels.planes
    magnitudes = np.abs(planes).reshape(len(planes), -1)
    own = np.max(magnitudes, axis=1, where=np.isfinite(magnitudes), initial=0)
    largest = float(own.max(initial=0))
    most = np.where(own > 0, own, 1) if look.each else np.full(len(planes), largest or 1)
    most = most.astype(np.float32)
    tiles = 1 if look.in_color and kernels.is_color else planes.shape[1]
    grid = _grid(kernels, tiles, tiles, _ASPECT if tiles == 1 else 0)
    statistics = summarise_kernel(planes, largest)
    pixels = _painted(kernels, look, most, grid, tiles)
    return KernelDrawing(kernels, look, grid, tiles, tiles, pixels, most, largest, statistics)


def arranged(drawing: KernelDrawing, aspect: float) -> KernelDrawing:
    """Return kernels as large as they can be in this width ÷ height; very many stay as they are."""
    if drawing.kernels.values.size > _MOVABLE:
        return drawing
    across = _across(drawing.kernels, drawing.tiles, aspect)
    grid = _grid(drawing.kernels, drawing.tiles, across, aspect)
    if grid == drawing.grid and across == drawing.across:
        return drawing
    pixels = _painted(drawing.kernels, drawing.look, drawing.most, grid, across)
    return replace(drawing, grid=grid, across=across, pixels=pixels)


def _across(kernels: Kernels, tiles: int, aspect: float) -> int:
    """Return how many tiles lie in a row: all, unless rows of all outputs make a strip that is very long."""
    outputs, _, height, width = kernels.planes.shape
    gap = _gap(kernels)
    if tiles * (width + gap) <= _LONG * aspect * outputs * (height + gap):
        return tiles
    return ceil(sqrt(tiles * (height + gap) / (width + gap)))


def _gap(kernels: Kernels) -> int:
    """Cells between the tiles of a strip: a matrix has none."""
    return 0 if kernels.is_matrix else 1


def _grid(kernels: Kernels, tiles: int, across: int, aspect: float) -> Grid:
    """Return the grid of strips or blocks that makes them largest in this width ÷ height; 0: one below the other."""
    outputs, _, height, width = kernels.planes.shape
    gap = _gap(kernels)
    is_broken = across < tiles
    high = ceil(tiles / across) * (height + gap) - gap
    long = across * (width + gap) - gap
    apart = gap if tiles == 1 else max(2 * gap, _BETWEEN * is_broken)

    def scale(columns: int) -> float:
        grid = Grid(outputs, high, long, columns, apart)
        return min(aspect / grid.shape[1], 1 / grid.shape[0])

    columns = 1 if aspect == 0 or (gap == 0 and not is_broken) else max(range(1, outputs + 1), key=scale)
    return Grid(outputs, high, long, columns, apart if columns > 1 or is_broken else gap)


def _painted(
    kernels: Kernels, look: KernelLook, most: npt.NDArray[np.float32], grid: Grid, across: int
) -> npt.NDArray[np.uint8]:
    color = look.in_color and kernels.is_color
    return _colored(kernels.planes, most, grid) if color else _levels(kernels, most, grid, across)


def summarise_kernel(values: npt.NDArray[np.float32], largest: float) -> KernelStatistics:
    """Return the statistics of kernels.

    Args:
        values: of one, or of all.
        largest: magnitude of the layer's; below 1 % of it a weight is near zero.
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    missing = values.size - finite.size
    if not finite.size:
        return KernelStatistics(None, None, None, None, None, None, missing)
    near = float((np.abs(finite) <= _NEAR_ZERO * largest).mean())
    return KernelStatistics(
        float(finite.mean()), float(finite.std()), float(finite.min()), float(finite.max()),
        float(np.sqrt((finite**2).sum())), near, missing,
    )  # fmt: skip


def _levels(kernels: Kernels, most: npt.NDArray[np.float32], grid: Grid, across: int) -> npt.NDArray[np.uint8]:
    planes, gap = kernels.planes, _gap(kernels)
    outputs, count, height, width = planes.shape
    ends = most.reshape(-1, 1, 1)
    levels = mosaic.quantise(planes.reshape(outputs, count * height, width), -ends, ends)
    lines = ceil(count / across)
    tiles = np.zeros((outputs, lines * across, height + gap, width + gap), np.uint8)
    tiles[:, :count, :height, :width] = levels.reshape(outputs, count, height, width)
    blocks = tiles.reshape(outputs, lines, across, height + gap, width + gap).swapaxes(2, 3)
    whole = blocks.reshape(outputs, lines * (height + gap), across * (width + gap))
    return mosaic.assemble(whole[:, : grid.height, : grid.width], grid)


def _colored(planes: npt.NDArray[np.float32], most: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.uint8]:
    shares = np.nan_to_num(planes / most.reshape(-1, 1, 1, 1)).clip(-1, 1)
    tones = np.rint(127.5 + 127.5 * shares).astype(np.uint8)
    parts = [mosaic.assemble(tones[:, channel], grid) for channel in range(3)]
    return np.stack([*parts, mosaic.assemble(np.full_like(tones[:, 0], 255), grid)], axis=-1)
