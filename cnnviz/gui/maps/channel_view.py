"""One map, large: hover tells a value, and cells that are large enough bear theirs."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.theme import scaled

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WRITTEN_FROM = 42  # screen pixels, in text of the usual size: cells as wide as this bear their value
_SMALLER = 90  # percent of the widget's font, for the values


class ChannelView(ImageCanvas):
    """Shows one channel's map."""

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

    def value_at(self, row: int, column: int) -> float | None:
        """Return the value of a cell; None outside."""
        if self._values is None or row >= self._values.shape[0] or column >= self._values.shape[1]:
            return None
        return float(self._values[row, column])

    @Slot(object)
    def _tell_cell(self, place: tuple[float, float] | None) -> None:
        cell = None if place is None else (int(place[0]), int(place[1]))
        if cell != self._hovered:
            self._hovered = cell
            self.update()
            self.cell_hovered.emit(cell)

    @Slot(object)
    def _tell_click(self, place: tuple[float, float]) -> None:
        self.cell_clicked.emit((int(place[0]), int(place[1])))

    def _paint_values(self, painter: QPainter) -> None:
        assert self._values is not None
        painter.setFont(scaled(painter.font(), _SMALLER))
        rows, columns = self.visible_cells()
        for row, column in product(rows, columns):
            painter.setPen(self._readable_at(row, column))
            area = self.rectangle_of(row, column, 1, 1)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, f"{self._values[row, column]:.3g}".replace("-", "−"))

    def _readable_at(self, row: int, column: int) -> QColor:
        level = 0 if self.levels is None else int(self.levels[row, column])
        below = QColor.fromRgba(self._colors[level]) if level and self._colors else self.palette().base().color()
        return QColor(Qt.GlobalColor.black if below.lightnessF() > 0.45 else Qt.GlobalColor.white)

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(260, 260)

    def paint_over(self, painter: QPainter) -> None:
        if self._values is not None and self.scale >= room_for_text(self, _WRITTEN_FROM):
            self._paint_values(painter)
        if self._chosen is not None:
            painter.setPen(QPen(self.palette().highlight(), 3))
            painter.drawRect(self.rectangle_of(*self._chosen, 1, 1))
        if self._hovered is not None:
            painter.setPen(QPen(self.palette().highlight(), 2))
            painter.drawRect(self.rectangle_of(*self._hovered, 1, 1))
