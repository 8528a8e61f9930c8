"""How wide the panels beside the pages are, at whatever size the text is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.window_memory import room_on_screen

_LEAST = (256, 220)  # pixels, in text of the usual size: network, details
_TEXT = 140  # pixels of it that hold text: the rest is margins, which do not grow
_PAGE_WIDTH = 520  # pixels: every page is whole in it, or scrolled


class PanelWidths(QObject):
    """A panel keeps the width that it was given, or takes what its text needs where that is more.

    Both give way to the pages, as far as the screen's width allows.
    """

    def __init__(self, splitter: QSplitter, first: QWidget, pages: QWidget, last: QWidget) -> None:
        """Follow the size of the text in a splitter that holds these three."""
        super().__init__(splitter)
        self._splitter, self._panels, self._pages = splitter, (first, last), pages
        self._hidden: dict[QObject, int] = {}  # how wide a panel was when a page hid it: Qt lays the others out over it
        for panel in self._panels:
            panel.installEventFilter(self)
        self._given: tuple[int, ...] | None = None  # None: the widths that there are
        splitter.splitterMoved.connect(self._forget)
        follow_looks(splitter, self._fit)

    @Slot()
    def _forget(self) -> None:
        self._given = None

    @Slot()
    def _fit(self) -> None:
        if self._given is None and self._splitter.isVisible():
            self._given = tuple(map(self._width_of, self._panels))
        least = [each - _TEXT + room_for_text(self._splitter, _TEXT) for each in _LEAST]
        for panel, width in zip(self._panels, least, strict=True):
            panel.setMinimumWidth(width)
        beside = sum(least) + 2 * self._splitter.handleWidth()
        screen = room_on_screen(self._splitter.window().geometry())
        self._pages.setMinimumWidth(max(0, min(_PAGE_WIDTH, screen.width() - beside)))
        if self._given is not None:
            first, last = (max(pair) if pair[0] else 0 for pair in zip(self._given, least, strict=True))
            self._splitter.setSizes([first, sum(self._splitter.sizes()) - first - last, last])

    def _width_of(self, panel: QWidget) -> int:
        """Return 0 for a panel that was pushed shut; one that a page hides has the width that it had."""
        if not panel.isVisible():
            return self._hidden.get(panel, panel.width())
        return panel.width() if self._splitter.sizes()[self._splitter.indexOf(panel)] else 0

    # Overrides of Qt.

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.HideToParent and isinstance(watched, QWidget):
            self._hidden[watched] = watched.width()
        return super().eventFilter(watched, event)
