"""A training run as the window hears of it: recorded to its folder, and without the weights themselves."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import (
    EpochDone,
    Event,
    Preparing,
    RunFinished,
    RunStarted,
    StepsDone,
    Testing,
    WeightsReady,
)


@dataclass(frozen=True, slots=True)
class CheckpointWritten:
    """A newer checkpoint stands in the run folder."""

    folder: Path
    epoch: int  # finished epochs
    step: int


RunEvent = Preparing | RunStarted | StepsDone | Testing | EpochDone | CheckpointWritten | RunFinished


def open_training(config: TrainConfig, control: Control, folder: Path) -> Generator[RunEvent, None, None]:
    """Train, record to ``folder``, and yield what happens. Imports torch: call it in the worker's thread.

    Raises:
        CnnvizError: what the engine or the run folder refuses.
    """
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    yield from without_weights(record(train(config, control), folder), folder)


def without_weights(events: Iterator[Event], folder: Path) -> Generator[RunEvent, None, None]:
    """Yield ``events`` with each copy of the weights replaced by the news that it was written."""
    with closing(cast("Generator[Event, None, None]", events)):
        for event in events:
            if isinstance(event, WeightsReady):
                yield CheckpointWritten(folder, event.epoch, event.step)
            else:
                yield event
