"""Kernels → what is painted of them, and the numbers that say how they are doing. Pure numpy, for a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.drawn import mosaic
from cnnviz.feature_maps.drawn.mosaic import Grid
from cnnviz.feature_maps.kernels.kernel_values import Kernels, KernelStatistics

if TYPE_CHECKING:
    import numpy.typing as npt

_NEAR_ZERO = 0.01  # of the largest magnitude
_ASPECT = 4 / 3


@dataclass(frozen=True, slots=True)
class KernelLook:
    """How kernels are painted. The colours' middle is always zero."""

    each: bool = True  # every kernel over its own range; False: one range for the layer, so that they can be compared
    in_color: bool = True  # those of three input channels as red, green and blue; mid grey is zero


@dataclass(frozen=True, slots=True, eq=False)
class KernelDrawing:
    """Kernels made ready for the screen: tiles in a grid, a row of them for each output, or one each."""

    kernels: Kernels
    look: KernelLook
    grid: Grid  # of tiles; tile number = (output − first) · tiles + plane
    tiles: int  # for each output
    pixels: npt.NDArray[np.uint8]  # (rows, columns) of levels 1..255, 0 in gaps and for NaN; in colour (…, 4), RGBA
    most: npt.NDArray[np.float32]  # (outputs,): the magnitude that the strongest colour stands for
    largest: float  # magnitude of all

    @property
    def is_color(self) -> bool:
        """True where a tile is a kernel in red, green and blue."""
        return self.pixels.ndim == 3


def draw_kernels(kernels: Kernels, look: KernelLook, aspect: float = _ASPECT) -> KernelDrawing:
    """Return what to paint.

    Args:
        kernels: of a layer.
        look: how.
        aspect: width ÷ height of where kernels of one tile each are arranged.
    """
    planes = kernels.planes
    outputs, count, height, width = planes.shape
    magnitudes = np.abs(planes).reshape(outputs, -1)
    own = np.max(magnitudes, axis=1, where=np.isfinite(magnitudes), initial=0)
    largest = float(own.max(initial=0))
    most = np.where(own > 0, own, 1) if look.each else np.full(outputs, largest or 1)
    most = most.astype(np.float32)
    color = look.in_color and kernels.is_color
    tiles = 1 if color else count
    gap = 0 if kernels.is_matrix else 1
    grid = (
        mosaic.fit(outputs, height, width, aspect) if tiles == 1 else Grid(outputs * tiles, height, width, tiles, gap)
    )
    pixels = _colored(planes, most, grid) if color else _levels(planes, most, grid)
    return KernelDrawing(kernels, look, grid, tiles, pixels, most, largest)


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


def _levels(planes: npt.NDArray[np.float32], most: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.uint8]:
    outputs, count, height, width = planes.shape
    ends = most.reshape(-1, 1, 1)
    levels = mosaic.quantise(planes.reshape(outputs, count * height, width), -ends, ends)
    return mosaic.assemble(levels.reshape(outputs * count, height, width), grid)


def _colored(planes: npt.NDArray[np.float32], most: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.uint8]:
    shares = np.nan_to_num(planes / most.reshape(-1, 1, 1, 1)).clip(-1, 1)
    tones = np.rint(127.5 + 127.5 * shares).astype(np.uint8)
    parts = [mosaic.assemble(tones[:, channel], grid) for channel in range(3)]
    return np.stack([*parts, mosaic.assemble(np.full_like(tones[:, 0], 255), grid)], axis=-1)
