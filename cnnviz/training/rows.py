"""Events as the rows of a run's journal, ``metrics.jsonl``, and back. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, fields

from cnnviz.plain_data import MismatchError, from_plain
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import (
    CheckpointWritten,
    ClassesJudged,
    Diagnosed,
    EpochDone,
    Journalled,
    LayersSeen,
    Noticed,
    Preparing,
    RunFailed,
    RunFinished,
    RunStarted,
    StepsDone,
    Testing,
)

_KINDS: Mapping[str, type[Journalled]] = {
    "preparing": Preparing,
    "notice": Noticed,
    "started": RunStarted,
    "steps": StepsDone,
    "testing": Testing,
    "epoch": EpochDone,
    "classes": ClassesJudged,
    "layers": LayersSeen,
    "diagnosis": Diagnosed,
    "checkpoint": CheckpointWritten,
    "finished": RunFinished,
    "failed": RunFailed,
}
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
                "images_per_second": round(event.images_per_second, 3),
            }
        case RunStarted():  # its configuration is config.toml's
            row = {field.name: getattr(event, field.name) for field in fields(event) if field.name != "config"}
            return {"kind": kind, **row}
    return {"kind": kind, **asdict(event)}


def events_of(rows: Iterable[Mapping[str, object]], config: TrainConfig) -> Iterator[Journalled]:
    """Yield the events of a run that was asked for ``config``; kinds and keys of another version are left out.

    A row that lacks a field which its kind needs, or holds something else in it, is left out too.
    """
    for row in rows:
        kind = _KINDS.get(str(row.get("kind")))
        if kind is not None:
            with suppress(MismatchError):
                event = from_plain(kind, row, **({"config": config} if kind is RunStarted else {}))
                if all(getattr(event, name, 0) < _MOST_STEPS for name in ("epoch", "step", "first_step")):
                    yield event
