"""How wide the panels beside the pages are, at whatever size the text is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from cnnviz.gui.parts.looks import follow_looks, room_for_text

_NEED = (256, 220)  # pixels, in text of the usual size: network, details
_TEXT = 140  # pixels of it that hold text: the rest is margins, which do not grow
_LEAST = 0.65  # of what a panel needs: as narrow as it goes
_PAGE_WIDTH, _PAGE_LEAST = 520, 300  # pixels: most pages are whole in the first; in less they are scrolled


class PanelWidths(QObject):
    """A panel keeps the width that it was given, or takes what its text needs where that is more.

    Where the window is too narrow for both panels and a page, the panels give way first.
    """

    def __init__(self, splitter: QSplitter, first: QWidget, pages: QWidget, last: QWidget) -> None:
        """Follow the size of the text in a splitter that holds these three."""
        super().__init__(splitter)
        self._splitter, self._panels, self._pages = splitter, (first, last), pages
        self._hidden: dict[QObject, int] = {}  # how wide a panel was when a page hid it: Qt lays the others out over it
        for panel in self._panels:
            panel.installEventFilter(self)
        self._given: tuple[int, ...] | None = None  # None: the widths that there are
        pages.setMinimumWidth(_PAGE_LEAST)
        splitter.splitterMoved.connect(self._forget)
        follow_looks(splitter, self.fit)

    @Slot()
    def fit(self) -> None:
        """Share the width that there is now."""
        if self._given is None and self._splitter.isVisible():
            self._given = tuple(map(self._width_of, self._panels))
        needs = [each - _TEXT + room_for_text(self._splitter, _TEXT) for each in _NEED]
        for panel, need in zip(self._panels, needs, strict=True):
            panel.setMinimumWidth(round(_LEAST * need))
        if self._given is not None:
            wanted = [
                max(given, min(need, given * need // usual))
                for given, need, usual in zip(self._given, needs, _NEED, strict=True)
            ]
            first, last = self._squeezed(wanted)
            self._splitter.setSizes([first, sum(self._splitter.sizes()) - first - last, last])

    def _squeezed(self, wanted: Sequence[int]) -> list[int]:
        """Return the widths of the panels, less what a page lacks beside them."""
        shown = [0 if panel.isHidden() else width for panel, width in zip(self._panels, wanted, strict=True)]
        spare = [max(0, width - panel.minimumWidth()) for panel, width in zip(self._panels, shown, strict=True)]
        lacks = _PAGE_WIDTH + sum(shown) - sum(self._splitter.sizes())
        part = min(1.0, max(0, lacks) / max(1, sum(spare)))
        return [width - round(part * each) for width, each in zip(wanted, spare, strict=True)]

    @Slot()
    def _forget(self) -> None:
        self._given = None

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
