"""A few numbers that say how a layer's maps are doing. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnviz import units

if TYPE_CHECKING:
    import numpy.typing as npt

_BLOCK = 2**16  # values looked at together: they stay in the processor's cache
Order = Literal["index", "mean", "maximum", "standard deviation", "zeros"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all values of a layer, or of one map. NaN and infinity are counted apart and left out of the rest."""

    lowest: float | None  # None: no value is finite
    mean: float | None
    highest: float | None
    deviation: float | None  # standard deviation of the population: divided by the count
    zeros: float  # share, 0..1
    dead: int  # maps that are 0 everywhere
    constant: int  # maps of one other value everywhere
    not_finite: int  # values

    @property
    def is_signed(self) -> bool:
        """There are values below 0 and above."""
        return self.lowest is not None and self.highest is not None and self.lowest < 0 < self.highest


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Of each map apart, (C,). NaN where no value is finite."""

    size: int  # values in one map
    lowest: npt.NDArray[np.float32]
    highest: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float64]
    deviation: npt.NDArray[np.float64]
    zeros: npt.NDArray[np.int64]  # values
    finite: npt.NDArray[np.int64]  # values

    @property
    def dead(self) -> npt.NDArray[np.bool_]:
        """Which are 0 everywhere."""
        dead: npt.NDArray[np.bool_] = self.zeros == self.size
        return dead

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which have one other value everywhere; of a vector's features, which have one value each, none."""
        same = (self.lowest == self.highest) & (self.finite == self.size) & ~self.dead
        return same if self.size > 1 else np.zeros_like(same)

    @property
    def all_finite(self) -> bool:
        """No NaN, no infinity."""
        return bool((self.finite == self.size).all())

    def sorted_by(self, order: Order) -> npt.NDArray[np.int64]:
        """Return the channels, the largest first; equal ones by their index, those without a number last."""
        keys: dict[Order, npt.NDArray[Any]] = {
            "index": -np.arange(len(self.zeros)),
            "mean": self.mean,
            "maximum": self.highest,
            "standard deviation": self.deviation,
            "zeros": self.zeros,
        }
        return np.argsort(-keys[order].astype(np.float64), kind="stable")

    def one(self, channel: int) -> Statistics:
        """Return the statistics of one map."""
        return _summed(self, slice(channel, channel + 1))

    def whole(self) -> Statistics:
        """Return the statistics of all values of the layer."""
        return _summed(self, slice(None))


def _summed(channels: Channels, which: slice) -> Statistics:
    """Means and deviations of parts make those of the whole: the law of total variance."""
    finite, size = channels.finite[which], channels.size
    count, maps = int(finite.sum()), len(finite)
    zeros = int(channels.zeros[which].sum()) / (maps * size)
    dead, constant = int(channels.dead[which].sum()), int(channels.constant[which].sum())
    if count == 0:
        return Statistics(None, None, None, None, zeros, dead, constant, maps * size)
    known = finite > 0
    shares = finite[known] / count
    means, deviations = channels.mean[which][known], channels.deviation[which][known]
    mean = float((shares * means).sum())  # no product of vectors: for those a library may wake threads of its own
    variance = float((shares * (deviations**2 + (means - mean) ** 2)).sum())
    lowest, highest = float(channels.lowest[which][known].min()), float(channels.highest[which][known].max())
    return Statistics(lowest, mean, highest, sqrt(variance), zeros, dead, constant, maps * size - count)


def measure(values: npt.NDArray[np.float32]) -> Channels:
    """Return the statistics of each map of (C, H, W)."""
    maps = values.reshape(len(values), -1)
    count, size = maps.shape
    lowest, highest = np.full((2, count), np.nan, np.float32)
    mean, deviation = np.full((2, count), np.nan, np.float64)
    zeros, finite = np.zeros((2, count), np.int64)
    found = Channels(size, lowest, highest, mean, deviation, zeros, finite)
    step = max(1, _BLOCK // size)
    for start in range(0, count, step):
        _measure(maps[start : start + step], found, slice(start, start + step))
    return found


def _measure(maps: npt.NDArray[np.float32], found: Channels, at: slice) -> None:
    """Fill in what is known of maps (k, n)."""
    found.zeros[at] = np.count_nonzero(maps == 0, axis=1)
    lowest, highest = maps.min(1), maps.max(1)  # NaN where there is one
    if np.isfinite(lowest).all() and np.isfinite(highest).all():
        found.lowest[at], found.highest[at], found.finite[at] = lowest, highest, maps.shape[1]
        numbers = maps.astype(np.float64)
        found.mean[at] = numbers.mean(1)
        numbers -= found.mean[at, None]
        found.deviation[at] = np.sqrt(np.einsum("ij,ij->i", numbers, numbers) / maps.shape[1])
        return
    for channel, row in zip(range(len(found.zeros))[at], maps, strict=True):
        finite = row[np.isfinite(row)].astype(np.float64)
        found.finite[channel] = len(finite)
        if len(finite):
            found.lowest[channel], found.highest[channel] = finite.min(), finite.max()
            found.mean[channel], found.deviation[channel] = finite.mean(), finite.std()


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How many values lie where, between the lowest and the highest; NaN and infinity are left out."""

    counts: npt.NDArray[np.int64]  # (bins,)
    low: float  # where the first bin begins
    high: float  # where the last ends; the highest value is in it


def histogram(values: npt.NDArray[np.float32], low: float, high: float, bins: int = 64) -> Histogram:
    """Return where the values lie. All are counted.

    Args:
        values: any shape.
        low: the lowest finite one.
        high: the highest finite one; equal to ``low``: everything is in the middle of a range of width 1.
        bins: at most 256.
    """
    if not high > low:
        low, high = low - 0.5, low + 0.5
    counts = np.zeros(bins + 1, np.int64)
    width = (np.float64(high) - np.float64(low)) / bins
    flat = values.reshape(-1)
    for start in range(0, len(flat), _BLOCK):
        block = flat[start : start + _BLOCK]
        if not np.isfinite(block.sum(dtype=np.float64)):
            block = block[np.isfinite(block)]
        at = ((block - np.float64(low)) / width).astype(np.int64)
        counts += np.bincount(np.clip(at, 0, bins), minlength=bins + 1)
    counts[-2] += counts[-1]
    return Histogram(counts[:-1], float(low), float(high))


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
