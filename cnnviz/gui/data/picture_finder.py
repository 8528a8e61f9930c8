"""Finds pictures of data by class and number, off the GUI thread; what is asked last is answered."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered, among_all, find_picture, nearest


class PictureFinder(QObject):
    """Of a number that the data do not have, the nearest is found."""

    found = Signal(object)  # FoundPicture
    refused = Signal(object)  # CnnvizError

    def __init__(self, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._control = Control()
        self._jobs = LatestJob(self, "find-picture")
        self._jobs.succeeded.connect(self._deliver)
        self._jobs.failed.connect(self.refused)

    def find(self, wanted: Numbered, limit: int | None = None) -> None:
        """Find a picture; with a limit it is numbered among so many to train on."""
        self._control.stop()
        self._control = Control()
        self._jobs.submit(partial(_found, self._shelf, wanted, limit, self._control))

    def end(self) -> None:
        """Return when the thread has ended."""
        self._control.stop()
        self._jobs.close()

    @Slot(object)
    def _deliver(self, answer: FoundPicture | None) -> None:
        if answer is not None:
            self.found.emit(answer)


def _found(shelf: Shelf, wanted: Numbered, limit: int | None, control: Control) -> FoundPicture | None:
    """Runs in the worker thread; None: something newer is asked."""
    try:
        found = shelf.contents(wanted.data, control=control)
    except StoppedError:
        return None
    return find_picture(found, nearest(found, among_all(found, wanted, limit)))
