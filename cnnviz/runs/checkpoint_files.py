"""What stands in the folder of a checkpoint: after which step it was written, and whether its weights are whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cnnviz.files import read_whole
from cnnviz.runs.file_sums import check_sums
from cnnviz.runs.layout import ABOUT, CHECKPOINTS, MODEL

_LARGEST = 1 << 26  # bytes of a JSON file
_WRITTEN = re.compile(r"(epoch|step)-\d+(-\d+)?")  # the names that a run gives


def step_of(checkpoint: Path) -> int:
    """Return the step of the optimizer that a checkpoint was written after; -1 where it is damaged.

    Raises:
        OSError: the system does not let it be read.
    """
    try:
        check_sums(checkpoint, ABOUT)
        return _told(checkpoint, "step")
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return -1
    except OSError as error:
        if was_refused(error):
            raise
        return -1


def has_a_runs_name(checkpoint: Path) -> bool:
    """Return whether a run calls its checkpoints so; others are copies of somebody's."""
    return _WRITTEN.fullmatch(checkpoint.name) is not None


def was_refused(error: OSError) -> bool:
    """Return whether a file could not be read that may be whole; False where it is none, too large, or not there."""
    return error.filename is not None and not isinstance(error, FileNotFoundError | NotADirectoryError)


def whole_weights(checkpoints: Path) -> Iterator[Path]:
    """Yield the folders of a run's checkpoints whose weights are as they were written, the newest first.

    All of each file is read for that. Of those of earlier versions, which have no sums, it is told by their length.
    """
    steps = {}
    with suppress(OSError):
        for each in checkpoints.iterdir():
            with suppress(OSError):
                if each.name[0] != "." and (each / MODEL).is_file():
                    steps[each] = step_of(each)
    for each in sorted(steps, key=lambda each: (steps[each], has_a_runs_name(each), each.name), reverse=True):
        if _is_whole(each):
            yield each


def instead_of(weights: Path) -> str:
    """Return what to do where weights of a run's are damaged or not there: which others are whole.

    "": none are, these are, or they are no run's.

    Args:
        weights: a file in a checkpoint, its folder, or what else stands in ``checkpoints``.
    """
    checkpoint = next((each for each in (weights, weights.parent) if each.parent.name == CHECKPOINTS), None)
    if checkpoint is None or _is_whole(checkpoint):
        return ""
    newest = next(whole_weights(checkpoint.parent), None)
    return "" if newest is None else f"Those of {in_words(newest)} are whole: use {newest}."


def in_words(checkpoint: Path) -> str:
    """Return "epoch 3, step 705" of a checkpoint; its name where it does not tell."""
    try:
        return f"epoch {_told(checkpoint, 'epoch')}, step {_told(checkpoint, 'step'):,}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return checkpoint.name


def _told(checkpoint: Path, what: str) -> int:
    return int(json.loads(read_whole(checkpoint / ABOUT, _LARGEST))[what])


def _is_whole(checkpoint: Path) -> bool:
    from safetensors import safe_open

    try:
        check_sums(checkpoint, MODEL)
        with safe_open(checkpoint / MODEL, "np"):
            return True
    except Exception:  # safetensors' reader raises whatever it stumbles over in a broken file
        return False
