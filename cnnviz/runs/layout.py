"""Where everything of a run lies in its folder, as the public interface describes it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import sweep
from cnnviz.paths import real

CONFIG, ENVIRONMENT, STATUS = "config.toml", "environment.json", "status.json"
METRICS, LOG, NOTE = "metrics.jsonl", "log.txt", "note.txt"
JUDGED = "judged"  # what was said of each test picture
CHECKPOINTS, LATEST, FINAL, BEST = "checkpoints", "latest", "final", "best"
EPOCH = "epoch-"  # then its number, four digits at least
MODEL, ABOUT = "model.safetensors", "checkpoint.json"  # in each checkpoint's folder
STATE, FACTS = "state.safetensors", "state.json"  # there too: what a run goes on from, beside its weights
SUMS = "sums.json"  # there too: what tells that the files belong together


def holds_run(folder: Path) -> bool:
    """Return whether a run was recorded in ``folder``."""
    return any((folder / name).exists() for name in (CONFIG, STATUS, METRICS))


def runs_in(folder: Path) -> tuple[Path, ...]:
    """Return the runs that lie in ``folder``; what beside them may not be entered, or leads round, is none."""
    found = []
    with suppress(OSError):
        for each in folder.iterdir():
            with suppress(OSError):
                if each.is_dir() and holds_run(each):
                    found.append(each)
    return tuple(found)


def others_of_a_run(folder: Path) -> tuple[str, ...]:
    """Return what lies in ``folder``, be it a broken link, under the names that a run writes to."""
    return tuple(name for name in (METRICS, LOG, ENVIRONMENT, CHECKPOINTS, JUDGED) if os.path.lexists(folder / name))


def strangers_in(run: Path) -> tuple[str, ...]:
    """Return the folders in a run's that no run makes: data, a project, another run.

    Raises:
        OSError: it cannot be read.
    """
    return tuple(
        sorted(each.name for each in run.iterdir() if each.name not in (CHECKPOINTS, JUDGED) and each.is_dir())
    )


def check_own(run: Path) -> None:
    """Return unless what a run writes to and removes from is a link to another folder, which is not the run's.

    Raises:
        CnnvizError: it is one.
    """
    for folder in (run / CHECKPOINTS, run / JUDGED):
        if folder.is_symlink():
            what = f"{folder} is a link to {real(folder)}: a run that goes on would remove files there."
            raise CnnvizError(what, "Put the folder itself in its place, or begin a new run.")


def has_started(folder: Path) -> bool:
    """Return whether a run in ``folder`` got beyond reading its data."""
    return (folder / CONFIG).exists()


def is_taken(folder: Path) -> bool:
    """Return whether a run in ``folder`` says how it is doing."""
    return (folder / STATUS).exists()


def clear(folder: Path) -> None:
    """Remove what a run that never started has written, but for the sign that the folder is taken."""
    with suppress(OSError):  # what could not be written cannot be removed either
        for name in (ENVIRONMENT, METRICS, LOG, CONFIG):
            (folder / name).unlink(missing_ok=True)


def sweep_runs(folder: Path) -> None:
    """Remove what runs in ``folder`` left unfinished when they were killed."""
    for run in filter(is_taken, runs_in(folder)):
        for name in (CONFIG, ENVIRONMENT, STATUS, METRICS, LOG, NOTE):  # a folder of somebody's may hold a status too
            sweep(run, name)
        for each in (run / CHECKPOINTS, run / JUDGED):
            if not each.is_symlink():
                sweep(each)


def take_back(folder: Path) -> None:
    """Remove what a run that never started has written, and the folder if nothing else is in it."""
    clear(folder)
    with suppress(OSError):
        (folder / STATUS).unlink(missing_ok=True)  # until then the folder is taken
        if not any(folder.iterdir()):
            folder.rmdir()


def checkpoint_at(weights: Path) -> Path | None:
    """Return the folder of a run's checkpoint that a path of weights is, or is in; None of any other."""
    folder = weights.parent if weights.name == MODEL else weights
    return folder if folder.parent.name == CHECKPOINTS and folder.name != LATEST else None


def run_and_epoch(weights: Path) -> tuple[Path, int] | None:
    """Return which run and which of its epochs a path of weights is; None of any other."""
    folder = checkpoint_at(weights)
    number = "" if folder is None else folder.name.removeprefix(EPOCH)
    if folder is None or number == folder.name or not (number.isascii() and number.isdecimal()):
        return None
    return folder.parent.parent, int(number)
