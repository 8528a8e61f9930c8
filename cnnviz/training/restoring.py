"""A run that was prepared anew, put where a checkpoint stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.runs.resume_point import ResumePoint
from cnnviz.training.begun_with import refuse_others, what_is_new
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import Noticed
from cnnviz.training.prepare import Prepared
from cnnviz.training.resumption import Resumption
from cnnviz.training.saved_form import captured_of, computed_with
from cnnviz.training.state import Captured


def read_captured(folder: Path, point: ResumePoint) -> Captured:
    """Return the state that the checkpoint holds.

    Raises:
        CnnvizError: this version cannot make sense of it.
    """
    try:
        return captured_of(point)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        name = point.checkpoint.name
        message = f"The run in {folder} cannot go on: {name} is damaged, or of another version ({error})."
        raise CnnvizError(message, f"Begin a new run with --weights {folder}.") from error


def restore(prepared: Prepared, captured: Captured, resumption: Resumption, point: ResumePoint) -> None:
    """Put the run where ``captured`` stands. Call it where the run computes.

    Raises:
        CnnvizError: network or data are not those that the run began with.
    """
    refuse_others(point.saved.facts, prepared.begun_with)
    try:
        prepared.state.restore(captured)
    except (RuntimeError, ValueError, KeyError, TypeError, IndexError) as error:
        why = " ".join(line.strip() for line in str(error).splitlines()[:2])
        message = f"The network is not the one that the run began with: {why}"
        raise CnnvizError(message, f"Begin a new run with --weights {resumption.folder}.") from error
    if resumption.learning_rate is not None:
        prepared.state.learning_rate.base = resumption.learning_rate


def what_differs(point: ResumePoint, now: Mapping[str, object], config: TrainConfig) -> Iterator[Noticed]:
    """Say what is not as it was left, and what may keep the run from ending in the same bits."""
    if point.passed_over:
        yield Noticed(f"{point.passed_over}: the run goes on from {point.checkpoint.name}, the one before.")
    for said in what_is_new(point.saved.facts, now, config):
        yield Noticed(said)
    for name, value in computed_with().items():
        before = point.saved.facts.get(name)
        if before != value:
            what = f"The run was begun with {name} {before} and goes on with {name} {value}"
            yield Noticed(f"{what}: its last bits may differ from those of a run that was never interrupted.")
