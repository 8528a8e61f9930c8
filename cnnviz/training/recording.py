"""A run recorded to its folder while events pass by, and read again by whoever looks later. No torch here.

What lies where is told by ``cnnviz.runs``; here events become what is written, and what is read becomes events.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import metadata
from os import PathLike
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import NoSpaceError, storable, write_text
from cnnviz.pictures.preprocessing import Preprocessing, described
from cnnviz.runs import checkpoint, layout
from cnnviz.runs.journal import Journal, read_lines
from cnnviz.runs.status import Status, read_status, taken
from cnnviz.training.config import TrainConfig
from cnnviz.training.config_file import read_toml, to_toml
from cnnviz.training.data.data_names import named
from cnnviz.training.data.reading_files import FIT
from cnnviz.training.events import (
    CheckpointWritten,
    EpochDone,
    Event,
    Journalled,
    Noticed,
    RunFailed,
    RunFinished,
    RunStarted,
    StepsDone,
    WeightsReady,
)
from cnnviz.training.rows import events_of, row_of
from cnnviz.training.wording import line_of
from cnnviz.version import __version__

_PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors")
_MOST_NAMED = 5


def record(events: Iterable[Event], folder: Path) -> Iterator[Event]:
    """Yield ``events`` unchanged while ``folder`` is written from them; each is on disk before it is passed on.

    A run that ends before it has started, because the data cannot be read or a setting makes no sense, leaves nothing
    behind: the same folder can be used for the next try.

    When the disk is full in the middle, training goes on: a ``Noticed`` says so, and what was not written is, together
    with the next event for which there is room.

    Raises:
        CnnvizError: the folder holds a run already, or cannot be written: before training starts where that shows, in
            the middle otherwise, or at the end where there still is no room. What was written before stays whole.
            Errors of ``events`` pass through.
    """
    if folder.exists() and not folder.is_dir():
        raise CnnvizError(f"{folder} is a file.", "Choose a folder for the run.")
    if layout.holds_run(folder) and (layout.has_started(folder) or not layout.is_taken(folder)):
        raise taken(folder)
    with closing(_Recorder(folder)) as recorder:
        iterator = iter(events)
        try:
            recorder.open()
            for event in iterator:
                if (notice := recorder.note(event)) is not None:
                    yield notice
                yield event
        except GeneratorExit:
            recorder.end(RunFailed("stopped", ""))
            raise
        except BaseException as error:
            recorder.end(RunFailed("stopped" if isinstance(error, KeyboardInterrupt) else "failed", str(error)))
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


def read_run(folder: str | PathLike[str]) -> Run:
    """Return the run in ``folder``, which may be going on.

    Raises:
        CnnvizError: there is no run, or it is damaged.
    """
    folder = Path(folder)
    config = read_config(folder)
    lines = read_lines(folder / layout.METRICS)
    events = (*events_of(filter(None, lines), config), *_damage(lines))
    state = str(read_status(folder).get("state", "unknown"))
    return Run(folder, config, state, _with_start(events, config), checkpoint.checkpoints_of(folder))


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


class _Recorder:
    """Writes what each event means to the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._metrics = Journal(folder / layout.METRICS)
        self._log = Journal(folder / layout.LOG)
        self._status = Status(folder)
        self._about: dict[str, str] | None = None  # of the weights; None: the run has not started
        self._has_folder = False
        self._is_full = False  # the disk
        self._unsaved: WeightsReady | None = None  # the newest weights, while there is no room for them

    def open(self) -> None:
        """Take the folder, which shows at once whether it can be written."""
        was_killed = self._status.begin()
        self._has_folder = True
        if was_killed:
            layout.clear(self._folder)
        self._write_environment("")

    def note(self, event: Event) -> Noticed | None:
        """Write what ``event`` means, and return what there is to say about writing."""
        was_full = self._is_full
        try:
            self._status.check()
            self._write(event)
        except NoSpaceError as error:
            if self._about is None or isinstance(event, RunStarted | RunFinished):
                raise
            self._is_full = True
            return None if was_full else Noticed(f"{error.message} {error.hint} Training goes on.")
        self._is_full = False
        return Noticed("There is space again: what was missing is written.") if was_full else None

    def _write(self, event: Event) -> None:
        match event:
            case WeightsReady():
                self._unsaved = event
                self._write_weights()
                return
            case RunStarted():
                self._start(event)
            case StepsDone():
                self._status.note(step=event.last_step)
            case EpochDone():
                self._status.note(epoch=event.epoch, step=event.step)
            case RunFinished():
                self._finish(event)
        try:
            self._metrics.append(json.dumps(row_of(event)))
        finally:
            if line := line_of(event):
                self._write_log(line)
        if isinstance(event, RunStarted | EpochDone | RunFinished):
            self._status.write()

    def end(self, how: RunFailed) -> None:
        """Say how the run ended, unless it has; the disk may be full, and the first error is the one to tell."""
        if self._has_folder and self._status.under_way:
            self._status.note(state=how.reason, message=how.message)
            try:
                self._metrics.append(json.dumps(row_of(how)))
                self._write_log(f"{how.reason} {how.message}".strip())
                self._status.write()
            except CnnvizError:
                return

    def close(self) -> None:
        """Let go of the files; take back what was written when the run never started."""
        self._status.end()
        self._metrics.close()
        self._log.close()
        if self._has_folder and self._about is None:
            layout.take_back(self._folder)

    def _start(self, event: RunStarted) -> None:
        data = named(event.config.data)
        config = replace(event.config, data=storable(str(data.resolve()))) if isinstance(data, Path) else event.config
        write_text(self._folder / layout.CONFIG, to_toml(config))
        self._write_environment(event.device_name)
        self._about = _about(event, config)
        self._status.note(state="running")

    def _write_weights(self) -> None:
        """Write the newest weights, unless they are written."""
        if (event := self._unsaved) is not None:
            checkpoint.write(self._folder, event.state, event.epoch, event.step, self._about or {})
            self._unsaved = None
            self._metrics.append(json.dumps(row_of(CheckpointWritten(event.epoch, event.step))))

    def _finish(self, event: RunFinished) -> None:
        self._write_weights()
        if event.reason == "finished":
            checkpoint.write_final(self._folder)
        self._status.note(state=event.reason, epoch=event.epoch, step=event.step, seconds=event.seconds)

    def _write_log(self, line: str) -> None:
        self._log.append(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")

    def _write_environment(self, device_name: str) -> None:
        found: dict[str, str | None] = {"cnnviz": __version__, "python": platform.python_version()}
        found |= {name: _version(name) for name in _PACKAGES}
        machine = {"platform": platform.platform(), "cpus": os.cpu_count(), "device": device_name, "command": sys.argv}
        write_text(self._folder / layout.ENVIRONMENT, json.dumps({"versions": found, **machine}, indent=1))


def _about(event: RunStarted, config: TrainConfig) -> dict[str, str]:
    """Return what a file of weights says about itself, as safetensors' metadata wants it: text to text."""
    return {
        "model": config.model,
        "options": json.dumps(dict(config.options)),
        "input_shape": json.dumps((_channels(config), config.resize, config.resize)),
        **described(Preprocessing(FIT)),
        "class_names": json.dumps(event.class_names, ensure_ascii=False),
        "data": config.data,
    }


def _channels(config: TrainConfig) -> int:
    given = config.options.get("in_channels")
    if given is None:  # a network of fixed channels: it had to be built, so torch is there
        from cnnviz.training.network import input_channels

        given = input_channels(config)
    return int(str(given))


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


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
