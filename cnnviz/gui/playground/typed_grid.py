"""A matrix of numbers to point at and to type into."""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from cnnviz.gui.playground.marked_grid import Cell, MarkedGrid

_LONGEST = 9  # signs of a number that is typed
_LIMIT = 1e6
_MOVES = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Return: (1, 0),
    Qt.Key.Key_Enter: (1, 0),
}


class TypedGrid(MarkedGrid):
    """Arrow keys move its cursor. What is typed is told at once; dragging gives the first cell's number to others."""

    cell_hovered = Signal(object)  # Cell
    cursor_moved = Signal(object)  # Cell
    value_typed = Signal(object, object)  # Cell, float

    def __init__(self, name: str, editable: bool, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            editable: else it is only pointed at.
        """
        super().__init__(name, parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._editable = editable
        self.hint = "Click a cell and type a number; drag to give its number to others" if editable else ""
        self._before: float | None = None  # what stood at the cursor when typing began
        self._brush: float | None = None

    def _go(self, cell: Cell) -> None:
        self._typed, self._before = "", None
        self.place_cursor(cell)
        self.cursor_moved.emit(self._cursor)

    def _type(self, typed: str) -> None:
        """Take what stands there now, if it is a number already."""
        if self._before is None:
            self._before = self._value(self._cursor)
        self._typed = typed
        self.update()
        try:
            value = float(typed.replace(",", ".").replace("−", "-"))
        except ValueError:
            return
        if isfinite(value) and abs(value) <= _LIMIT:
            self.value_typed.emit(self._cursor, value)

    def _take_back(self) -> None:
        if self._before is not None:
            before, self._typed, self._before = self._before, "", None
            self.value_typed.emit(self._cursor, before)
        self.update()

    # Overrides of Qt.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._go(cell)
            self._brush = self._value(cell) if self._editable else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is None:
            return
        if self._brush is not None and cell != self._cursor:
            brush = self._brush
            self._go(cell)
            self.value_typed.emit(cell, brush)
        self.cell_hovered.emit(cell)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._brush = None

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._typed, self._before = "", None
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = Qt.Key(event.key()), event.text()
        if key in _MOVES:
            self._go((self._cursor[0] + _MOVES[key][0], self._cursor[1] + _MOVES[key][1]))
        elif not self._editable:
            super().keyPressEvent(event)
        elif text and text in "0123456789.,-−":
            self._type((self._typed + text)[:_LONGEST])
        elif key == Qt.Key.Key_Backspace:
            self._type(self._typed[:-1] or "0")
        elif key == Qt.Key.Key_Delete:
            self._type("0")
        elif key == Qt.Key.Key_Escape and self._before is not None:
            self._take_back()
        else:
            super().keyPressEvent(event)
