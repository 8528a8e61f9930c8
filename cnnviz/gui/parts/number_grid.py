"""A small matrix of numbers, coloured around zero, each cell bearing its value where there is room."""

from __future__ import annotations

from itertools import product
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.theme import scaled

if TYPE_CHECKING:
    import numpy.typing as npt

_CELL, _LEAST = 46, 38  # screen pixels, in text of the usual size: a cell's width; the least that bears its value
_LINE = 16  # the least height that does
_SIDE = 110  # of a grid, at least
_SMALLER = 80  # percent of the widget's font


class NumberGrid(QWidget):
    """Shows one matrix: blue below zero, white at zero, red above."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._values: npt.NDArray[np.float64] = np.zeros((0, 0))
        self._hatched: npt.NDArray[np.bool_] | None = None
        self._most = 1.0

    def show_numbers(
        self, values: npt.NDArray[np.float64], hatched: npt.NDArray[np.bool_] | None = None, most: float = 0.0
    ) -> None:
        """Show a matrix (rows, columns).

        Args:
            values: NaN is an empty cell.
            hatched: cells that are padding.
            most: the value that the strongest colour stands for; 0: the matrix's own largest.
        """
        finite = values[np.isfinite(values)]
        self._values, self._hatched = values, hatched
        self._most = most or (float(np.abs(finite).max()) if finite.size else 1.0) or 1.0
        rows = "; ".join(" ".join(value_text(float(each)) for each in row) for row in values[:12])
        self.setToolTip(plain_tip(rows if values.size <= 144 else ""))
        self.updateGeometry()
        self.update()

    def _cell(self) -> tuple[float, float]:
        """Width and height of a cell: wider than high where its value needs that."""
        rows, columns = self._values.shape
        most = room_for_text(self, 58)
        width, height = min(self.width() / max(1, columns), most), min(self.height() / max(1, rows), most)
        side = min(width, height)
        wide = min(width, 2.4 * height)
        return (wide, side) if self._has_room(wide, side) else (side, side)

    def _has_room(self, width: float, height: float) -> bool:
        return width >= room_for_text(self, _LEAST) and height >= room_for_text(self, _LINE)

    def _color(self, value: float) -> QColor:
        if not isfinite(value):
            return self.palette().base().color()
        level = 1 + round(max(0.0, min(1.0, (value / self._most + 1) / 2)) * 254)
        return QColor(*map(int, colors.table(colors.DIVERGING)[level]))

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        rows, columns = self._values.shape
        return QSize(
            max(_SIDE, min(12, columns) * room_for_text(self, _CELL)),
            max(_SIDE, min(12, rows) * room_for_text(self, _LINE + 6)),
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(90, max(80, min(6, len(self._values)) * room_for_text(self, _LINE + 4)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        (width, height) = self._cell()
        with QPainter(self) as painter:
            rows, columns = self._values.shape
            left, top = (self.width() - width * columns) / 2, (self.height() - height * rows) / 2
            has_room = self._has_room(width, height)
            painter.setFont(scaled(painter.font(), _SMALLER))
            line = QPen(self.palette().mid().color(), 1)
            for row, column in product(range(rows), range(columns)):
                value = float(self._values[row, column])
                area, color = QRectF(left + column * width, top + row * height, width, height), self._color(value)
                painter.fillRect(area, color)
                if self._hatched is not None and self._hatched[row, column]:
                    painter.fillRect(area, self.palette().mid().color())
                    painter.fillRect(area.adjusted(1, 1, -1, -1), self.palette().window())
                painter.setPen(line)
                painter.drawRect(area)
                if has_room:
                    self._paint_value(painter, area, color, value, row, column)

    def _paint_value(self, painter: QPainter, area: QRectF, color: QColor, value: float, row: int, column: int) -> None:
        is_padding = self._hatched is not None and bool(self._hatched[row, column])
        dark_below = color.lightnessF() <= 0.45
        painter.setPen(Qt.GlobalColor.white if dark_below else Qt.GlobalColor.black)
        if is_padding:
            painter.setPen(self.palette().placeholderText().color())
        if not isfinite(value):
            return
        texts = [f"{value + 0.0:.{digits}g}".replace("-", "−") for digits in (3, 2, 1)]  # no minus before 0
        widths = map(painter.fontMetrics().horizontalAdvance, texts)
        text = next((text for text, width in zip(texts, widths, strict=True) if width <= area.width() - 2), "…")
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
