"""Which files this user has trained by naming them on the command line, by content: their runs need them again.

It stands in the configuration folder. A file that has changed, or lies elsewhere, is another one. No torch here.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole, write_text
from cnnviz.paths import real
from cnnviz.places import config_folder

_FILE = "trained.json"
_KEPT = 200  # files
_LARGEST = 1 << 20  # bytes


def was_named(file: Path, content: str) -> bool:
    """Return whether a file of this digest was trained by its name."""
    return (_read() or {}).get(str(real(file))) == content


def remember(file: Path, content: str) -> None:
    """Note that a file of this digest is trained by its name; where that cannot be written, it is not known later."""
    known = _read()
    name = str(real(file))
    if known is not None and known.get(name) != content:
        known.pop(name, None)
        kept = dict([*known.items(), (name, content)][-_KEPT:])
        with suppress(CnnvizError):
            write_text(config_folder() / _FILE, json.dumps(kept, indent=1))


def _read() -> dict[str, str] | None:
    """Return what the file holds, nothing where there is none or it is damaged; None where it cannot be read."""
    try:
        found = json.loads(read_whole(config_folder() / _FILE, _LARGEST))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return {}
    except OSError:  # what is in it is not known, and so it is left as it is
        return None
    if not isinstance(found, dict):
        return {}
    return {name: content for name, content in found.items() if isinstance(content, str)}
