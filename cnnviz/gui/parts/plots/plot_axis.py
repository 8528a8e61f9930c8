"""One axis of a plot: where its values lie, its ticks, and limits that move in steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_STEPS = (1.0, 2.0, 5.0, 10.0)
_LIMITS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_LEAST = 1e-12  # a span below it cannot be told apart


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values; ``low`` is below ``high``, and above 0 where it is logarithmic."""

    low: float
    high: float
    logarithmic: bool = False

    def share(self, values: Floats) -> Floats:
        """Return where values lie: 0 at ``low``, 1 at ``high``. What has no place is no number there either."""
        if not self.logarithmic:
            return (values - self.low) / (self.high - self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            places = (np.log(values) - math.log(self.low)) / math.log(self.high / self.low)
        return np.where(np.isfinite(places), places, np.nan)

    def value(self, share: float) -> float:
        """Return the value at a place, the other way round."""
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """Return at most so many round values (two at least) inside the range."""
        if self.logarithmic and self.high / self.low >= 10:
            return _decades(self.low, self.high, max(most, 2))
        step = _round_step((self.high - self.low) / max(most, 2))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [at * step for at in range(first, last + 1)]

    def zoomed(self, around: float, factor: float) -> Axis:
        """Return ``factor`` of the range, in which ``around`` stays where it is, 0..1."""
        low, high = (self.value(around + (side - around) * factor) for side in (0.0, 1.0))
        return Axis(low, high, self.logarithmic) if high - low > _LEAST * max(1.0, abs(high)) else self


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / most))
    tens = [10.0**power for power in range(first, last + 1, every)]
    if len(tens) * 3 <= most + 1:
        between = [factor * 10.0**power for power in range(first - 1, last + 1) for factor in (1, 2, 5)]
        return [value for value in between if low * 0.999 <= value <= high * 1.001]
    return tens


def _round_step(least: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(max(least, 1e-300)))
    return next(factor * power for factor in _STEPS if factor * power >= least * 0.999999)


def roomy(value: float) -> float:
    """Return the next limit at or above a positive value: an axis that grows to it moves seldom."""
    if not (value > 0 and math.isfinite(value)):
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return next((factor * power for factor in _LIMITS if factor * power >= value * 0.999999), 10 * power)


def tick_text(value: float) -> str:
    """Return a number as short as it can be: "0.1", not "0.1000000000000003"."""
    return f"{value:.6g}" if value else "0"
