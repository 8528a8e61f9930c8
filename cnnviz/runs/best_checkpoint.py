"""``checkpoints/best``: the weights of the best epoch, links to its own files where the disk has links."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from cnnviz.files import making_folder, read_whole, remove
from cnnviz.runs.layout import ABOUT, BEST, CHECKPOINTS, EPOCH, MODEL, SUMS

_LARGEST = 1 << 26  # bytes


def keep_best(run: Path, epoch: int) -> None:
    """Let ``checkpoints/best`` be the weights that were kept after ``epoch``, from 1; where those are gone it stays.

    Raises:
        CnnvizError: there is no space, or the folder cannot be written; the one before may then be gone.
    """
    best, source = run / CHECKPOINTS / BEST, run / CHECKPOINTS / f"{EPOCH}{epoch:04d}"
    if epoch < 1 or best_epoch_of(run) == epoch or not (source / MODEL).is_file():
        return
    remove(best)
    with making_folder(best) as temporary:
        for name in (MODEL, ABOUT, SUMS):
            if name != SUMS or (source / SUMS).is_file():  # those of earlier versions have none
                link_or_copy(source / name, temporary / name)


def best_epoch_of(run: Path) -> int | None:
    """Return which epoch ``checkpoints/best`` is of; None where there is none."""
    best = run / CHECKPOINTS / BEST
    try:
        found = int(json.loads(read_whole(best / ABOUT, _LARGEST))["epoch"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if (best / MODEL).is_file() else None


def drop_best_after(run: Path, epoch: int) -> None:
    """Remove the best weights of a run that goes on before it has made them."""
    if (best_epoch_of(run) or 0) > epoch:
        remove(run / CHECKPOINTS / BEST)


def link_or_copy(source: Path, target: Path) -> None:
    """Checkpoints never change once they stand, so a second name is as good as a second copy, where links exist."""
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)
