"""What it takes to go on with a run: its settings, of which few may change, and the checkpoint. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.paths import real, storable
from cnnviz.runs.checkpoint import checkpoints_of
from cnnviz.runs.journal import read_lines
from cnnviz.runs.layout import METRICS, has_started
from cnnviz.runs.resume_point import ResumePoint, holds_resume_point, read_resume_point
from cnnviz.runs.status import read_status
from cnnviz.slow_disks import SlowDiskError, answered
from cnnviz.training.config import DATA, SETTINGS, TrainConfig, checked
from cnnviz.training.data.data_names import named
from cnnviz.training.events import Journalled
from cnnviz.training.recording import read_config
from cnnviz.training.rows import events_of
from cnnviz.units import counted

_MAY_CHANGE = ("epochs", "learning_rate", "keep_weights", "patience")
_LEARNING = ("steps", "epoch", "checkpoint")  # kinds of rows
_OPEN = ("auto", None)  # values that leave the decision to the run, which has taken it


@dataclass(frozen=True, slots=True, eq=False)
class Resumption:
    """A run that is to go on."""

    folder: Path
    config: TrainConfig  # of the run, with what changes
    point: ResumePoint | None  # None: it was killed before its first checkpoint, and begins again
    told: tuple[Journalled, ...]  # by the run, up to there
    learning_rate: float | None = None  # from here on; None: as it was
    has_finished: bool = False  # with all that it was asked for, or early


def read_resumption(folder: Path, given: Mapping[str, object] | None = None, more: int = 0) -> Resumption:
    """Return what ``folder`` says of its run, with the settings that are given beside it.

    Args:
        folder: of the run.
        given: settings; few of them may be others than the run's.
        more: epochs that follow where all that were asked for are done.

    Raises:
        CnnvizError: there is no run, no checkpoint to go on from, nothing left to do, or a setting that may not change.
    """
    own = read_config(folder)
    changes: dict[str, Any] = _changes(own, given or {})
    rate = changes.pop("learning_rate", None)  # config.toml says what the run began with
    config = checked(replace(own, **changes))
    rows = read_lines(folder / METRICS).rows if (folder / METRICS).exists() else []
    if not begun_to_learn(folder, rows):
        return Resumption(folder, config if rate is None else replace(config, learning_rate=rate), None, ())
    point = read_resume_point(folder)
    if more and config.epochs <= point.epoch:
        config = checked(replace(config, epochs=point.epoch + more))
    if config.epochs <= point.epoch:
        done = f"The run in {folder} has done {counted(point.epoch, 'epoch')}; {config.epochs} in all are asked for."
        raise CnnvizError(done, f"Ask for more epochs in all, such as --epochs {point.epoch + own.epochs}.")
    told = tuple(events_of(filter(None, rows[: point.rows]), config))
    return Resumption(folder, config, point, told, rate, read_status(folder).get("state") == "finished")


def begun_to_learn(folder: Path, rows: Iterable[Mapping[str, object] | None]) -> bool:
    """Return whether a run in ``folder`` has made a step, or kept weights, as its journal and its files tell."""
    made = any(row.get("kind") in _LEARNING for row in filter(None, rows))
    return made or bool(checkpoints_of(folder))


def why_not_further(folder: Path) -> str:
    """Return why ``read_resumption`` is not likely to find something, as the names of files tell; "" where it is."""
    try:
        return answered(partial(_why_not_further, folder), folder)
    except (SlowDiskError, OSError, ValueError):
        return "Its folder cannot be read now."


def _why_not_further(folder: Path) -> str:
    if not folder.exists():
        return "Its folder is not there."
    if not has_started(folder):
        return "The run has not got beyond reading its data."
    if holds_resume_point(folder):
        return ""
    if checkpoints_of(folder):
        return "Its checkpoints hold weights alone. “Begin with its weights” starts another run from them."
    with suppress(CnnvizError):
        status = read_status(folder)
        if any(isinstance(made := status.get(name), int) and made > 0 for name in ("step", "epoch")):
            return "Its checkpoints are gone: there is nothing to go on from."
    return ""  # it was killed before its first checkpoint, and begins again


def _changes(own: TrainConfig, given: Mapping[str, object]) -> dict[str, object]:
    rows = {row.name: row for row in SETTINGS}
    changes = {}
    for name, value in given.items():
        before = getattr(own, name)
        if name in _MAY_CHANGE:
            changes[name] = rows[name].accept(value)
        elif not (value in _OPEN or _is_same(name, value, before)):
            message = f"{rows[name].label} cannot become {value} when a run goes on: it is {before}."
            raise CnnvizError(message, "Leave it out, or begin a new run with --config and the run's config.toml.")
    return changes


def _is_same(name: str, value: object, before: object) -> bool:
    if name == "options":  # those that are not given are not asked for
        has, asked = (each if isinstance(each, Mapping) else {} for each in (before, value))
        return all(str(has.get(key)) == str(each) for key, each in asked.items())
    if name == "data":
        found = named(str(value))
        return value == before or (isinstance(found, Path) and storable(str(real(found))) == before)
    if name == "normalise" and value == DATA:  # a run says what numbers that came to
        return "," in str(before)
    if name == "weights":
        return value == before or storable(str(real(Path(str(value))))) == before
    return value == before
