"""How the learning rate changes over a run: one entry for each schedule, a pure function of the step. No torch here.

A factor depends on the step and on nothing that came before, so that a resumed run goes on exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from cnnviz.training.config import TrainConfig

Factor = Callable[[int, int], float]  # of the steps that are done, and all steps of the run; 0 ≤ done < steps


@dataclass(frozen=True, slots=True)
class Schedule:
    """One course of the learning rate, as factors of the setting ``learning_rate``."""

    name: str
    course: str  # in words
    factor: Factor | None  # None: the learning rate stays as it was set, and is never touched


def step_factor(done: int, steps: int) -> float:
    """Return 1, from half of the run 1/10, from three quarters 1/100.

    He et al., arXiv:1512.03385, section 4.2: "divide it by 10 at 32k and 48k iterations, and terminate at 64k".
    """
    return 0.01 if 4 * done >= 3 * steps else 0.1 if 2 * done >= steps else 1.0


def cosine_factor(done: int, steps: int) -> float:
    """Return ½ (1 + cos(π · done / steps)): Loshchilov and Hutter, arXiv:1608.03983, equation 5, without restarts."""
    return 0.5 * (1 + math.cos(math.pi * done / steps))


def one_cycle_factor(done: int, steps: int) -> float:
    """Return 1/25 at first, 1 after 30 % of the run, and 4·10⁻⁶ at its end, along two half cosines.

    Smith and Topin, arXiv:1708.07120, in the form of fast.ai and of PyTorch's OneCycleLR, the momentum left as it is.
    """
    top, last = 0.3 * steps - 1, steps - 1
    if done <= top:
        return 1 + (1 / 25 - 1) * 0.5 * (1 + math.cos(math.pi * done / top))
    return 1 / 250_000 + (1 - 1 / 250_000) * 0.5 * (1 + math.cos(math.pi * (done - top) / (last - top)))


SCHEDULES = (
    Schedule("constant", "as it was set", None),
    Schedule("step", "a tenth from half of the run, a hundredth from three quarters", step_factor),
    Schedule("cosine", "along half a cosine to 0", cosine_factor),
    Schedule("one-cycle", "up from 1/25 for 30 % of the run, then down to nearly 0", one_cycle_factor),
)


def schedule_names() -> tuple[str, ...]:
    """Return the names that the setting ``schedule`` may have."""
    return tuple(entry.name for entry in SCHEDULES)


def schedules_in_words() -> str:
    """Return "constant: as it was set; step: …"."""
    return "; ".join(f"{entry.name}: {entry.course}" for entry in SCHEDULES)


def find_schedule(name: str) -> Schedule:
    """Return the entry of this name.

    Raises:
        CnnvizError: there is none.
    """
    for entry in SCHEDULES:
        if entry.name == name:
            return entry
    raise CnnvizError(f"There is no schedule {name!r}.", f"Choose one of {', '.join(schedule_names())}.")


def learning_rate_of(config: TrainConfig, steps_per_epoch: int) -> LearningRate:
    """Return the course of the learning rate that ``config`` asks for."""
    steps, warm_up = config.epochs * steps_per_epoch, config.warm_up * steps_per_epoch
    return LearningRate(find_schedule(config.schedule), config.learning_rate, steps, warm_up)


@dataclass(slots=True)
class LearningRate:
    """Sets the learning rate of a run, before each step. What it says depends on its fields and the step alone."""

    schedule: Schedule
    base: float  # the setting ``learning_rate``; it may be changed between two steps
    steps: int  # of the whole run
    warm_up: int = 0  # steps in which it grows evenly to what the schedule says: Goyal et al., arXiv:1706.02677

    def at(self, done: int) -> float:
        """Return the learning rate of the step that follows ``done`` steps."""
        rate = self.base if self.schedule.factor is None else self.base * self.schedule.factor(done, self.steps)
        return rate * (done + 1) / self.warm_up if done < self.warm_up else rate

    def over_run(self, most: int) -> list[tuple[int, float]]:
        """Return the steps that are done and the learning rate of the next one, for at most so many along the run."""
        last = self.steps - 1
        done = range(self.steps) if self.steps <= most else [last * at // (most - 1) for at in range(most)]
        return [(each, self.at(each)) for each in done]

    def set_for(self, optimizer: Optimizer, done: int) -> float:
        """Set and return the learning rate of the step that follows ``done`` steps; a right one is left alone."""
        rate = self.at(done)
        for group in optimizer.param_groups:
            if group["lr"] != rate:
                group["lr"] = rate
        return rate
