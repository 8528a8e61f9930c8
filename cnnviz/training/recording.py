"""A run recorded to its folder while events pass by, and read again by whoever looks later. No torch here.

What lies where is told by ``cnnviz.runs``; here events become what is written, and what is read becomes events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import reading
from cnnviz.runs import checkpoint, layout
from cnnviz.runs.journal import START, Mark, read_lines
from cnnviz.runs.resume_point import ResumePoint
from cnnviz.runs.status import UNDER_WAY, read_status
from cnnviz.training.config import TrainConfig
from cnnviz.training.config_file import read_toml
from cnnviz.training.control import Control
from cnnviz.training.events import (
    EpochDone,
    Event,
    Journalled,
    Noticed,
    Recorded,
    RunFailed,
    RunStarted,
)
from cnnviz.training.rows import events_of
from cnnviz.training.run_writer import RunWriter

_MOST_NAMED = 5


def record(
    events: Iterable[Event],
    folder: Path,
    control: Control | None = None,
    point: ResumePoint | None = None,
    again: bool = False,
) -> Iterator[Recorded]:
    """Yield ``events`` unchanged while ``folder`` is written from them; each is on disk before it is passed on.

    A run that ends before it has started leaves nothing behind. When the disk is full in the middle, training goes on:
    a ``Noticed`` says so, and what was not written is, together with the next event for which there is room.

    Args:
        control: the run's own, where somebody can be asked for another folder. When this one is gone or cannot be
            written, or is full at the end, the run is paused, ``FolderLost`` says so, and what it tells is held. It is
            written when ``control`` goes on, in the folder that it names then; ``FolderTaken`` tells.
        point: where the run in ``folder`` goes on; None: a new run. Later steps are taken back with ``RunResumed``.
        again: the run in ``folder`` was killed before it learned anything, and begins once more in its place.

    Raises:
        CnnvizError: the folder holds a run already (with ``point``: one that is going on), or cannot be written: before
            training starts, in the middle, or at the end where there still is no room. What was written stays whole.
    """
    with closing(RunWriter(folder, control, point, again)) as writer:
        iterator = iter(events)
        try:
            writer.open()
            for event in iterator:
                yield from writer.note(event)
                yield event
        except GeneratorExit:
            writer.end(RunFailed("stopped", ""))
            raise
        except BaseException as error:
            writer.end(RunFailed("stopped" if isinstance(error, KeyboardInterrupt) else "failed", str(error)))
            raise
        finally:
            if close := getattr(iterator, "close", None):
                close()


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder tells it."""

    folder: Path
    config: TrainConfig  # all resolved
    state: str  # "preparing", "running", "finished", "stopped", "diverged", "failed", "lost"
    events: tuple[Journalled, ...]  # all that its journal holds, in order
    checkpoints: tuple[Path, ...]  # folders, the newest last
    mark: Mark = START  # how far its journal was read
    is_whole: bool = True  # else the events are those behind what was read before

    @property
    def under_way(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in UNDER_WAY


def read_run(folder: str | PathLike[str], since: Mark = START) -> Run:
    """Return the run in ``folder``, which may be going on.

    Args:
        folder: of the run.
        since: the mark of a run that was read before: events up to there are left out, unless some were taken back.

    Raises:
        CnnvizError: there is no run, or it is damaged.
    """
    folder = Path(folder)
    with reading(folder, "Choose a folder that you may read."):
        return _read(folder, since)


def _read(folder: Path, since: Mark) -> Run:
    config = read_config(folder)
    lines = read_lines(folder / layout.METRICS, since)
    events = tuple(events_of(filter(None, lines.rows), config))
    if lines.is_whole:
        events = _with_start((*events, *_damage(lines.rows)), config)
    state = str(read_status(folder).get("state", "unknown"))
    return Run(folder, config, state, events, checkpoint.checkpoints_of(folder), lines.mark, lines.is_whole)


def read_config(folder: Path) -> TrainConfig:
    """Return what the run in ``folder`` was asked to do, all resolved.

    Raises:
        CnnvizError: there is no run, or its ``config.toml`` is damaged.
    """
    if not layout.holds_run(folder):
        raise CnnvizError(f"{folder} holds no run.", f"Choose a folder with a {layout.CONFIG} that a run has written.")
    if not layout.has_started(folder):
        hint = "If it is not going on, a new run may take the folder."
        raise CnnvizError(f"The run in {folder} has not got beyond reading its data.", hint)
    return read_toml(folder / layout.CONFIG)


def _damage(lines: Sequence[object]) -> Iterator[Noticed]:
    damaged = [str(number) for number, line in enumerate(lines, 1) if line is None]
    if damaged:
        shown = ", ".join(damaged[:_MOST_NAMED]) + (" …" if len(damaged) > _MOST_NAMED else "")
        yield Noticed(f"Damaged lines of {layout.METRICS} are left out: {shown}.")


def _with_start(events: Sequence[Journalled], config: TrainConfig) -> tuple[Journalled, ...]:
    """Journals of the first version do not say how a run started: then what its first epoch tells goes first."""
    if any(isinstance(event, RunStarted) for event in events):
        return tuple(events)
    first = next((event for event in events if isinstance(event, EpochDone)), None)
    steps = 0 if first is None else first.step // max(first.epoch, 1)
    return (RunStarted(config, "", 0, 0, steps, (), 0), *events)
