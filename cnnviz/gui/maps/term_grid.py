"""One factor of many terms as a matrix: a term that is pointed at is framed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cnnviz.gui.parts.number_grid import NumberGrid

Cell = tuple[int, int]  # row and column


class TermGrid(NumberGrid):
    """Says which cell the mouse is at; what is framed is for others to say."""

    cell_pointed = Signal(object)  # Cell | None
    cell_clicked = Signal(object)  # Cell

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._pointed: Cell | None = None
        self._is_pressed = False
        self.setMouseTracking(True)

    def point_at(self, cell: Cell | None) -> None:
        """Frame a cell."""
        if cell != self._pointed:
            self._pointed = cell
            self.update()

    def place_of(self, cell: Cell) -> QRectF:
        """Return where a cell is in the widget."""
        (width, height), (rows, columns) = self._cell(), self._values.shape
        left, top = (self.width() - width * columns) / 2, (self.height() - height * rows) / 2
        return QRectF(left + cell[1] * width, top + cell[0] * height, width, height)

    def _cell_at(self, at: QPointF) -> Cell | None:
        first, (rows, columns) = self.place_of((0, 0)), self._values.shape
        if not rows or not columns:
            return None
        row, column = int((at.y() - first.top()) // first.height()), int((at.x() - first.left()) // first.width())
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    # Overrides of Qt.

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.cell_pointed.emit(self._cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._is_pressed = event.button() is Qt.MouseButton.LeftButton

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # one click is enough: the second one would be of what the first one has brought

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell, pressed = self._cell_at(event.position()), self._is_pressed
        self._is_pressed = False
        if cell is not None and pressed:
            self.cell_clicked.emit(cell)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.cell_pointed.emit(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        rows, columns = self._values.shape
        if self._pointed is not None and self._pointed[0] < rows and self._pointed[1] < columns:
            with QPainter(self) as painter:
                painter.setPen(QPen(self.palette().highlight(), 2))
                painter.drawRect(self.place_of(self._pointed))
