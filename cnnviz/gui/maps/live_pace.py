"""When to look at the weights of a run anew while it trains: looking takes a small share of the time, no more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_SHARE = 0.01  # of the time, at the most
_LONGEST = 2**31 - 1  # milliseconds, for a timer


class LivePace(QObject):
    """The first look is at once; the next one waits until the share that this one took is small again."""

    due = Signal()

    def __init__(self, spent: Callable[[], float], parent: QObject | None = None) -> None:
        """Wait for wishes.

        Args:
            spent: says how many seconds of processor time were spent on looking so far: where others use the machine,
                time alone would tell of them.
        """
        super().__init__(parent)
        self._spent = spent
        self._is_wished = self._is_looking = False
        self._before = 0.0
        self._waiting = QTimer(self, singleShot=True)
        self._waiting.timeout.connect(self._look)

    def wish(self) -> None:
        """Newer weights stand."""
        self._is_wished = True
        if not self._is_looking and not self._waiting.isActive():
            self._look()

    def rest(self) -> None:
        """All that was asked is answered and on screen."""
        if self._is_looking:
            self._is_looking = False
            self._waiting.start(min(round(1000 * (self._spent() - self._before) / _SHARE), _LONGEST))

    @Slot()
    def hurry(self) -> None:
        """The run has ended: nothing is left to be spared."""
        self._waiting.stop()
        if not self._is_looking:
            self._look()

    @Slot()
    def _look(self) -> None:
        if self._is_wished:
            self._is_wished, self._is_looking = False, True
            self._before = self._spent()
            self.due.emit()
