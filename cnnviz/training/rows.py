"""Events as the rows of a run's journal, ``metrics.jsonl``, and back. No torch here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields

from cnnviz.plain_data import MismatchError, from_plain
from cnnviz.runs.resume_point import ResumePoint
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import (
    CheckpointWritten,
    ClassesJudged,
    Diagnosed,
    EpochDone,
    Journalled,
    LayersSeen,
    LearningRateChanged,
    Noticed,
    Preparing,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
    StepsDone,
    Testing,
)

_KINDS: Mapping[str, type[Journalled]] = {
    "preparing": Preparing,
    "notice": Noticed,
    "started": RunStarted,
    "resumed": RunResumed,
    "steps": StepsDone,
    "learning_rate": LearningRateChanged,
    "testing": Testing,
    "epoch": EpochDone,
    "classes": ClassesJudged,
    "layers": LayersSeen,
    "diagnosis": Diagnosed,
    "checkpoint": CheckpointWritten,
    "finished": RunFinished,
    "failed": RunFailed,
}
_STAY = ("finished", "failed", "resumed")  # kinds of rows: it was so, whatever is taken back
_MOST_STEPS = 2**53  # what a plot's axis can tell apart
_NAMES = {event: kind for kind, event in _KINDS.items()}


def row_of(event: Journalled) -> dict[str, object]:
    """Return the JSON object of an event: its kind, and its fields by their names."""
    kind = _NAMES[type(event)]
    match event:
        case StepsDone():
            return {
                "kind": kind,
                "epoch": event.epoch,
                "step": event.last_step,
                "first_step": event.first_step,
                "losses": [round(loss, 6) for loss in event.losses],
                "accuracies": [round(accuracy, 6) for accuracy in event.accuracies],
                "learning_rates": [float(f"{rate:.7g}") for rate in event.learning_rates],
                "images_per_second": round(event.images_per_second, 3),
            }
        case RunStarted() | RunResumed():  # its configuration is config.toml's
            row = {field.name: getattr(event, field.name) for field in fields(event) if field.name != "config"}
            return {"kind": kind, **row}
    return {"kind": kind, **asdict(event)}


def rows_that_stay(lines: Sequence[bytes], point: ResumePoint) -> list[bytes]:
    """Return the lines of a journal that tell how a run came to ``point``, and of those behind them how it ended."""
    written = {"kind": _NAMES[CheckpointWritten], "epoch": point.epoch, "step": point.step}
    behind = []
    for line in lines[point.rows :]:
        with suppress(ValueError, RecursionError, AttributeError):
            row = json.loads(line)
            if row.get("kind") in _STAY:
                behind.append(line)
    return [*lines[: point.rows], f"{json.dumps(written)}\n".encode(), *behind]


def events_of(rows: Iterable[Mapping[str, object]], config: TrainConfig) -> Iterator[Journalled]:
    """Yield the events of a run that was asked for ``config``; kinds and keys of another version are left out.

    A row that lacks a field which its kind needs, or holds something else in it, is left out too.
    """
    for row in rows:
        kind = _KINDS.get(str(row.get("kind")))
        if kind is not None:
            with suppress(MismatchError):
                event = from_plain(kind, row, **({"config": config} if kind in (RunStarted, RunResumed) else {}))
                if all(getattr(event, name, 0) < _MOST_STEPS for name in ("epoch", "step", "first_step")):
                    yield event
