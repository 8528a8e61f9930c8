"""A run's numbers as curves, alone or beside other runs, and what they are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from cnnviz.gui.parts.plots.plot_content import Band, Level, Series
from cnnviz.gui.theme import PlotColors
from cnnviz.gui.training.curve_buffer import CurveBuffer, Floats
from cnnviz.training.comparing import RunResult, compared
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import Diagnosed, EpochDone, Heard, LearningRateChanged, RunResumed, RunStarted, StepsDone
from cnnviz.training.published_runs import Spread, comparable
from cnnviz.training.recording import Run
from cnnviz.training.schedules import learning_rate_of
from cnnviz.units import exact

Quantity = Literal["loss", "accuracy"]
Drawn = (
    StepsDone | EpochDone | RunResumed | LearningRateChanged | Diagnosed
)  # what changes the curves of a run that has started
_PLANNED = 400  # points of a learning rate that a schedule plans


@dataclass(slots=True, eq=False)
class RunCurves:
    """The numbers of one run, and how long it is to be."""

    buffer: CurveBuffer
    steps_per_epoch: int = 0  # 0: unknown
    epochs: int = 0  # 0: unknown
    name: str = ""  # among others
    config: TrainConfig | None = None
    classes: int = 0  # 0: unknown
    train_images: int = 0  # 0: unknown
    test_images: int = 0  # 0: unknown
    rate_changes: tuple[LearningRateChanged, ...] = ()  # by hand, while it ran
    has_diverged: bool = False  # its loss became no number
    folder: Path | None = None  # where it was read from

    @property
    def per_step(self) -> float:
        """What a step is of the time axis, which counts epochs where their steps are known, else steps."""
        return 1.0 / max(self.steps_per_epoch, 1)

    def start(self, event: RunStarted) -> None:
        """Take what a run says when it starts."""
        self.steps_per_epoch, self.epochs, self.config = event.steps_per_epoch, event.config.epochs, event.config
        self.classes, self.rate_changes, self.has_diverged = len(event.class_names), (), False
        self.train_images, self.test_images = event.train_images, event.test_images

    def take(self, events: Sequence[Heard]) -> None:
        """Add what a run tells; a start takes the place of all before it."""
        steps: list[StepsDone] = []
        for event in events:
            match event:
                case RunStarted():
                    self.buffer, steps = CurveBuffer(self.buffer.memory), []
                    self.start(event)
                case RunResumed():
                    self.config, self.epochs, self.has_diverged = event.config, event.config.epochs, False
                case LearningRateChanged():
                    self.rate_changes += (event,)
                case StepsDone():
                    steps.append(event)
                case EpochDone():
                    self.buffer.add_epoch(event)
                case Diagnosed(name="not finite"):  # the step that ended the run is in no other event
                    self.buffer.add_steps(*steps)
                    self.buffer.add_lost(event.step)
                    self.has_diverged, steps = True, []
        self.buffer.add_steps(*steps)


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """What stands behind the curves of a quantity."""

    bands: tuple[Band, ...] = ()
    levels: tuple[Level, ...] = ()
    series: tuple[Series, ...] = field(default=())


def curves_of(run: Run, memory: float) -> RunCurves:
    """Return the curves of a run that was read from its folder."""
    curves = RunCurves(CurveBuffer(memory), config=run.config, folder=run.folder)
    curves.take(run.events)
    return curves


def in_words(runs: Sequence[RunCurves]) -> str:
    """Return how runs that are named stand beside each other; "": nothing is to be said yet."""
    told = [_result(run, run.config) for run in runs if run.config is not None and run.name]
    return compared(told) if len(told) == len(runs) else ""


def _result(run: RunCurves, config: TrainConfig) -> RunResult:
    return RunResult(
        name=run.name,
        config=config,
        accuracies=run.buffer.test_accuracy.values.tolist(),
        test_images=run.test_images,
        rate_changes=run.rate_changes,
        losses=run.buffer.test_loss.values.tolist(),
        classes=run.classes,
        has_diverged=run.has_diverged,
    )


def own_series(curves: RunCurves, quantity: Quantity, colors: PlotColors, by_epoch: bool) -> tuple[Series, ...]:
    """Return the curves of the run that is on the page."""
    training, its_test = (curves.name, "its test") if curves.name else ("training", "test")
    steps, raw, mean = _steps(curves, quantity)
    tests, tested, trained = _epochs(curves, quantity)
    test = Series(its_test, tests, tested, colors.test, "marks")
    if by_epoch:
        return Series(curves.name or "training, whole epoch", tests, trained, colors.train, "marks"), test
    return (
        Series(training, steps, mean, colors.train),
        Series("each step", steps, raw, colors.train_faint, "faint"),
        test,
    )


def other_series(curves: RunCurves, quantity: Quantity, color: str, by_epoch: bool) -> tuple[Series, ...]:
    """Return the curves of a run beside it, in one colour: a line for training, marks for tests."""
    steps, _, mean = _steps(curves, quantity)
    tests, tested, trained = _epochs(curves, quantity)
    line = Series(curves.name, tests, trained, color) if by_epoch else Series(curves.name, steps, mean, color)
    return line, Series("", tests, tested, color, "marks")


def rate_series(curves: RunCurves, color: str, name: str = "") -> tuple[Series, ...]:
    """Return the learning rate: as the run told it, else as its schedule plans it."""
    steps, buffer = curves.buffer.steps.values * curves.per_step, curves.buffer
    if len(buffer.rates) and len(buffer.rates) == len(buffer.steps):
        return (Series(name or "learning rate", steps, buffer.rates.values, color),)
    if curves.config is None:
        return ()
    all_steps = curves.steps_per_epoch * curves.epochs or max(len(buffer.steps), 1)
    planned = learning_rate_of(curves.config, curves.steps_per_epoch or all_steps)
    done, rates = np.array(planned.over_run(_PLANNED)).T
    return (Series(f"{name}, planned" if name else "planned", (done + 1) * curves.per_step, rates, color, "dashed"),)


def references_of(curves: RunCurves, quantity: Quantity, color: str) -> References:
    """Return guessing, and what published runs with the very settings of this one got."""
    levels = _guessing(curves.classes, quantity)
    published = comparable(curves.config, curves.train_images)[0] if curves.config is not None else None
    if published is None or not curves.steps_per_epoch:
        return References(levels=levels)
    if published.count == 1:
        xs = np.arange(1.0, len(published.by_epoch) + 1)
        single = Series("one published run, test", xs, np.array(published.by_epoch), color, "dashed")
        return References(levels=levels, series=(single,) if len(xs) and quantity == "accuracy" else ())
    spread = published.test_accuracy if quantity == "accuracy" else published.train_loss
    first = float(published.epoch if quantity == "accuracy" else published.epoch - 1)
    text = f"in epoch {published.epoch}, {published.counted}"
    return References(() if spread is None else (_band(spread, first, float(published.epoch), text),), levels)


def best_epoch_of(curves: RunCurves) -> tuple[Level, ...]:
    """Return where the test was best, of two epochs or more: these weights are kept, whatever came after."""
    tested = list(zip(curves.buffer.test_accuracy.values, -curves.buffer.test_loss.values, strict=True))
    if len(tested) < 2:
        return ()
    at = max(range(len(tested)), key=tested.__getitem__)
    return (Level(float(curves.buffer.test_steps.values[at]) * curves.per_step, "best"),)


def _band(spread: Spread, first: float, last: float, text: str) -> Band:
    return Band(spread.low, spread.high, first, last, f"{spread.low:.3f} to {spread.high:.3f} {text}")


def _guessing(classes: int, quantity: Quantity) -> tuple[Level, ...]:
    """Guessing among C classes has a cross entropy of ln C, and is right one time in C."""
    if classes < 2:
        return ()
    if quantity == "loss":
        return (Level(math.log(classes), f"guessing: ln {exact(classes)} = {math.log(classes):.3f}"),)
    return (Level(1 / classes, f"guessing: 1/{exact(classes)}"),)


def _steps(curves: RunCurves, quantity: Quantity) -> tuple[Floats, Floats, Floats]:
    buffer = curves.buffer
    smoothed = buffer.loss if quantity == "loss" else buffer.accuracy
    return buffer.steps.values * curves.per_step, smoothed.raw.values, smoothed.mean.values


def _epochs(curves: RunCurves, quantity: Quantity) -> tuple[Floats, Floats, Floats]:
    buffer, times = curves.buffer, curves.buffer.test_steps.values * curves.per_step
    if quantity == "loss":
        return times, buffer.test_loss.values, buffer.epoch_loss.values
    return times, buffer.test_accuracy.values, buffer.epoch_accuracy.values
