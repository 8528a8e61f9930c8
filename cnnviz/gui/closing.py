"""Whether the window may close: a page that has something under way is asked, and so is the user."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from cnnviz.gui import dialogs
from cnnviz.gui.page import Page


class Closing(QObject):
    """Destroying a running QThread aborts the process, so it is the end of the work that closes the window."""

    activity_changed = Signal(object)  # str: what is waited for

    def __init__(self, window: QWidget, pages: Callable[[], tuple[Page, ...]]) -> None:
        super().__init__(window)
        self._window, self._pages = window, pages
        self._wanted = False  # as soon as nothing is under way

    def may_close(self) -> bool:
        """Return whether nothing is under way; else ask whether that may be stopped, unless it is being stopped."""
        for page in self._pages():
            if (work := page.work) is not None:
                if not self._wanted:
                    dialogs.ask_to_stop(self._window, work, self.stop_and_close)
                return False
        return True

    @Slot()
    def stop_and_close(self) -> None:
        """Close without asking; what is under way is ended first."""
        self._wanted = True
        for page in self._pages():
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
