"""Work on many items in threads, with news on the way, ended within one item. No torch."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

_NEWS_SECONDS = 0.2
_MOST_THREADS = 16


def in_threads(work: Callable[[int], None], count: int) -> Iterator[float]:
    """Call ``work`` with 0 .. ``count`` - 1, yielding the share that is done, 0..1, several times a second.

    Closing the iterator ends it as soon as the items in hand are done. What ``work`` raises ends it too.
    """
    crew = _Crew(work, count)
    threads = [
        threading.Thread(target=crew.run, name=f"pictures {number}", daemon=True)
        for number in range(min(os.cpu_count() or 1, _MOST_THREADS, count))
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(_NEWS_SECONDS)
                yield crew.done / max(count, 1)
    finally:
        crew.stop.set()
        for thread in threads:
            thread.join()
    if crew.failure is not None:
        raise crew.failure
    yield 1.0


class _Crew:
    """What the threads share."""

    def __init__(self, work: Callable[[int], None], count: int) -> None:
        self._work, self._count = work, count
        self._next = 0
        self._lock = threading.Lock()
        self.done = 0
        self.stop = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Do one item after the other until none is left, or one fails."""
        while not self.stop.is_set():
            with self._lock:
                at, self._next = self._next, self._next + 1
            if at >= self._count:
                return
            try:
                self._work(at)
            except BaseException as error:
                self.failure = error
                self.stop.set()
            with self._lock:
                self.done += 1
