"""The numbers behind the live curves. numpy only: appending must cost next to nothing."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cnnviz.training.events import EpochDone, StepsDone

Floats = npt.NDArray[np.float64]


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
        if self._count == len(self._room):
            self._room = np.concatenate([self._room, np.empty_like(self._room)])
        self._room[self._count] = value
        self._count += 1


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
        self.raw.append(value)
        if math.isfinite(value):
            self._sum = self._memory * self._sum + (1 - self._memory) * value
            self._weight = self._memory * self._weight + (1 - self._memory)
        self.mean.append(self._sum / self._weight if self._weight else math.nan)

    def set_memory(self, memory: float) -> None:
        """Smooth everything anew: 0 not at all, towards 1 more."""
        values = self.raw.values.copy()
        self._begin(memory)
        for value in values:
            self.append(float(value))


class CurveBuffer:
    """Loss and accuracy for each step, and for each epoch's test."""

    def __init__(self, memory: float = 0.9) -> None:
        self.steps = Growing()
        self.loss = Smoothed(memory)
        self.accuracy = Smoothed(memory)
        self.test_steps = Growing()
        self.test_loss = Growing()
        self.test_accuracy = Growing()

    def add_steps(self, event: StepsDone) -> None:
        """Add the steps of an event."""
        for offset, (loss, accuracy) in enumerate(zip(event.losses, event.accuracies, strict=True)):
            self.steps.append(event.first_step + offset)
            self.loss.append(loss)
            self.accuracy.append(accuracy)

    def add_epoch(self, event: EpochDone) -> None:
        """Add the test of an epoch."""
        self.test_steps.append(event.step)
        self.test_loss.append(event.test_loss)
        self.test_accuracy.append(event.test_accuracy)

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
