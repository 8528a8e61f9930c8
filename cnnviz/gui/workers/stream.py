"""A long run in a QThread of its own. The window sees ``StreamRun`` only, which lives in the GUI thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from cnnviz.allocator import give_back_memory
from cnnviz.errors import CnnvizError
from cnnviz.gui.unexpected import as_cnnviz_error

OpenStream = Callable[[], Generator[object, None, None]]  # called in the worker's thread
_SHARE = 0.015  # of the time of the window's thread, for everything that news set off: a run has no core to spare
_SOONEST_MS, _LATEST_MS = 33, 1000


class Pace:
    """When the window is told next: so that telling it, and drawing what it was told, takes its share of the time.

    What the window's thread does for other reasons meanwhile counts too. Call it in that thread.
    """

    def __init__(self) -> None:
        self._used = time.thread_time()

    def next_ms(self) -> int:
        """Return how long to wait after what was told just now, by what the last news cost."""
        before, self._used = self._used, time.thread_time()
        return round(min(max((self._used - before) * 1000 / _SHARE, _SOONEST_MS), _LATEST_MS))


class StreamWorker(QObject):
    """Drains the stream into a buffer. A signal for each event would cost a fast run most of its speed."""

    finished = Signal()

    def __init__(self, open_stream: OpenStream, buffer: deque[object]) -> None:
        super().__init__()
        self._open_stream = open_stream
        self._buffer = buffer
        self._stop = threading.Event()
        self.error: CnnvizError | None = None

    def request_stop(self) -> None:
        """Close the stream at the next event. Safe from any thread."""
        self._stop.set()

    @Slot()
    def run(self) -> None:
        """Drain until the stream ends, fails or is stopped."""
        try:
            with closing(self._open_stream()) as stream:
                for event in stream:
                    self._buffer.append(event)
                    if self._stop.is_set():
                        break
        except Exception as error:  # the thread's last line of defence
            self.error = as_cnnviz_error(error)
        finally:
            give_back_memory()  # a network, its gradients and activations
            self.finished.emit()  # once, last, on every path


class StreamRun(QObject):
    """One run of one stream: ``events_ready`` up to 30 times a second, ``failed`` at most once, then ``finished``."""

    events_ready = Signal(object)  # tuple[object, ...], in order
    failed = Signal(object)  # CnnvizError
    finished = Signal()  # once, last; the thread has ended

    def __init__(self, open_stream: OpenStream, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._buffer: deque[object] = deque()
        self._worker = StreamWorker(open_stream, self._buffer)
        self._thread = QThread()
        self._ended = False
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)
        # Direct: stop() waits in the GUI thread, where a queued quit would never be served.
        self._worker.finished.connect(self._thread.quit, Qt.ConnectionType.DirectConnection)
        self._thread.finished.connect(self._end)
        self._pace = Pace()
        self._timer = QTimer(self, interval=_SOONEST_MS)
        self._timer.timeout.connect(self._deliver)

    @property
    def running(self) -> bool:
        """True from ``start`` until ``finished`` is emitted."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin; a run is started once."""
        self._timer.start()
        self._thread.start()

    def stop(self, timeout_ms: int) -> bool:
        """Close the stream at its next event, wait, and return whether the thread has ended in time."""
        self._worker.request_stop()
        return self._thread.wait(timeout_ms)

    @Slot()
    def _deliver(self) -> None:
        events = tuple(self._buffer.popleft() for _ in range(len(self._buffer)))
        if events:
            self._timer.setInterval(self._pace.next_ms())
            self.events_ready.emit(events)

    @Slot()
    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._timer.stop()
        self._deliver()
        if self._worker.error is not None:
            self.failed.emit(self._worker.error)
        self.finished.emit()
