"""Writes files off the GUI thread, one after another; none is dropped for a newer one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.workers.latest_job import LatestJob

Write = Callable[[Path], object]


class Saver(QObject):
    """What is to be written stands still: an image, a text, a recorded picture."""

    saved = Signal(object, object)  # Path, int: bytes
    failed = Signal(object)  # CnnvizError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: deque[Callable[[], tuple[Path, int]]] = deque()
        self._jobs = LatestJob(self, "save")
        self._jobs.succeeded.connect(self._tell_saved)
        self._jobs.failed.connect(self._tell_failed)

    def save(self, write: Write, file: Path) -> None:
        """Call ``write`` with the name of the file in the worker thread. It raises a CnnvizError where it cannot."""
        self._queue.append(partial(_written, write, file))
        self._go_on()

    def end(self) -> None:
        """Return when everything is written."""
        self._jobs.close(patience=None)
        while self._queue:
            with suppress(CnnvizError):  # the window is closing: nobody is left to be told
                self._queue.popleft()()

    def _go_on(self) -> None:
        if self._queue and not self._jobs.busy:
            self._jobs.submit(self._write_next)

    def _write_next(self) -> tuple[Path, int]:
        """Runs in the worker thread; what it has not begun with at the end is still in the queue."""
        return self._queue.popleft()()

    @Slot(object)
    def _tell_saved(self, answer: tuple[Path, int]) -> None:
        self._go_on()
        self.saved.emit(*answer)

    @Slot(object)
    def _tell_failed(self, error: CnnvizError) -> None:
        self._go_on()
        self.failed.emit(error)


def _written(write: Write, file: Path) -> tuple[Path, int]:
    write(file)
    return file, file.stat().st_size
