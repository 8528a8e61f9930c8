"""Where settings, data sets, runs, the cache and the log live. Each folder can be moved by a variable."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from cnnviz.paths import from_home


def config_folder() -> Path:
    """Return the folder of the window's settings; ``CNNVIZ_CONFIG_FOLDER`` moves it."""
    return _moved("CNNVIZ_CONFIG_FOLDER") or Path(platformdirs.user_config_dir("cnnviz", appauthor=False))


def data_folder() -> Path:
    """Return the folder of the log and of what else the window keeps; ``CNNVIZ_DATA_FOLDER`` moves it."""
    return _moved("CNNVIZ_DATA_FOLDER") or _user_data()


def runs_folder() -> Path:
    """Return where the window keeps its runs unless it is told another place."""
    return data_folder() / "runs"


def data_sets_folder() -> Path:
    """Return where downloaded data sets are kept; ``CNNVIZ_DATA`` moves it."""
    return _moved("CNNVIZ_DATA") or _user_data() / "data"


def cache_folder() -> Path:
    """Return where is kept what can be made again; ``CNNVIZ_CACHE`` moves it."""
    return _moved("CNNVIZ_CACHE") or Path(platformdirs.user_cache_dir("cnnviz", appauthor=False))


def _user_data() -> Path:
    return Path(platformdirs.user_data_dir("cnnviz", appauthor=False))


def _moved(variable: str) -> Path | None:
    chosen = os.environ.get(variable)
    return from_home(Path(chosen)) if chosen else None
