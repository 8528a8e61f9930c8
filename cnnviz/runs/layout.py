"""Where everything of a run lies in its folder, as the public interface describes it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cnnviz.errors import CnnvizError

CONFIG, ENVIRONMENT, STATUS = "config.toml", "environment.json", "status.json"
METRICS, LOG = "metrics.jsonl", "log.txt"
CHECKPOINTS, LATEST, FINAL = "checkpoints", "latest", "final"
MODEL, ABOUT = "model.safetensors", "checkpoint.json"  # in each checkpoint's folder


def holds_run(folder: Path) -> bool:
    """Return whether a run was recorded in ``folder``."""
    return any((folder / name).exists() for name in (CONFIG, STATUS, METRICS))


def check_free(folder: Path) -> None:
    """Refuse a folder that no new run can have.

    Raises:
        CnnvizError: it holds a run already, or is a file.
    """
    if holds_run(folder):
        raise CnnvizError(f"{folder} already holds a run.", "Choose another folder; a run is never overwritten.")
    if folder.exists() and not folder.is_dir():
        raise CnnvizError(f"{folder} is a file.", "Choose a folder for the run.")


def take_back(folder: Path) -> None:
    """Remove what a run that never started has written, and the folder if nothing else is in it."""
    with suppress(OSError):  # what could not be written cannot be removed either
        for name in (ENVIRONMENT, STATUS, METRICS, LOG, CONFIG):
            (folder / name).unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()
