"""The end of the window: whether it may close while a page has something under way, and that every thread ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from cnnviz.gui import dialogs
from cnnviz.gui.page_tabs import PageTabs
from cnnviz.gui.workers.warmup import Warmup

_IMPORT_SECONDS = 20  # an import that is under way cannot be cut short


class Closing(QObject):
    """Destroying a running QThread aborts the process, so it is the end of the work that closes the window."""

    activity_changed = Signal(object)  # str: what is waited for

    def __init__(self, window: QWidget, tabs: PageTabs, enders: Sequence[Callable[[], None]], warmup: Warmup) -> None:
        """``enders``: each ends a thread of the window's that belongs to no page."""
        super().__init__(window)
        self._window, self._tabs, self._enders, self._warmup = window, tabs, enders, warmup
        self._wanted = False  # as soon as nothing is under way
        self._has_ended = False

    def may_close(self) -> bool:
        """Return whether nothing is under way; else ask whether that may be stopped, unless it is being stopped."""
        for page in self._tabs.pages:
            if (work := page.work) is not None:
                if not self._wanted:
                    dialogs.ask_to_stop(self._window, work, self.stop_and_close)
                return False
        return True

    @Slot()
    def stop_and_close(self) -> None:
        """Close without asking; what is under way is ended first."""
        self._wanted = True
        for page in self._tabs.pages:
            if (work := page.work) is not None:
                self.activity_changed.emit(work.stopping)
                page.stop_work()
        self.go_on()

    @Slot()
    def go_on(self) -> None:
        """Close the window, now that some work has ended, if that is what was waited for."""
        if self._wanted:
            self._window.close()

    @Slot()
    def go_on_soon(self) -> None:
        """Close when the page has told everybody else that its work has ended."""
        QTimer.singleShot(0, self, self.go_on)

    @Slot()
    def end_threads(self) -> None:
        """End every thread of the window, once, and wait for them."""
        if self._has_ended:
            return
        self._has_ended = True
        for end in self._enders:
            end()
        self._tabs.end()
        self._warmup.wait(_IMPORT_SECONDS)
