"""The bar above a graph: search with steps from hit to hit, open and close, zoom, save."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from cnnviz.gui.parts.labels import label


class GraphBar(QWidget):
    """Speaks of what the user wants; it knows no graph."""

    search_changed = Signal(str)
    step_wanted = Signal(int)  # 1: the next hit, -1: the one before

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(placeholderText="Find by name or type…", clearButtonEnabled=True)
        self.search.setAccessibleName("Find in the graph")
        self.search.setMaximumWidth(280)
        self.search.setMinimumWidth(120)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.search_changed)
        self.hits = label("", "muted")
        self.back = _button("‹", "The hit before (Shift+Enter)")
        self.next = _button("›", "The next hit (Enter)")
        self.open_all = _button("Open all", "Show every operation")
        self.close_all = _button("Close all", "Show only the outermost modules")
        self.zoom_out = _button("−", "Zoom out (Ctrl+−)")
        self.zoom_in = _button("+", "Zoom in (Ctrl++)")
        self.fit = _button("Fit", "Show the whole graph (Ctrl+0)")
        self.save = _button("Save…", "Save the graph as SVG or PNG")
        self.back.clicked.connect(self._step_back)
        self.next.clicked.connect(self._step_on)
        self._lay_out()
        self.show_hits(None, 0)

    def show_hits(self, at: int | None, count: int) -> None:
        """Say which of how many hits is shown; nothing while there is nothing to find."""
        searching = bool(self.search.text().strip())
        self.hits.setText("" if not searching else f"{at + 1} of {count}" if at is not None else _found(count))
        for button in (self.back, self.next):
            button.setVisible(searching and count > 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.step_wanted.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    @Slot()
    def _step_on(self) -> None:
        self.step_wanted.emit(1)

    @Slot()
    def _step_back(self) -> None:
        self.step_wanted.emit(-1)

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
    return "no hit" if not count else "1 hit" if count == 1 else f"{count} hits"


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
