"""A run that was prepared anew, put where a checkpoint stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.runs.resume_point import ResumePoint
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
    images, now = point.saved.facts.get("images"), prepared.training.images
    if images != now:
        message = f"The run was begun with {images} training images, and there are {now} now."
        raise CnnvizError(message, "Put the data back as they were, or begin a new run.")
    try:
        prepared.state.restore(captured)
    except (RuntimeError, ValueError, KeyError, TypeError, IndexError) as error:
        message = f"The network is not the one that the run began with: {str(error).splitlines()[0]}"
        raise CnnvizError(message, f"Begin a new run with --weights {resumption.folder}.") from error
    if resumption.learning_rate is not None:
        prepared.state.learning_rate.base = resumption.learning_rate


def what_differs(point: ResumePoint) -> Iterator[Noticed]:
    """Say what may keep the run from ending in the same bits."""
    for name, value in computed_with().items():
        before = point.saved.facts.get(name)
        if before != value:
            what = f"The run was begun with {name} {before} and goes on with {name} {value}"
            yield Noticed(f"{what}: its last bits may differ from those of a run that was never interrupted.")
