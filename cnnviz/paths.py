"""Paths as text, and text as paths; whatever a path may be called, or lead to. Stdlib only, and nothing is read."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

_URI = "file://"


def path_of(text: str) -> Path:
    """Return the path that a text names, as ``storable`` wrote it or as somebody typed it."""
    if text.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_URI))))
    return from_home(Path(text))


def from_home(path: Path) -> Path:
    """Return a path whose ``~`` is the home it means; as it stands where nobody's home is known by that name."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def storable(name: str) -> str:
    """Return ``name`` as text that any file can hold: a path that is no Unicode becomes its ``file://`` address."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return from_home(Path(name)).absolute().as_uri()
    return name


def real(path: Path) -> Path:
    """Return a path without links; as it stands, but absolute, where links lead round or nothing can have its name."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()
