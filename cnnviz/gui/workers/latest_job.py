"""Short jobs off the GUI thread, of which only the newest answer matters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.unexpected import as_cnnviz_error
from cnnviz.gui.workers.collector import collector_paused

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Job = Callable[[], object]


class LatestJob(QObject):
    """Runs jobs one after another in a thread of its own; an answer that was overtaken is dropped silently."""

    succeeded = Signal(object)  # what the newest job returned
    failed = Signal(object)  # CnnvizError of the newest job
    busy_changed = Signal(bool)

    _answered = Signal(object, object, object)  # int ticket, object result, CnnvizError | None

    def __init__(self, parent: QObject | None = None, name: str = "latest-job") -> None:
        super().__init__(parent)
        self._name = name
        self._waiting: Future[None] | None = None
        self._newest = 0
        self._busy = False
        self._closed = False
        self._answered.connect(self._deliver)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # which the window's first frame does without

        return ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._name)

    @property
    def busy(self) -> bool:
        """True between ``submit`` and the newest answer."""
        return self._busy

    def submit(self, job: Job) -> None:
        """Run ``job`` in the worker thread; it takes the place of every job before it."""
        if self._closed:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._newest += 1
        self._set_busy(True)
        self._waiting = self._pool.submit(self._work, self._newest, job)

    def cancel(self) -> None:
        """Drop the answer of whatever is under way."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._newest += 1
        self._set_busy(False)

    def close(self) -> None:
        """Drop what is under way and wait until the thread has ended."""
        self._closed = True
        self.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @Slot(object, object, object)
    def _deliver(self, ticket: int, result: object, error: CnnvizError | None) -> None:
        if ticket != self._newest or self._closed:
            return
        self._set_busy(False)
        if error is None:
            self.succeeded.emit(result)
        else:
            self.failed.emit(error)

    def _work(self, ticket: int, job: Job) -> None:
        """Runs in the worker thread: nothing may escape, or the answer would be lost."""
        result: object = None
        error: CnnvizError | None = None
        try:
            with collector_paused():
                result = job()
        except Exception as caught:
            error = as_cnnviz_error(caught)
        with suppress(RuntimeError):  # the window is gone: nobody waits for the answer
            self._answered.emit(ticket, result, error)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)
