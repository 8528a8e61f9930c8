"""How far a run is: a fold over its events."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnviz import units
from cnnviz.training.events import (
    EpochDone,
    Heard,
    Noticed,
    Preparing,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
    StepsDone,
    Testing,
)

# A test image costs a forward pass; a training image costs that and a backward pass of about twice as much.
_TEST_COST = 1 / 3

_APART = "  ·  "
_TRAINED = "Trained by another program"
_ELSEWHERE = {"preparing": _TRAINED, "running": _TRAINED, "paused": "Paused by another program"}
_EARLY = "Ended early: the test got no better"
_REASONS = {
    "finished": "Finished",
    "stopped": "Stopped by you",
    "diverged": "Ended early: the loss is no longer a number. A smaller learning rate may help.",
}


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What the progress line says."""

    doing: str = ""  # "Reading Fashion-MNIST"; empty while steps are made
    fraction: float | None = None  # 0..1 of the whole run; None: unknown
    epoch: int = 0  # from 1; 0 before the first step
    epochs: int = 0
    step: int = 0
    steps: int = 0
    batch_size: int = 0
    train_images: int = 0
    test_images: int = 0
    images_per_second: float | None = None  # newest
    computing_seconds: float = 0.0  # spent in steps
    ended: str = ""  # why; empty while it runs
    may_end_early: bool = False  # where its test gets no better
    name: str = ""  # of a run that was opened, said once it has ended
    elsewhere: str = ""  # "running", "preparing" or "paused", by another program
    notices: tuple[str, ...] = ()  # what was decided of the data, and left out, in sentences

    @property
    def seconds_left(self) -> float | None:
        """Time until the last epoch is tested, at the mean speed up to now; None before the first step."""
        done = self.images_of(self.step)
        if not done or not self.computing_seconds:
            return None
        tests = self.epochs - self.epoch + 1
        left = self.images_of(self.steps) - done + tests * self.test_images * _TEST_COST
        return left * self.computing_seconds / done

    def images_of(self, steps: int) -> int:
        """Return how many images so many steps of the run train on: the last batch of an epoch may be smaller."""
        epochs, rest = divmod(steps, max(self.steps // max(self.epochs, 1), 1))
        return epochs * self.train_images + rest * self.batch_size

    @property
    def text(self) -> str:
        """Return "Epoch 2 of 5 · step 325 of 785 · 1,234 images/s · 2 min 05 s left"."""
        if self.ended:
            return f"{self.name}: {self.ended}" if self.name else self.ended
        parts = [part for part in (_ELSEWHERE.get(self.elsewhere), self.doing) if part]
        if not self.steps:
            return _APART.join(parts)
        parts.append(f"Epoch {max(self.epoch, 1)} of {self.epochs}")
        parts.append(f"step {self.step:,} of {self.steps:,}")
        if self.images_per_second is not None:
            parts.append(f"{self.images_per_second:,.0f} images/s")
        if self.seconds_left is not None:
            parts.append(f"{units.duration(self.seconds_left)} left")
        return _APART.join(parts)


def advance(progress: RunProgress, event: Heard) -> RunProgress:
    """Return the progress after ``event``."""
    match event:
        case Preparing():
            what = event.what if event.fraction is None else f"{event.what}  {event.fraction:.0%}"
            return replace(progress, doing=what)
        case Noticed():
            return replace(progress, notices=(*progress.notices, event.what))
        case RunStarted():
            steps = event.steps_per_epoch * event.config.epochs
            return RunProgress(
                doing="First step",
                fraction=0.0,
                epochs=event.config.epochs,
                steps=steps,
                batch_size=min(event.config.batch_size, event.train_images),
                train_images=event.train_images,
                test_images=event.test_images,
                may_end_early=bool(event.config.patience),
                notices=progress.notices,
            )
        case RunResumed():
            return _resumed(progress, event)
        case StepsDone():
            return _after_steps(progress, event)
        case Testing():
            return replace(progress, doing=f"Testing  {event.fraction:.0%}", epoch=event.epoch)
        case EpochDone():
            return replace(progress, doing="", epoch=event.epoch, images_per_second=event.images_per_second)
        case RunFinished():
            done = f"{units.counted(event.epoch, 'epoch')}, {units.counted(event.step, 'step')}"
            is_early = event.reason == "finished" and progress.may_end_early and event.epoch < progress.epochs
            how = _EARLY if is_early else _REASONS[event.reason]
            why = f"{how}  ·  {done}  ·  {units.duration(event.seconds)}{_best(event)}"
            return replace(progress, doing="", ended=why, fraction=1.0 if event.reason == "finished" else None)
        case RunFailed():
            why = "The run failed" if event.reason == "failed" else _REASONS["stopped"]
            return replace(progress, doing="", ended=f"{why}. {event.message}".rstrip(". ") + ".", fraction=None)
    return progress


def _best(event: RunFinished) -> str:
    if event.best_accuracy is None:
        return ""
    return f"  ·  best: epoch {event.best_epoch}, {event.best_accuracy:.3f}"


def _resumed(progress: RunProgress, event: RunResumed) -> RunProgress:
    epochs, epoch, step = event.config.epochs, event.epoch + 1, event.step
    steps = event.steps_per_epoch * epochs
    fraction = step / max(steps, 1)
    return replace(
        progress,
        doing="First step",
        fraction=fraction,
        epoch=epoch,
        epochs=epochs,
        step=step,
        steps=steps,
        ended="",
    )


def _after_steps(progress: RunProgress, event: StepsDone) -> RunProgress:
    images = progress.images_of(event.last_step) - progress.images_of(event.first_step - 1)
    seconds = images / event.images_per_second if event.images_per_second else 0.0
    return replace(
        progress,
        doing="",
        epoch=event.epoch,
        step=event.last_step,
        fraction=event.last_step / progress.steps if progress.steps else None,
        images_per_second=event.images_per_second,
        computing_seconds=progress.computing_seconds + seconds,
    )
