"""Short jobs off the GUI thread, of which only the newest answer matters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.allocator import give_back_memory
from cnnviz.errors import CnnvizError
from cnnviz.gui.unexpected import as_cnnviz_error
from cnnviz.gui.workers.collector import collector_paused
from cnnviz.pictures.given_up import GivenUpError, unless

Job = Callable[[], object]
_PATIENCE = 10.0  # seconds


class LatestJob(QObject):
    """Runs jobs one after another off the GUI thread; an answer that was overtaken is dropped silently.

    The thread ends with its last job. One that waited would keep the OpenMP team of every convolution that it ran,
    beside which training is half as fast, and memory that it has freed.
    """

    succeeded = Signal(object)  # what the newest job returned
    failed = Signal(object)  # CnnvizError of the newest job
    busy_changed = Signal(bool)

    _answered = Signal(object, object, object)  # int ticket, object result, CnnvizError | None

    def __init__(self, parent: QObject | None = None, name: str = "latest-job") -> None:
        super().__init__(parent)
        self._name = name
        self._lock = threading.Lock()  # of the two below
        self._thread: threading.Thread | None = None  # while there is a job
        self._next: tuple[int, Job] | None = None  # ticket and job, not begun yet
        self._newest = 0
        self._busy = False
        self._closed = False
        self._answered.connect(self._deliver)

    @property
    def busy(self) -> bool:
        """True between ``submit`` and the newest answer."""
        return self._busy

    def submit(self, job: Job) -> None:
        """Run ``job`` in the worker thread; it takes the place of every job before it."""
        if self._closed:
            return
        self._newest += 1
        self._set_busy(True)
        with self._lock:
            self._next = self._newest, job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work_off, name=self._name, daemon=True)
                self._thread.start()

    def cancel(self) -> None:
        """Drop the answer of whatever is under way."""
        with self._lock:
            self._next = None
        self._newest += 1
        self._set_busy(False)

    def close(self, patience: float | None = _PATIENCE) -> None:
        """Drop what is under way and wait until the thread has ended.

        Args:
            patience: seconds at most, for a disk may never answer, and code of somebody's may never end; None: however
                long it takes.
        """
        self._closed = True
        self.cancel()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(patience)

    @Slot(object, object, object)
    def _deliver(self, ticket: int, result: object, error: CnnvizError | None) -> None:
        if ticket != self._newest or self._closed:
            return
        self._set_busy(False)
        if error is None:
            self.succeeded.emit(result)
        else:
            self.failed.emit(error)

    def _work_off(self) -> None:
        while (task := self._take()) is not None:
            self._work(*task)
            del task  # else it lives, with all that it knows, until the next
        give_back_memory()

    def _take(self) -> tuple[int, Job] | None:
        with self._lock:
            task, self._next = self._next, None
            if task is None:
                self._thread = None
            return task

    def _work(self, ticket: int, job: Job) -> None:
        """Runs in the worker thread: nothing may escape, or the answer would be lost."""
        result: object = None
        error: CnnvizError | None = None
        try:
            with collector_paused(), unless(lambda: ticket != self._newest and not self._closed):
                result = job()
        except GivenUpError:  # a newer job waits
            return
        except Exception as caught:
            error = as_cnnviz_error(caught)
        with suppress(RuntimeError):  # the window is gone: nobody waits for the answer
            self._answered.emit(ticket, result, error)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)
