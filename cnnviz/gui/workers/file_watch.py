"""Tells when a file on disk has changed, also where an editor replaces it by another of the same name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from cnnviz.files import stamp_of
from cnnviz.slow_disks import SlowDiskError, answered

_SETTLE_MS = 150  # an editor writes in several steps
_MOST = 64  # files beside the one


class FileWatch(QObject):
    """Follows one file, and others that matter to it.

    Their folders are watched too: a file that is replaced takes the watch on it along; and those above them, of which
    a folder that is renamed tells nothing itself.
    """

    changed = Signal()  # content, time or existence

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[Path, ...] = ()
        self._seen: object = None
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._look)
        self._watcher.fileChanged.connect(self._wait)
        self._watcher.directoryChanged.connect(self._wait_once)

    def follow(self, file: Path | None, beside: Sequence[Path] = ()) -> None:
        """Watch ``file`` instead, and what is ``beside`` it; None: nothing."""
        files = () if file is None else (file, *beside[:_MOST])
        if files == self._files:
            return
        if watched := [*self._watcher.files(), *self._watcher.directories()]:
            self._watcher.removePaths(watched)
        self._settle.stop()
        self._files = files
        self._seen = self._stamps()

    @Slot()
    def _wait(self) -> None:
        self._settle.start()

    @Slot()
    def _wait_once(self) -> None:
        """Others may write into a folder without a pause."""
        if not self._settle.isActive():
            self._settle.start()

    @Slot()
    def _look(self) -> None:
        seen = self._stamps()
        if seen != self._seen:
            self._seen = seen
            self.changed.emit()

    def _stamps(self) -> list[object]:
        """Return what tells one state of the files from another, and watch what there is of them."""
        stamps, places = _asked(self._files)
        known = {*self._watcher.files(), *self._watcher.directories()}
        new = [path for path in places if path not in known]
        if not new:
            return stamps
        self._watcher.addPaths(new)
        return _asked(self._files)[0]  # of what came between the question and the watch, nothing tells


def _asked(files: Sequence[Path]) -> tuple[list[object], list[str]]:
    """Return what a disk says of these files, in one question; of one that is silent, nothing."""
    try:
        return answered(lambda: (list(map(stamp_of, files)), _places(files)), files[0]) if files else ([], [])
    except SlowDiskError:
        return [], []


def _places(files: Sequence[Path]) -> list[str]:
    """Return what there is of these files, and the two folders above each, or the nearest two that there are."""
    above = [folder for file in files for folder in islice(filter(Path.exists, file.parents), 2)]
    return list(dict.fromkeys([str(each) for each in (*filter(Path.exists, files), *above)]))
