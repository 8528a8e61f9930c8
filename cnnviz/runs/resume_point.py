"""What a run goes on from: the weights of a checkpoint, and beside them all else that decides its next step.

``state.safetensors`` holds its numbers (optimizer, random numbers, order), ``state.json`` the facts that are no arrays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole
from cnnviz.runs.checkpoint import checkpoints_of, missing_latest
from cnnviz.runs.checkpoint_files import has_a_runs_name, step_of, was_refused, whole_weights
from cnnviz.runs.file_sums import check_sums
from cnnviz.runs.layout import ABOUT, CHECKPOINTS, FACTS, MODEL, STATE

if TYPE_CHECKING:
    import numpy as np

_LARGEST = 1 << 26  # bytes
_ROWS = "journal_rows"


@dataclass(frozen=True, slots=True, eq=False)
class SavedState:
    """What a checkpoint holds beside the weights; what it means is the trainer's."""

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, object]  # as JSON holds it; "epoch" and "step" are among them

    @property
    def best_epoch(self) -> int:
        """Which epoch was the best by then; 0: none was tested."""
        standing = self.facts.get("standing")
        best = standing.get("best_epoch") if isinstance(standing, Mapping) else None
        return best if isinstance(best, int) else 0

    def with_rows(self, rows: int) -> SavedState:
        """Return it with the number of journal rows that were there before it."""
        return SavedState(self.arrays, {**self.facts, _ROWS: rows})


@dataclass(frozen=True, slots=True, eq=False)
class ResumePoint:
    """A checkpoint that was read whole."""

    checkpoint: Path
    weights: Mapping[str, np.ndarray]
    saved: SavedState
    about: Mapping[str, str]  # what its weights say of themselves, but for epoch and step
    passed_over: str = ""  # what is wrong with a newer one; "": there is none

    @property
    def epoch(self) -> int:
        """Finished epochs."""
        return int(str(self.saved.facts["epoch"]))

    @property
    def step(self) -> int:
        """Steps of the optimizer."""
        return int(str(self.saved.facts["step"]))

    @property
    def rows(self) -> int:
        """Rows of the journal that tell how the run came here."""
        return int(str(self.saved.facts[_ROWS]))


def holds_resume_point(run: Path) -> bool:
    """Return whether ``run`` has a checkpoint that it could go on from, as far as the names of files tell."""
    return any((each / STATE).is_file() for each in checkpoints_of(run))


def read_resume_point(run: Path) -> ResumePoint:
    """Return the last checkpoint of ``run`` from which it can go on; one that is damaged gives way to the one before.

    Raises:
        CnnvizError: there is none, or one cannot be read now: to go on from one before would take it away.
    """
    own = sorted(each for each in (run / CHECKPOINTS).glob("*-*") if has_a_runs_name(each) and each.is_dir())
    with_weights = checkpoints_of(run)
    found = list(dict.fromkeys((*with_weights, *own)))
    whole = {each for each in found if (each / STATE).is_file() and (each / FACTS).is_file()}
    gone = missing_latest(run)
    problem = f"{gone}, its newest checkpoint, is not there" if gone else ""
    for checkpoint in _newest_first([each for each in found if each in whole or (whole and has_a_runs_name(each))]):
        try:
            return replace(_read(checkpoint), passed_over=problem)
        except OSError as error:
            if was_refused(error):
                raise _unreadable(error) from error
            problem = problem or f"{checkpoint.name} is damaged ({error})"
        except Exception as error:  # safetensors' reader raises whatever it stumbles over in a broken file
            problem = problem or f"{checkpoint.name} is damaged ({error})"
    if with_weights and not problem:
        missing = f"no {STATE} and {FACTS} (optimizer, random numbers, order of the pictures)"
        problem = f"its checkpoints hold weights alone, {missing}, as an earlier version wrote them"
    weights = next(whole_weights(run / CHECKPOINTS), None)
    hint = "Begin a new run." if weights is None else f"Begin a new run with --weights {weights}."
    raise CnnvizError(f"The run in {run} cannot go on: {problem or 'it has written no checkpoint'}.", hint)


def _newest_first(checkpoints: list[Path]) -> list[Path]:
    """Return them by their steps; those of the run that do not tell them come first: one may be the newest."""
    try:
        steps = {each: step_of(each) for each in checkpoints}
    except OSError as error:
        raise _unreadable(error) from error
    return sorted(checkpoints, key=lambda each: (steps[each] < 0 and has_a_runs_name(each), steps[each]), reverse=True)


def _unreadable(error: OSError) -> CnnvizError:
    return CnnvizError(f"{error.filename} cannot be read: {error.strerror}.", "Check the disk, and your rights there.")


def _read(checkpoint: Path) -> ResumePoint:
    from safetensors.numpy import load_file

    if missing := [name for name in (MODEL, STATE, FACTS, ABOUT) if not (checkpoint / name).is_file()]:
        raise ValueError(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    check_sums(checkpoint, MODEL, STATE, FACTS, ABOUT)
    about = _json(checkpoint / ABOUT)
    saved = SavedState(load_file(checkpoint / STATE), _json(checkpoint / FACTS))
    words = {name: str(value) for name, value in about.items() if name not in ("epoch", "step")}
    point = ResumePoint(checkpoint, load_file(checkpoint / MODEL), saved, words)
    _ = point.epoch, point.step, point.rows
    return point


def _json(file: Path) -> dict[str, object]:
    read = json.loads(read_whole(file, _LARGEST))
    if not isinstance(read, dict):
        raise ValueError(f"{file.name} holds no table")
    return read
