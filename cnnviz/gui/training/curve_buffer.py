"""The numbers behind the live curves. numpy only: appending must cost next to nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnnviz.training.events import EpochDone, StepsDone

Floats = npt.NDArray[np.float64]
_BLOCK = 256  # steps that are smoothed in one go
_UNDERFLOW = 1e-200  # what a block's first number is scaled by at least


class Growing:
    """An array of floats that grows at its end, at a cost that does not depend on its length."""

    def __init__(self) -> None:
        self._room = np.empty(1024)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> Floats:
        """What was appended, (N,). A view: it is out of date after the next ``append``."""
        return self._room[: self._count]

    def append(self, value: float) -> None:
        """Add one number."""
        self.extend((value,))

    def extend(self, values: Sequence[float] | Floats) -> None:
        """Add some numbers."""
        end = self._count + len(values)
        while end > len(self._room):
            self._room = np.concatenate([self._room, np.empty_like(self._room)])
        self._room[self._count : end] = values
        self._count = end


class Smoothed:
    """A curve and its exponential mean, which begins without bias (Kingma and Ba, arXiv:1412.6980, section 3)."""

    def __init__(self, memory: float) -> None:
        self._begin(memory)

    def _begin(self, memory: float) -> None:
        self._memory = memory
        self._sum = 0.0
        self._weight = 0.0
        self.raw = Growing()
        self.mean = Growing()

    def append(self, value: float) -> None:
        """Add one number; one that is no number leaves a gap in the curve and the mean as it was."""
        self.extend((value,))

    def extend(self, values: Sequence[float] | Floats) -> None:
        """Add some numbers, a block at a time."""
        self.raw.extend(values)
        for begin in range(0, len(values), _BLOCK):
            self.mean.extend(self._smoothed(np.asarray(values[begin : begin + _BLOCK], float)))

    def set_memory(self, memory: float) -> None:
        """Smooth everything anew: 0 not at all, towards 1 more."""
        values = self.raw.values.copy()
        self._begin(memory)
        self.extend(values)

    def _smoothed(self, values: Floats) -> Floats:
        """Return the mean at each of some more numbers: s ← m s + (1 - m) v, over what the weights came to."""
        if self._memory**_BLOCK < _UNDERFLOW:
            return np.array([self._one(float(value)) for value in values])
        is_number = np.isfinite(values)
        powers = self._memory ** np.cumsum(is_number)
        gained = np.where(is_number, (1 - self._memory) / powers, 0.0)
        sums = powers * (self._sum + np.cumsum(gained * np.where(is_number, values, 0.0)))
        weights = powers * (self._weight + np.cumsum(gained))
        self._sum, self._weight = float(sums[-1]), float(weights[-1])
        means: Floats = np.divide(sums, weights, out=np.full(len(sums), math.nan), where=weights > 0)
        return means

    def _one(self, value: float) -> float:
        if math.isfinite(value):
            self._sum = self._memory * self._sum + (1 - self._memory) * value
            self._weight = self._memory * self._weight + (1 - self._memory)
        return self._sum / self._weight if self._weight else math.nan


class CurveBuffer:
    """Loss and accuracy for each step, and for each epoch."""

    def __init__(self, memory: float = 0.9) -> None:
        self.memory = memory  # of smoothing
        self.steps = Growing()
        self.loss = Smoothed(memory)
        self.accuracy = Smoothed(memory)
        self.rates = Growing()  # learning rates, where the run told them
        self.test_steps = Growing()
        self.test_loss = Growing()
        self.test_accuracy = Growing()
        self.epoch_loss = Growing()  # of training, over the whole epoch
        self.epoch_accuracy = Growing()

    def add_steps(self, *events: StepsDone) -> None:
        """Add the steps of some events, all at once: each call of numpy costs as much as many numbers."""
        self.steps.extend([step for event in events for step in range(event.first_step, event.last_step + 1)])
        self.loss.extend([loss for event in events for loss in event.losses])
        self.accuracy.extend([accuracy for event in events for accuracy in event.accuracies])
        self.rates.extend([rate for event in events for rate in getattr(event, "learning_rates", ())])

    def add_lost(self, step: int) -> None:
        """Add a step whose loss is no number."""
        self.steps.append(step)
        self.loss.append(math.nan)
        self.accuracy.append(math.nan)
        self.rates.extend(self.rates.values[-1:])

    def add_epoch(self, event: EpochDone) -> None:
        """Add what an epoch came to, and its test."""
        self.test_steps.append(event.step)
        self.test_loss.append(event.test_loss)
        self.test_accuracy.append(event.test_accuracy)
        self.epoch_loss.append(event.train_loss)
        self.epoch_accuracy.append(event.train_accuracy)

    def set_memory(self, memory: float) -> None:
        """Smooth everything anew."""
        self.memory = memory
        self.loss.set_memory(memory)
        self.accuracy.set_memory(memory)

    def nearest(self, step: float) -> int | None:
        """Return the position of the training step nearest to ``step``; None when there is none."""
        return _nearest(self.steps.values, step)

    def nearest_test(self, step: float) -> int | None:
        """Return the position of the last test at or before ``step``; None when there is none."""
        position = int(np.searchsorted(self.test_steps.values, step, side="right")) - 1
        return position if position >= 0 else None


def _nearest(sorted_values: Floats, wanted: float) -> int | None:
    if not len(sorted_values):
        return None
    right = int(np.searchsorted(sorted_values, wanted))
    candidates = [at for at in (right - 1, right) if 0 <= at < len(sorted_values)]
    return min(candidates, key=lambda at: abs(float(sorted_values[at]) - wanted))
