"""A training run as the window hears of it: recorded to its folder, and without the weights themselves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import CheckpointWritten, Heard, PicturesJudged, Recorded, WeightsReady

OpenTraining = Callable[[TrainConfig, Control, Path], Generator[Heard, None, None]]


def open_training(config: TrainConfig, control: Control, folder: Path) -> Generator[Heard, None, None]:
    """Train, record to ``folder``, and yield what happens. Imports torch: call it in the worker's thread.

    Raises:
        CnnvizError: what the engine or the run folder refuses.
    """
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    yield from without_weights(record(train(config, control), folder, control))


def without_weights(events: Iterator[Recorded]) -> Generator[Heard, None, None]:
    """Yield ``events`` with what is large replaced by what a journal says of it."""
    with closing(cast("Generator[Recorded, None, None]", events)):
        for event in events:
            if isinstance(event, WeightsReady):
                yield CheckpointWritten(event.epoch, event.step)
            elif isinstance(event, PicturesJudged):
                yield event.in_short()
            else:
                yield event
