"""What the window remembers between starts. A damaged settings file is ignored."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from PySide6.QtCore import QByteArray, QSettings

from cnnviz.places import config_folder


class Preferences:
    """Typed reading and writing; a value of another type than asked for counts as absent."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or config_folder() / "settings.ini"
        self._store = QSettings(str(self.file), QSettings.Format.IniFormat)
        if self._store.status() is not QSettings.Status.NoError:
            self._store.clear()

    def text(self, key: str, default: str = "") -> str:
        """Return the text stored under ``key``."""
        value = self._store.value(key)
        return value if isinstance(value, str) else default

    def state(self, key: str) -> QByteArray | None:
        """Return the bytes stored under ``key``, such as a window's geometry."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else None

    def mapping(self, key: str) -> dict[str, str]:
        """Return the pairs stored by ``store_mapping``."""
        pairs = (line.partition("=") for line in self.text(key).split(";") if "=" in line)
        return {name: unquote(value) for name, _, value in pairs}

    def store(self, key: str, value: str | QByteArray) -> None:
        """Remember ``value`` under ``key``."""
        self._store.setValue(key, value)

    def store_mapping(self, key: str, pairs: dict[str, str]) -> None:
        """Remember names, none of which holds ';' or '=', and any values."""
        self.store(key, ";".join(f"{name}={quote(value)}" for name, value in pairs.items()))

    def save(self) -> None:
        """Write to disk now. A folder that cannot be written costs the memory, nothing else."""
        self._store.sync()
