"""One map, large: hover or the arrow keys tell a value, and cells that are large enough bear theirs."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnnviz.gui.parts.cell_numbers import have_room, paint_numbers
from cnnviz.gui.parts.image_canvas import ImageCanvas

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_STEPS: dict[int, tuple[int, int]] = {  # by key: rows down, columns across
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class ChannelView(ImageCanvas):
    """Shows one channel's map. Enter is a click on the cell that the keys have come to."""

    cell_hovered = Signal(object)  # tuple[int, int] | None: row, column
    cell_clicked = Signal(object)  # tuple[int, int]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("The chosen map")
        self._values: npt.NDArray[np.float32] | None = None
        self._hovered: tuple[int, int] | None = None
        self._chosen: tuple[int, int] | None = None
        self.place_hovered.connect(self._tell_cell)
        self.place_clicked.connect(self._tell_click)

    def show_map(self, values: npt.NDArray[np.float32] | None, levels: npt.NDArray[np.uint8] | None) -> None:
        """Show one map, (H, W), and its levels."""
        self._values = values
        self._hovered = None
        self.set_levels(levels)

    def choose_cell(self, cell: tuple[int, int] | None) -> None:
        """Mark the cell whose arithmetic is shown."""
        self._chosen = cell
        self.update()

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Frame the cell that is pointed at elsewhere."""
        if cell != self._hovered:
            self._hovered = cell
            self.update()

    def value_at(self, row: int, column: int) -> float | None:
        """Return the value of a cell; None outside."""
        if self._values is None or row >= self._values.shape[0] or column >= self._values.shape[1]:
            return None
        return float(self._values[row, column])

    @Slot(object)
    def _tell_cell(self, place: tuple[float, float] | None) -> None:
        self._hover(None if place is None else (int(place[0]), int(place[1])))

    def _hover(self, cell: tuple[int, int] | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.update()
            self.cell_hovered.emit(cell)

    def _step(self, down: int, across: int) -> None:
        """Point at the next cell; where one is chosen, choose the next of it."""
        assert self._values is not None
        rows, columns = self._values.shape
        at = self._chosen or self._hovered
        row, column = (rows // 2, columns // 2) if at is None else (at[0] + down, at[1] + across)
        cell = min(rows - 1, max(0, row)), min(columns - 1, max(0, column))
        self._hover(cell)
        self.show_key_area()
        if self._chosen is not None:
            self.cell_clicked.emit(cell)

    @Slot(object)
    def _tell_click(self, place: tuple[float, float]) -> None:
        self.cell_clicked.emit((int(place[0]), int(place[1])))

    # Overrides of Qt.

    def key_area(self) -> QRectF | None:
        at = self._hovered or self._chosen
        return None if at is None else self.rectangle_of(*at, 1, 1)

    def sizeHint(self) -> QSize:
        return QSize(260, 260)

    def paint_still(self, painter: QPainter) -> None:
        if (values := self._values) is not None and have_room(self):
            cells = product(*self.visible_cells())
            paint_numbers(self, painter, ((row, column, float(values[row, column])) for row, column in cells))

    def paint_over(self, painter: QPainter) -> None:
        if self._chosen is not None:
            painter.setPen(QPen(self.palette().highlight(), 3))
            painter.drawRect(self.rectangle_of(*self._chosen, 1, 1))
        if self._hovered is not None:
            painter.setPen(QPen(self.palette().highlight(), 2))
            painter.drawRect(self.rectangle_of(*self._hovered, 1, 1))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.underMouse():
            self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._values is not None and key in _STEPS:
            self._step(*_STEPS[key])
        elif self._hovered is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.cell_clicked.emit(self._hovered)
        else:
            super().keyPressEvent(event)
