"""The data that were opened last: whatever on a page needs them reads them once."""

from __future__ import annotations

import threading

from cnnviz.training.control import Control
from cnnviz.training.data import browsing
from cnnviz.training.data.browsing import Contents, Tell, quietly


class Shelf:
    """Safe from any thread; one that asks while the same data are being read waits for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # of the two below
        self._asked: tuple[str, int | None] | None = None
        self._found: Contents | None = None

    def contents(
        self, data: str, limit: int | None = None, control: Control | None = None, tell: Tell = quietly
    ) -> Contents:
        """Return what data hold, as ``browsing.contents``.

        Raises:
            StoppedError: a stop came first.
            CnnvizError: see there.
        """
        with self._lock:
            if self._found is None or self._asked != (data, limit):
                self._found = None  # two sets at once may be more than memory has room for
                self._found = browsing.contents(data, limit, control, tell)
                self._asked = data, limit
            return self._found

    def forget(self) -> None:
        """Have the data read again when they are next asked for."""
        with self._lock:
            self._found = None
