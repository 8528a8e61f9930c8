"""Reads on in the run on the page while another program trains it: a terminal, another window, another machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cnnviz.gui.workers.file_watch import FileWatch
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.runs.journal import START, Mark
from cnnviz.runs.layout import STATUS
from cnnviz.training.recording import Run, read_run

_SILENCE_MS = 2000  # a heart that beats no more, or on a disk that tells of no change, is looked at


class RunFollowing(QObject):
    """Looks when the run's heart beats, once a second, and at nothing while no other program trains it."""

    came = Signal(object)  # Run: what its journal says behind what was taken, or all of it
    failed = Signal(object)  # CnnvizError: it was under way, and cannot be read any more

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._mark, self._is_going = START, False
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._look)
        self._silence = QTimer(self, singleShot=True, interval=_SILENCE_MS)
        self._silence.timeout.connect(self._look)
        self._reader = LatestJob(self, "follow-run")
        self._reader.succeeded.connect(self._take)
        self._reader.failed.connect(self._lose)

    @property
    def is_going(self) -> bool:
        """Whether another program trains it."""
        return self._is_going

    def follow(self, folder: Path, mark: Mark = START, is_going: bool = False) -> None:
        """Follow the run in ``folder``, of which all is taken up to ``mark``."""
        self.leave()
        self._folder, self._mark, self._is_going = folder, mark, is_going
        self._watch.follow(folder / STATUS)
        if is_going:
            self._silence.start()

    def move(self, folder: Path) -> None:
        """The run that is followed has this folder now."""
        if self._folder is not None:
            self.follow(folder, self._mark)

    def leave(self) -> None:
        """Follow none: this window trains it itself."""
        self._folder, self._is_going = None, False
        self._watch.follow(None)
        self._silence.stop()
        self._reader.cancel()

    def end(self) -> None:
        """End the thread."""
        self.leave()
        self._reader.close()

    @Slot()
    def _look(self) -> None:
        if self._reader.busy:
            self._silence.start()
        elif self._folder is not None:
            self._reader.submit(partial(read_run, self._folder, self._mark))

    @Slot(object)
    def _take(self, run: Run) -> None:
        """The status says that a run has ended a moment before its last line stands: then it is looked at once more."""
        is_news = run.under_way or self._is_going or (bool(run.events) and self._mark != START)
        self._mark, self._is_going = run.mark, run.under_way
        if is_news:
            self._silence.start()
            self.came.emit(run)

    @Slot(object)
    def _lose(self, error: object) -> None:
        if self._is_going:
            self.leave()
            self.failed.emit(error)
