"""Kernels → what is painted of them, and the numbers that say how they are doing. Pure numpy, for a worker thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.drawn import mosaic
from cnnviz.feature_maps.drawn.mosaic import Grid
from cnnviz.feature_maps.kernels.kernel_values import Kernels, KernelStatistics

if TYPE_CHECKING:
    import numpy.typing as npt

_NEAR_ZERO = 0.01  # of the largest magnitude
_ASPECT = 4 / 3  # of a picture of single tiles, about
_MOVABLE = 500_000  # weights that are arranged anew at once when a window changes its size


@dataclass(frozen=True, slots=True)
class KernelLook:
    """How kernels are painted. The colours' middle is always zero."""

    each: bool = True  # every kernel over its own range; False: one range for the layer, so that they can be compared
    in_color: bool = True  # those of three input channels as red, green and blue; mid grey is zero


@dataclass(frozen=True, slots=True, eq=False)
class KernelDrawing:
    """Kernels made ready for the screen: for each output a strip of tiles, one for each input, or a single tile."""

    kernels: Kernels
    look: KernelLook
    grid: Grid  # of strips
    tiles: int  # in each strip
    pixels: npt.NDArray[np.uint8]  # (rows, columns) of levels 1..255, 0 in gaps and for NaN; in colour (…, 4), RGBA
    most: npt.NDArray[np.float32]  # (outputs,): the magnitude that the strongest colour stands for
    largest: float  # magnitude of all
    statistics: KernelStatistics  # of all

    @property
    def is_color(self) -> bool:
        """True where a tile is a kernel in red, green and blue."""
        return self.pixels.ndim == 3

    def at(self, row: float, column: float) -> tuple[int, int, int, int] | None:
        """Return output of the layer, plane, row and column of the weight at a place of ``pixels``; None in a gap."""
        found = self.grid.at(row, column)
        if found is None:
            return None
        width = self.kernels.planes.shape[3]
        plane, inner = divmod(found[2], width + _gap(self.kernels))
        return (found[0] + self.kernels.first, plane, found[1], inner) if inner < width else None


def draw_kernels(kernels: Kernels, look: KernelLook) -> KernelDrawing:
    """Return what to paint; strips of several tiles lie in one column: rows are outputs, columns inputs."""
    planes = kernels.planes
    magnitudes = np.abs(planes).reshape(len(planes), -1)
    own = np.max(magnitudes, axis=1, where=np.isfinite(magnitudes), initial=0)
    largest = float(own.max(initial=0))
    most = np.where(own > 0, own, 1) if look.each else np.full(len(planes), largest or 1)
    most = most.astype(np.float32)
    tiles = 1 if look.in_color and kernels.is_color else planes.shape[1]
    grid = _grid(kernels, tiles, _ASPECT if tiles == 1 else 0)
    statistics = summarise_kernel(planes, largest)
    return KernelDrawing(kernels, look, grid, tiles, _painted(kernels, look, most, grid), most, largest, statistics)


def arranged(drawing: KernelDrawing, aspect: float) -> KernelDrawing:
    """Return kernels as large as they can be in this width ÷ height; very many stay as they are."""
    grid = _grid(drawing.kernels, drawing.tiles, aspect)
    if grid == drawing.grid or drawing.kernels.values.size > _MOVABLE:
        return drawing
    pixels = _painted(drawing.kernels, drawing.look, drawing.most, grid)
    return replace(drawing, grid=grid, pixels=pixels)


def _gap(kernels: Kernels) -> int:
    """Cells between the tiles of a strip: a matrix has none."""
    return 0 if kernels.is_matrix else 1


def _grid(kernels: Kernels, tiles: int, aspect: float) -> Grid:
    """Return the grid of strips that makes them largest in this width ÷ height; 0: one below the other."""
    outputs, _, height, width = kernels.planes.shape
    gap = _gap(kernels)
    long = tiles * (width + gap) - gap
    apart = gap if tiles == 1 else 2 * gap

    def scale(columns: int) -> float:
        grid = Grid(outputs, height, long, columns, apart)
        return min(aspect / grid.shape[1], 1 / grid.shape[0])

    columns = 1 if gap == 0 or aspect == 0 else max(range(1, outputs + 1), key=scale)
    return Grid(outputs, height, long, columns, apart if columns > 1 else gap)


def _painted(kernels: Kernels, look: KernelLook, most: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.uint8]:
    color = look.in_color and kernels.is_color
    return _colored(kernels.planes, most, grid) if color else _levels(kernels, most, grid)


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


def _levels(kernels: Kernels, most: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.uint8]:
    planes, gap = kernels.planes, _gap(kernels)
    outputs, count, height, width = planes.shape
    ends = most.reshape(-1, 1, 1)
    levels = mosaic.quantise(planes.reshape(outputs, count * height, width), -ends, ends)
    strips = np.zeros((outputs, height, count, width + gap), np.uint8)
    strips[..., :width] = levels.reshape(outputs, count, height, width).swapaxes(1, 2)
    return mosaic.assemble(strips.reshape(outputs, height, -1)[..., : grid.width], grid)


def _colored(planes: npt.NDArray[np.float32], most: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.uint8]:
    shares = np.nan_to_num(planes / most.reshape(-1, 1, 1, 1)).clip(-1, 1)
    tones = np.rint(127.5 + 127.5 * shares).astype(np.uint8)
    parts = [mosaic.assemble(tones[:, channel], grid) for channel in range(3)]
    return np.stack([*parts, mosaic.assemble(np.full_like(tones[:, 0], 255), grid)], axis=-1)
