"""Grey values of any number of bits → 8 bits. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def range_of(values: npt.NDArray[np.generic]) -> tuple[float, float]:
    """Return what becomes 0 and what becomes 255: of 16 bits all of them, else the smallest of 1, 255 and 65535 that

    holds the values, or their own range where they are negative or larger.
    """
    if values.dtype.kind == "u" and values.itemsize <= 2:
        return 0.0, float(2 ** (8 * values.itemsize) - 1)
    numbers = _finite(values)
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0 or high > 65535:
        return low, high
    return 0.0, next(top for top in (1.0, 255.0, 65535.0) if high <= top)


def eight_bits(values: npt.NDArray[np.generic], limits: tuple[float, float] | None = None) -> npt.NDArray[np.uint8]:
    """Return the values scaled to 0..255; what is no number becomes 0.

    Args:
        values: of any shape and kind of number.
        limits: as ``range_of`` returns them; None: of these values.
    """
    low, high = limits or range_of(values)
    factor = 255 / (high - low) if high > low else 0.0
    scaled = _finite(values) * np.float32(factor) - np.float32(low * factor)  # in this order nothing overflows
    whole: npt.NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return whole


def _finite(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):  # of float64: it becomes infinite, and then 0
        single = np.asarray(values, np.float32)
    return np.nan_to_num(single, nan=0.0, posinf=0.0, neginf=0.0)
