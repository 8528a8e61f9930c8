"""The bar above a graph: search with steps from hit to hit, open and close, zoom, save."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QToolButton, QWidget

from cnnviz import units
from cnnviz.gui.parts.labels import label


class GraphBar(QWidget):
    """Speaks of what the user wants; it knows no graph."""

    search_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(placeholderText="Find by name or type…", clearButtonEnabled=True)
        self.search.setAccessibleName("Find in the graph")
        self.search.setMaximumWidth(280)
        self.search.setMinimumWidth(90)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.search_changed)
        self.hits = label("", "muted")
        self.back, self.next = _button("‹"), _button("›")
        self.open_all, self.close_all = _button("Open all"), _button("Close all")
        self.zoom_out, self.zoom_in = _button("−"), _button("+")
        self.fit, self.save = _button("Fit"), _button("Save…")
        self._lay_out()
        self.show_hits(None, 0)

    @property
    def buttons(self) -> dict[QAbstractButton, str]:
        """Each button with the command of the page that it is for."""
        return {
            self.back: "find-previous",
            self.next: "find-next",
            self.open_all: "open-all",
            self.close_all: "close-all",
            self.zoom_out: "zoom-out",
            self.zoom_in: "zoom-in",
            self.fit: "fit",
            self.save: "save",
        }

    def show_hits(self, at: int | None, count: int) -> None:
        """Say which of how many hits is shown; nothing while there is nothing to find."""
        searching = bool(self.search.text().strip())
        self.hits.setText("" if not searching else f"{at + 1} of {count}" if at is not None else _found(count))
        for button in (self.back, self.next):
            button.setVisible(searching and count > 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        key = event.key() if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress else None
        if key == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        for widget in (self.hits, self.back, self.next):
            row.addWidget(widget)
        row.addStretch(1)
        for button in (self.open_all, self.close_all, self.zoom_out, self.zoom_in, self.fit, self.save):
            row.addWidget(button)


def _found(count: int) -> str:
    return units.counted(count, "hit") if count else "no hit"


def _button(text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    return button
