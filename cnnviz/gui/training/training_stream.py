"""A training run as the window hears of it: recorded to its folder, and without the weights themselves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import CheckpointWritten, Heard, Noticed, PicturesJudged, Recorded, RunResumed, WeightsReady

OpenTraining = Callable[[TrainConfig, Control, Path], Generator[Heard, None, None]]
OpenFurther = Callable[[Path, int, Control], Generator[Heard, None, None]]


def open_training(config: TrainConfig, control: Control, folder: Path) -> Generator[Heard, None, None]:
    """Train, record to ``folder``, and yield what happens. Imports torch: call it in the worker's thread.

    Raises:
        CnnvizError: what the engine or the run folder refuses.
    """
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    yield from without_weights(record(train(config, control), folder, control))


def open_further(folder: Path, more: int, control: Control) -> Generator[Heard, None, None]:
    """Go on with the run in ``folder``, and yield what its journal says of it up to there, then what happens.

    Imports torch: call it in the worker's thread.

    Args:
        folder: of the run.
        more: epochs that follow where all that were asked for are done.
        control: of what goes on.

    Raises:
        CnnvizError: the run cannot go on, or what the engine or the folder refuses.
    """
    from cnnviz.training.engine import resume
    from cnnviz.training.recording import read_run, record
    from cnnviz.training.resumption import read_resumption

    is_told = False  # what its journal says of it
    try:
        resumption = read_resumption(folder, more=more)
        point = resumption.point
        is_told = point is None  # then it begins again, and there is nothing to be told of before
        recorded = record(resume(resumption, control), folder, control, point, point is None)
        with closing(without_weights(recorded)) as events:
            for event in events:
                if isinstance(event, RunResumed):
                    is_told = True
                    yield from read_run(folder).events
                elif is_told or not isinstance(event, Noticed):  # those it told when it began are in its journal
                    yield event
    except CnnvizError:
        if not is_told:
            with suppress(CnnvizError):
                yield from read_run(folder).events
        raise


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
