"""Writes what happens in a run to its folder, or holds it until it can be written, there or elsewhere. No torch."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import NoSpaceError, failure_of, write_text
from cnnviz.paths import real, storable
from cnnviz.runs import checkpoint, layout
from cnnviz.runs.best_checkpoint import drop_best_after, keep_best
from cnnviz.runs.journal import Journal
from cnnviz.runs.judged_file import write_judged
from cnnviz.runs.resume_point import ResumePoint
from cnnviz.runs.scalar_file import ScalarFile
from cnnviz.runs.status import Status
from cnnviz.training.config_file import to_toml
from cnnviz.training.control import Control
from cnnviz.training.data.data_names import named
from cnnviz.training.events import (
    CheckpointWritten,
    EpochDone,
    Event,
    FolderLost,
    FolderTaken,
    Journalled,
    Noticed,
    PicturesJudged,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
    StepsDone,
    WeightsReady,
)
from cnnviz.training.rows import row_of, rows_that_stay
from cnnviz.training.weights_about import about_weights
from cnnviz.training.wording import line_of
from cnnviz.version import __version__

_MEGABYTE = 10**6  # bytes
_PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors")


class RunWriter:
    """Holds what each event means until it is written to the folder, which mostly is at once."""

    def __init__(
        self, folder: Path, control: Control | None, point: ResumePoint | None = None, again: bool = False
    ) -> None:
        self._folder, self._control, self._point = folder, control, point
        self._holds_run = again or point is not None  # before this writer writes there
        self._metrics = Journal(folder / layout.METRICS)
        self._log = Journal(folder / layout.LOG)
        self._scalars = ScalarFile(folder)
        self._status = Status(folder, self._metrics.check)
        self._started: RunStarted | RunResumed | None = None
        self._ended: RunFinished | None = None
        self._end_is_held = False  # among the lines
        self._judged: PicturesJudged | None = None  # until written
        self._about: Mapping[str, str] | None = None  # of the weights; None: nothing says yet what is trained
        self._weights: WeightsReady | None = None  # the newest; where no other folder can be asked for, until written
        self._weights_are_due = self._status_is_due = False
        self._rows_before = 0  # of the journal, when those weights came
        self._about_before = {} if point is None else point.about  # as a run that goes on said it
        self._has_folder = False
        self._is_full = False  # the disk

    def open(self) -> None:
        """Take the folder, which shows at once whether it can be written."""
        if self._holds_run:
            layout.check_own(self._folder)
            self._status.take_up()
        else:
            self._status.begin()
        self._has_folder = True
        if self._holds_run and self._point is None:
            self._metrics.take_up(lambda _lines: [])
            self._log.take_up()
        layout.sweep_runs(self._folder.parent)
        if not self._holds_run:
            self._write_environment()

    def note(self, event: Event) -> Iterator[Noticed | FolderLost | FolderTaken]:
        """Write what ``event`` means, or hold it, and yield what there is to say about writing."""
        self._hold(event)
        while True:
            try:
                yield from self._move()
                self._write()
            except (CnnvizError, OSError) as failure:
                error = failure_of(failure) if isinstance(failure, OSError) else failure
                if (
                    isinstance(error, NoSpaceError)
                    and self._about
                    and not isinstance(event, RunStarted | RunResumed | RunFinished)
                ):
                    if not self._is_full:
                        yield Noticed(f"{error.message} {error.hint} Training goes on.{self._kept_in_words()}")
                    self._is_full = True
                    return
                if self._control is None or self._started is None or self._control.stop_requested:
                    raise self._with_what_is_kept(error) from failure
                if not self._control.paused:
                    self._control.pause()
                    yield FolderLost(error.message)
                if self._ended is None:
                    return
                self._control.wait_while_paused()
            else:
                break
        if self._is_full:
            self._is_full = False
            yield Noticed("There is space again: what was missing is written.")

    def _kept_in_words(self) -> str:
        """Return which checkpoint stands, in a sentence; "" where there is none."""
        kept = checkpoint.newest_in_words(self._folder)
        return f" Kept so far: {kept}." if kept else ""

    def _with_what_is_kept(self, error: CnnvizError) -> CnnvizError:
        """Return why the run ends, with the checkpoint that it can go on from."""
        kept = "" if self._about is None else self._kept_in_words()
        if not kept:
            return error
        first = "Free some disk space" if isinstance(error, NoSpaceError) else "Put that right"
        return type(error)(f"{error.message}{kept}", f"{first}, then go on from there: Continue, or --resume.")

    def end(self, how: RunFailed) -> None:
        """Say how the run ended, unless it has; the disk may be full, and the first error is the one to tell."""
        if self._ended is not None and self._ended.reason == "stopped":
            how = RunFailed("stopped", how.message)
        if self._holds_run and self._about is None:
            return
        if self._has_folder and self._status.under_way:
            self._status.note(state=how.reason, message=how.message)
            self._metrics.add(json.dumps(row_of(how)))
            self._add_to_log(f"{how.reason} {how.message}".strip())
            for write in (self._metrics.write, self._log.write, self._status.write):
                with suppress(CnnvizError):
                    write()

    def close(self) -> None:
        """Let go of the files; take back what was written when the run never started."""
        self._status.end()
        never_started = self._has_folder and self._about is None
        if never_started and self._holds_run:
            self._status.put_back()
        self._metrics.close()
        self._log.close()
        if never_started and not self._holds_run:
            layout.take_back(self._folder)

    def _hold(self, event: Event) -> None:
        """Take in what ``event`` means, without writing."""
        if self._point is not None and self._started is None and not isinstance(event, RunResumed):
            return  # it was told when the run began
        match event:
            case WeightsReady():
                self._weights, self._weights_are_due, self._rows_before = event, True, self._metrics.row_count
                return
            case PicturesJudged():
                self._judged = event
                self._add(event.in_short())
                return
            case RunFinished():  # its row comes after that of the last weights
                self._ended = event
                return
            case RunStarted() | RunResumed():
                self._started = event
                self._status.note(state="running")
            case StepsDone():
                self._status.note(step=event.last_step)
            case EpochDone():
                self._status.note(epoch=event.epoch, step=event.step)
        self._status_is_due = self._status_is_due or isinstance(event, RunStarted | RunResumed | EpochDone)
        self._add(event)

    def _write(self) -> None:
        """Write all that is held."""
        self._status.check()
        self._metrics.check()
        if self._started is not None and self._about is None:
            self._about = self._write_start(self._started)
        self._metrics.write()
        self._log.write()
        self._scalars.write()
        if self._weights is not None and self._weights_are_due:
            self._write_weights(self._weights)
        if self._judged is not None:
            write_judged(self._folder, self._judged.epoch, self._judged.judged)
            self._judged = None
        if self._ended is not None and self._status.under_way:
            self._write_end(self._ended)
        if self._status_is_due:
            self._status.write()
            self._status_is_due = False

    def _move(self) -> Iterator[FolderTaken]:
        """Go on in another folder where that is wished."""
        folder = None if self._control is None else self._control.take_folder()
        if folder is None:
            return
        self._status = self._status.moved(folder)
        self._metrics.move(folder / layout.METRICS)
        self._log.move(folder / layout.LOG)
        self._scalars.move(folder, self._metrics.rows())
        self._add(Noticed(f"The run's folder {self._folder} was lost on the way; all of the run is in this one."))
        self._folder, self._about, self._point, self._holds_run = folder, None, None, False
        self._weights_are_due = self._weights is not None
        self._status_is_due = True
        yield FolderTaken(folder)

    def _write_start(self, event: RunStarted | RunResumed) -> Mapping[str, str]:
        """Write what was asked for and what it runs on, and return what the weights are to say about themselves."""
        if self._point is not None:
            self._take_up(self._point)
        data = named(event.config.data)
        config = replace(event.config, data=storable(str(real(data)))) if isinstance(data, Path) else event.config
        write_text(self._folder / layout.CONFIG, to_toml(config), make_parents=False)
        if self._point is None:
            self._write_environment(event.device_name)
        return about_weights(event, config) if isinstance(event, RunStarted) else self._about_before

    def _take_up(self, point: ResumePoint) -> None:
        """Take back what was told and kept of steps after the one that the run goes on from."""
        self._metrics.take_up(partial(rows_that_stay, point=point))
        self._log.take_up()
        self._scalars.go_on_behind(self._metrics.rows())
        checkpoint.go_back_to(self._folder, point.checkpoint.name, point.step)
        drop_best_after(self._folder, point.epoch)
        keep_best(self._folder, point.saved.best_epoch)

    def _write_weights(self, event: WeightsReady) -> None:
        room = 0 if self._started is None else self._started.config.keep_weights * _MEGABYTE
        saved = None if event.saved is None else event.saved.with_rows(self._rows_before)
        self._metrics.to_disk()  # what leads to them lasts as long as they do
        checkpoint.write(self._folder, event.state, event.epoch, event.step, self._about or {}, room, saved)
        if saved is not None and saved.best_epoch == event.epoch:
            keep_best(self._folder, event.epoch)
        self._weights_are_due = False
        if self._control is None:  # nobody can ask for them in another folder
            self._weights = None
        self._metrics.add(json.dumps(row_of(CheckpointWritten(event.epoch, event.step))))
        self._metrics.write()

    def _write_end(self, event: RunFinished) -> None:
        if event.reason == "finished":
            checkpoint.write_final(self._folder)
        if not self._end_is_held:
            self._add(event)
            self._end_is_held = True
        self._metrics.write()
        self._log.write()
        self._status.note(state=event.reason, epoch=event.epoch, step=event.step, seconds=event.seconds)
        self._status_is_due = True

    def _add(self, event: Journalled) -> None:
        row = row_of(event)
        self._metrics.add(json.dumps(row))
        self._scalars.add(row)
        if line := line_of(event):
            self._add_to_log(line)

    def _add_to_log(self, line: str) -> None:
        self._log.add(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")

    def _write_environment(self, device_name: str = "") -> None:
        found: dict[str, str | None] = {"cnnviz": __version__, "python": platform.python_version()}
        found |= {name: _version(name) for name in _PACKAGES}
        machine = {"platform": platform.platform(), "cpus": os.cpu_count(), "device": device_name, "command": sys.argv}
        text = json.dumps({"versions": found, **machine}, indent=1)
        write_text(self._folder / layout.ENVIRONMENT, text, make_parents=False)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
