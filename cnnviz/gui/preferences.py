"""What the window remembers between starts: plain JSON, so that a settings file holds words and numbers and no objects.

Several windows may be open. Each reads the file again before it writes, and writes only what was changed in it, entry
by entry: what another one has added or forgotten meanwhile stays so.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole, write_text
from cnnviz.places import config_folder

_BYTES_AT_MOST = 1 << 20  # of the file: it is a few kilobytes


class Preferences:
    """Typed reading and writing; what is damaged, or of another type than asked for, counts as absent."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or config_folder() / "settings.json"
        self._held = _read(self.file) or {}
        self._changed: dict[str, str | list[str] | dict[str, str | None]] = {}  # None: the entry was dropped

    def text(self, key: str, default: str = "") -> str:
        """Return the text stored under ``key``."""
        value = self._held.get(key)
        return value if isinstance(value, str) else default

    def texts(self, key: str) -> list[str]:
        """Return the texts stored under ``key``, in their order."""
        value = self._held.get(key)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def mapping(self, key: str) -> dict[str, str]:
        """Return the texts stored by name under ``key``."""
        value = self._held.get(key)
        pairs = value.items() if isinstance(value, dict) else ()
        return {name: each for name, each in pairs if isinstance(each, str)}

    def state(self, key: str) -> QByteArray | None:
        """Return the bytes stored under ``key``, such as a window's geometry."""
        try:
            return QByteArray(b64decode(self.text(key), validate=True)) if self.text(key) else None
        except (binascii.Error, ValueError):
            return None

    def store(self, key: str, value: str | list[str] | QByteArray) -> None:
        """Remember ``value`` under ``key``."""
        stored = b64encode(value.data()).decode() if isinstance(value, QByteArray) else value
        self._held[key] = self._changed[key] = stored

    def store_mapping(self, key: str, pairs: Mapping[str, str]) -> None:
        """Remember texts by name: those that were given another value, and those that are no more, since last read."""
        before = self.mapping(key)
        changed = {name: value for name, value in pairs.items() if before.get(name) != value}
        dropped = dict.fromkeys(before.keys() - pairs.keys())
        earlier = self._changed.get(key)
        self._changed[key] = {**(earlier if isinstance(earlier, dict) else {}), **changed, **dropped}
        self._held[key] = dict(pairs)

    def refresh(self) -> bool:
        """Read what other windows have stored, and return whether that can be read; what was changed here stays."""
        stored = _read(self.file)
        if stored is None:
            return False
        self._held = stored
        for key, change in self._changed.items():
            if isinstance(change, dict):
                merged = {**self.mapping(key), **change}
                self._held[key] = {name: value for name, value in merged.items() if value is not None}
            else:
                self._held[key] = change
        return True

    def save(self) -> None:
        """Write to disk now. A folder that cannot be written costs the memory, nothing else.

        What cannot be read is not known, and so it is left as it is.
        """
        if not self.refresh():
            return
        try:
            write_text(self.file, json.dumps(self._held, indent=1))
        except CnnvizError:
            return
        self._changed.clear()


def _read(file: Path) -> dict[str, object] | None:
    """Return what a file holds, nothing where there is none or it is damaged; None where it cannot be read."""
    try:
        content = json.loads(read_whole(file, _BYTES_AT_MOST))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return {}
    except OSError:
        return None
    return content if isinstance(content, dict) else {}
