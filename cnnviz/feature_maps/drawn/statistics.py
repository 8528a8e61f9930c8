"""A few numbers that say how a layer's maps are doing. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import units

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all values of a layer, or of one map. NaN and infinity are counted apart and left out of the rest."""

    lowest: float | None  # None: no value is finite
    mean: float | None
    highest: float | None
    zeros: float  # share, 0..1
    dead: int  # maps that are 0 everywhere
    not_finite: int  # values


def summarise(values: npt.NDArray[np.float32]) -> Statistics:
    """Return the statistics of maps (C, H, W)."""
    finite = np.isfinite(values)
    count = int(finite.sum())
    dead = int((~values.any(axis=(1, 2))).sum())
    zeros = float((values == 0).mean())
    if count == 0:
        return Statistics(None, None, None, zeros, dead, values.size)
    numbers = values if count == values.size else values[finite]
    mean = float(numbers.mean(dtype=np.float64))
    return Statistics(float(numbers.min()), mean, float(numbers.max()), zeros, dead, values.size - count)


def value_text(value: float | None) -> str:
    """Return an activation as it is read: four significant digits, a minus that is one; unknown is "–"."""
    return units.UNKNOWN if value is None else f"{value + 0.0:.4g}".replace("-", "−")


def top_classes(logits: npt.NDArray[np.float32], count: int = 5) -> list[tuple[int, float]]:
    """Return the ``count`` likeliest classes with their probabilities (softmax), 0..1, likeliest first.

    Args:
        logits: any shape, one for each class; where one is not finite there is no probability and nothing comes back.
    """
    flat = logits.reshape(-1).astype(np.float64)
    if not np.isfinite(flat).all():
        return []
    shares = np.exp(flat - flat.max())
    shares /= shares.sum()
    best = np.argsort(-shares, kind="stable")[:count]
    return [(int(index), float(shares[index])) for index in best]
