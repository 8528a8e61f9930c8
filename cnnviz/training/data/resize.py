"""Pillow's bilinear resize on the device, to the same pixel values, as matrix products."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

# Pillow keeps each coefficient as a whole number of 2⁻²² (libImaging/Resample.c, PRECISION_BITS for 8-bit pixels).
_PRECISION_BITS = 22
_LOW_BITS = 11
_LOW = 1 << _LOW_BITS


class Resize:
    """Brings pictures (N, C, h, w) of whole numbers 0..255 to (N, C, height, width), whole numbers too, float32.

    Equal to ``PIL.Image.resize(..., BILINEAR)`` in every pixel: each axis is a matrix product, columns first, rounded
    to whole numbers in between as Pillow does. A coefficient is split into a high and a low half of 11 bits, so that
    every sum stays below 2²⁴ and float32 holds it exactly, in whatever order a device adds, with TF32 as without. The
    low halves are all 0 where the sizes divide well (28 → 224), and are then left out. Exact while one output pixel
    reads at most 32 input pixels: shrinking to a sixteenth; beyond that a value may be off by one. (Pillow 13 takes the
    rows first where the height shrinks more than the width, which rounds differently.)
    """

    def __init__(self, source: tuple[int, int], target: tuple[int, int], device: torch.device) -> None:
        self._rows = None if source[0] == target[0] else _halves(source[0], target[0], device)
        self._columns = None if source[1] == target[1] else _halves(source[1], target[1], device)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Return the resized pictures; the dtype of ``pixels`` may be uint8 or float32."""
        pixels = pixels.to(torch.float32)
        if self._columns is not None:
            high, low = self._columns
            pixels = _rounded(pixels @ high.T, None if low is None else pixels @ low.T)
        if self._rows is not None:
            high, low = self._rows
            pixels = _rounded(high @ pixels, None if low is None else low @ pixels)
        return pixels


def _rounded(high: Tensor, low: Tensor | None) -> Tensor:
    """Return ⌊high + ⌊low⌋/2¹¹ + ½⌋ in the place of ``high``: what is added are whole 2⁻¹¹ that float32 holds."""
    if low is not None:
        high.add_(low.floor_(), alpha=1 / _LOW)
    return high.add_(0.5).floor_()


def _halves(source: int, target: int, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """Return the high halves in units of 1, the low ones in units of 2⁻¹¹."""
    fixed = _coefficients(source, target)
    high, low = fixed >> _LOW_BITS, fixed & (_LOW - 1)
    as_tensor = [torch.from_numpy(half.astype(np.float32) / np.float32(_LOW)).to(device) for half in (high, low)]
    return as_tensor[0], as_tensor[1] if low.any() else None


@lru_cache(maxsize=16)
def _coefficients(source: int, target: int) -> npt.NDArray[np.int64]:
    """Return the (target, source) coefficients of Pillow's bilinear filter, in units of 2⁻²².

    Each output pixel is a triangle over the input, widened when shrinking; ``precompute_coeffs`` in Resample.c.
    """
    scale = source / target
    reach = max(scale, 1.0)
    weights = np.zeros((target, source))
    for at in range(target):
        centre = (at + 0.5) * scale
        first, end = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), source)
        triangle = np.maximum(0.0, 1.0 - np.abs(np.arange(first, end) - centre + 0.5) / reach)
        weights[at, first:end] = triangle / triangle.sum()
    return np.floor(weights * (1 << _PRECISION_BITS) + 0.5).astype(np.int64)
