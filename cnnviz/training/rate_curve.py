"""What a range test found: the loss against the learning rate, and which rate follows from it. No torch here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_WIDTH = 0.25  # powers of ten: standard deviation of the weights that smooth the loss
_DIVERGED = 4.0  # times the best loss, as in fast.ai's finder
_RECENT = 0.7  # share that a step leaves of the mean before it, of which divergence is told
_MUST_FALL, _NOISES = 0.01, 4.0  # share of the loss at the beginning and of guessing; times the noise of the curve
_FEWEST = 3  # steps to the minimum
_LEARNED = 0.95  # of the loss of guessing: who begins below it knows something

Ended = Literal["highest", "diverged", "not finite"]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Steps at ever higher rates, evenly in powers of ten.

    Smith, arXiv:1506.01186, section 3.3, lets the rate grow linearly: over eight powers of ten almost all steps would
    be in the last one.
    """

    lowest: float
    highest: float
    steps: int

    @property
    def width(self) -> float:
        """Steps: standard deviation of the weights that smooth the loss."""
        return _WIDTH * (self.steps - 1) / math.log10(self.highest / self.lowest)

    def rate(self, number: int) -> float:
        """Return the learning rate of a step, from 1."""
        return float(self.lowest * (self.highest / self.lowest) ** ((number - 1) / (self.steps - 1)))


QUICK = Sweep(1e-7, 10.0, 100)
SLOW = Sweep(1e-5, 10.0, 400)  # five times as long at each rate: deep networks without normalisation need it


@dataclass(frozen=True, slots=True)
class RateTried:
    """One step of a sweep."""

    number: int  # from 1
    sweep: Sweep
    rate: float
    loss: float  # of the batch before the step, mean cross entropy in nats; may be no number


@dataclass(frozen=True, slots=True)
class RangeTest:
    """The whole test, and what it suggests."""

    rates: tuple[float, ...]  # ascending
    losses: tuple[float, ...]  # of each step, finite
    smoothed: tuple[float, ...]
    ended: Ended
    suggested: float | None  # the smaller one of the two below, in two digits; None: the loss never fell
    steepest: float | None  # where the smoothed loss falls fastest
    tenth: float | None  # of the rate at which the smoothed loss is lowest
    sentence: str  # what was found, and why that rate


class Divergence:
    """Tells when a loss that was falling, or never did, has run away."""

    def __init__(self) -> None:
        self._mean, self._weight, self._best = 0.0, 0.0, math.inf

    def after(self, loss: float) -> Ended | None:
        """Return how the sweep ends after this loss; None: it goes on."""
        if not math.isfinite(loss):
            return "not finite"
        self._mean = _RECENT * self._mean + (1 - _RECENT) * loss
        self._weight = _RECENT * self._weight + (1 - _RECENT)
        mean = self._mean / self._weight
        self._best = min(self._best, mean)
        return "diverged" if mean > _DIVERGED * self._best else None


def smoothed(losses: Sequence[float], width: float) -> tuple[float, ...]:
    """Return the mean around each step, with weights that fall off as a bell curve of ``width`` steps.

    A running mean, as it is common, lags behind: the suggested rate would be too high by as much.
    """
    made, reach = [], round(3 * width)
    for at in range(len(losses)):
        near = range(max(0, at - reach), min(len(losses), at + reach + 1))
        weights = [math.exp(-0.5 * ((other - at) / width) ** 2) for other in near]
        made.append(sum(w * losses[other] for w, other in zip(weights, near, strict=True)) / sum(weights))
    return tuple(made)


def judged_sweep(tried: Sequence[RateTried], ended: Ended, classes: int) -> RangeTest:
    """Return what follows from the steps of a sweep.

    Args:
        tried: all of them, in order; the last may be no number.
        ended: why there are no more.
        classes: that are told apart.
    """
    sound = [each for each in tried if math.isfinite(each.loss)]
    rates, losses = tuple(each.rate for each in sound), tuple(each.loss for each in sound)
    width = tried[0].sweep.width
    even, guessing = smoothed(losses, width), math.log(max(classes, 2))
    lowest = _fallen_to(losses, even, width, guessing)
    if lowest is None:
        return RangeTest(rates, losses, even, ended, None, None, None, _why_none(even, ended, guessing))
    steepest, tenth = rates[_steepest(even, lowest)], rates[lowest] / 10
    suggested = float(f"{min(steepest, tenth):.2g}")
    what = "where the loss falls fastest" if steepest <= tenth else "a tenth of the rate where the loss is lowest"
    both = f"It falls fastest at {steepest:.2g} and is lowest at {rates[lowest]:.2g}"
    sentence = (
        f"{suggested:g}, {what}. {both}: of the two usual choices this is the smaller one, farther from diverging."
    )
    return RangeTest(rates, losses, even, ended, suggested, steepest, tenth, sentence)


def _fallen_to(losses: Sequence[float], even: Sequence[float], width: float, guessing: float) -> int | None:
    """Return the step of the lowest smoothed loss; None where that tells nothing but chance."""
    lowest = min(range(len(even)), key=even.__getitem__, default=0)
    if lowest < _FEWEST:
        return None
    rough = [loss - mean for loss, mean in zip(losses[: lowest + 1], even[: lowest + 1], strict=True)]
    noise = math.sqrt(sum(each**2 for each in rough) / len(rough))
    noise_of_mean = noise / math.sqrt(2 * width * math.sqrt(math.pi))
    level = min(even[0], guessing)
    is_lower = even[lowest] < (1 - _MUST_FALL) * level and level - even[lowest] > _NOISES * noise_of_mean
    return lowest if is_lower else None


def _steepest(even: Sequence[float], lowest: int) -> int:
    """Return the step before the minimum at which the smoothed loss falls most over the logarithm of the rate."""
    return min(range(1, lowest), key=lambda at: even[at + 1] - even[at - 1])


def _why_none(even: Sequence[float], ended: Ended, guessing: float) -> str:
    """Say why no rate follows."""
    if not even:
        return (
            "No rate is suggested: the loss is no number from the first step on, before any rate could matter. "
            "The network, the weights that it begins with or the data are at fault."
        )
    then = f"was {even[-1]:.3g} at the highest rate" if ended == "highest" else "ran away in the end"
    what, began = "No rate is suggested: the loss never fell below", f"{even[0]:.3g}"
    if even[0] < _LEARNED * guessing:
        return f"{what} {began}, where it began, and {then}. These weights know it already, or what learns is frozen."
    return (
        f"{what} {guessing:.3g}, that of guessing: it began at {began} and {then}. Networks with sigmoids sit there "
        "for some hundred steps at any rate, more than this test has. Take a recipe's rate, or other initial weights."
    )
