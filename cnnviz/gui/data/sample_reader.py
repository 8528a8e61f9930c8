"""Reads what data hold, and single pictures of them, off the GUI thread; what is asked last is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.browsing import Contents, Sample, Split, contents, samples_at
from cnnviz.training.events import Preparing


@dataclass(frozen=True, slots=True)
class SamplesAsked:
    """Some pictures of one class."""

    split: Split
    positions: tuple[int, ...]  # in the split's part
    shape: tuple[int, int, int]  # C, H, W of the network's input


class SampleReader(QObject):
    """What is under way is stopped by whatever is asked next."""

    told = Signal(object)  # Preparing: how far reading is
    opened = Signal(object)  # Contents
    samples_read = Signal(object, object)  # SamplesAsked, tuple[Sample, ...]
    refused = Signal(object)  # CnnvizError

    def __init__(self, parent: QObject | None = None, shelf: Shelf | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._control = Control()
        self._asked: SamplesAsked | None = None
        self._jobs = LatestJob(self, "browse-data")
        self._jobs.succeeded.connect(self._deliver)
        self._jobs.failed.connect(self._refuse)

    @property
    def asked(self) -> SamplesAsked | None:
        """The pictures that are being read."""
        return self._asked

    def open(self, data: str, limit: int | None) -> None:
        """Find out what ``data`` hold."""
        read = contents if self._shelf is None else self._shelf.contents
        self._begin(None, lambda control: read(data, limit, control, partial(self._tell, control)))

    def read(self, found: Contents, asked: SamplesAsked) -> None:
        """Read pictures of what was opened."""
        self._begin(
            asked, lambda control: (asked, samples_at(found, asked.split, asked.positions, asked.shape, control))
        )

    def cancel(self) -> None:
        """Answer nothing of what was asked."""
        self._control.stop()
        self._asked = None
        self._jobs.cancel()

    def end(self) -> None:
        """Return when the thread has ended."""
        self._control.stop()
        self._jobs.close()

    def _begin(self, asked: SamplesAsked | None, work: Callable[[Control], object]) -> None:
        self._control.stop()
        self._control, self._asked = Control(), asked
        self._jobs.submit(partial(_unless_stopped, work, self._control))

    def _tell(self, control: Control, news: Preparing) -> None:
        """Runs in the worker thread."""
        if not control.stop_requested:
            self.told.emit(news)

    @Slot(object)
    def _deliver(self, answer: Contents | tuple[SamplesAsked, tuple[Sample, ...]]) -> None:
        self._asked = None
        if isinstance(answer, Contents):
            self.opened.emit(answer)
        else:
            self.samples_read.emit(*answer)

    @Slot(object)
    def _refuse(self, error: CnnvizError) -> None:
        self._asked = None
        self.refused.emit(error)


def _unless_stopped(work: Callable[[Control], object], control: Control) -> object:
    try:
        return work(control)
    except StoppedError:  # by what was asked next, which is what is answered
        return None
