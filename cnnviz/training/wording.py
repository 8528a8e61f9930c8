"""A run in words: what a log says of each event. No torch here."""

from __future__ import annotations

from cnnviz.training.config import SETTINGS
from cnnviz.training.events import (
    Diagnosed,
    EpochDone,
    Event,
    Heard,
    LearningRateChanged,
    Noticed,
    Preparing,
    RunFinished,
    RunResumed,
    RunStarted,
)
from cnnviz.units import counted, duration, exact, short


def line_of(event: Event | Heard) -> str:
    """Return what a log says of ``event``; "" for those that come many times an epoch."""
    match event:
        case Preparing(fraction=None):
            return f"{event.what} …"
        case Noticed():
            return f"note: {event.what}"
        case Diagnosed():
            return f"diagnosis: {event.what} {event.why} Try: {event.remedy}{_as_flag(event)}"
        case RunStarted():
            config = event.config
            return (
                f"{config.model}, {short(event.parameters)} parameters, on {event.device_name} in {config.precision}: "
                f"{exact(event.train_images)} training and {counted(event.test_images, 'test image')}, "
                f"{counted(event.steps_per_epoch, 'step')} an epoch"
            )
        case RunResumed():
            where = f"{counted(event.step, 'step')}, epoch {event.epoch + 1} of {event.config.epochs}"
            return f"goes on after {where}, on {event.device_name}, learning rate {event.learning_rate:g}"
        case LearningRateChanged():
            return f"learning rate {event.learning_rate:g} from step {exact(event.step + 1)} on"
        case EpochDone():
            return (
                f"epoch {event.epoch}: train loss {event.train_loss:.3f}, train accuracy {event.train_accuracy:.3f}, "
                f"test loss {event.test_loss:.3f}, test accuracy {event.test_accuracy:.3f}, "
                f"{duration(event.seconds)}, {event.images_per_second:,.0f} images/s"
            )
        case RunFinished(reason="diverged"):
            return f"diverged at step {exact(event.step)}: the loss is no number any more; try a smaller learning rate"
        case RunFinished():
            best = "" if event.best_accuracy is None else f"; best: epoch {event.best_epoch}, {event.best_accuracy:.3f}"
            return f"{event.reason} after {counted(event.step, 'step')}, {duration(event.seconds)}{best}"
        case _:
            return ""


def _as_flag(event: Diagnosed) -> str:
    """Return what to add to the command; "" where no setting would help."""
    if event.setting == "recipe":
        return f" (--recipe {event.value})"
    row = next((row for row in SETTINGS if row.name == event.setting), None)
    return f" ({row.flag} {event.value})" if row is not None and row.flag else ""
