"""Tells when a file on disk has changed, also where an editor replaces it by another of the same name."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from cnnviz.slow_disks import SlowDiskError, answered, found

_SETTLE_MS = 150  # an editor writes in several steps


class FileWatch(QObject):
    """Follows one file. Its folder is watched too: a file that is replaced takes the watch on it along."""

    changed = Signal()  # content, time or existence

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._seen: object = None
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._look)
        self._watcher.fileChanged.connect(self._wait)
        self._watcher.directoryChanged.connect(self._wait)

    def follow(self, file: Path | None) -> None:
        """Watch ``file`` instead; None: nothing."""
        if file == self._file:
            return
        if watched := [*self._watcher.files(), *self._watcher.directories()]:
            self._watcher.removePaths(watched)
        self._settle.stop()
        self._file, self._seen = file, None if file is None else _stamp(file)
        self._watch_again()

    @Slot()
    def _wait(self) -> None:
        self._settle.start()

    @Slot()
    def _look(self) -> None:
        if self._file is None:
            return
        self._watch_again()
        seen = _stamp(self._file)
        if seen != self._seen:
            self._seen = seen
            self.changed.emit()

    def _watch_again(self) -> None:
        if self._file is not None:
            wanted = [str(path) for path in (self._file, self._file.parent) if found(path.exists, path)]
            known = {*self._watcher.files(), *self._watcher.directories()}
            if new := [path for path in wanted if path not in known]:
                self._watcher.addPaths(new)


def _stamp(file: Path) -> object:
    try:
        status = answered(file.stat, file)
    except (OSError, SlowDiskError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
