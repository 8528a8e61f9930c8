"""A matrix of numbers, with some cells marked and a cursor in one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.playground.play_text import cell_text
from cnnviz.gui.parts.looks import paint_focus, room_for_text
from cnnviz.gui.parts.number_grid import NumberGrid
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.theme import scaled

if TYPE_CHECKING:
    import numpy.typing as npt

Cell = tuple[int, int]  # row, column, counted from the first that is no padding

_LARGEST, _USUAL, _SMALLEST = 56, 34, 22  # screen pixels of a cell, in text of the usual size
_MOST_SHOWN = 6  # cells that have to have room for their numbers
_LINES = 7  # screen pixels of a cell that is parted from the next by a line
_FONTS = (100, 85, 70)  # percent


class MarkedGrid(NumberGrid):
    """Each number in as many digits as it has, a frame around what is marked, and a cursor."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.hint = ""  # its tooltip
        self._first = (0, 0)  # rows and columns of padding before the first number
        self._marks: Mapping[Cell, str] = {}
        self._cursor: Cell = (0, 0)
        self._typed = ""  # what is being typed at the cursor
        self._image = np.zeros((0, 0, 4), np.uint8)
        self._widest = ""

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """What is shown, padding included."""
        return self._values

    @property
    def marks(self) -> Mapping[Cell, str]:
        """The cells that are marked, with what stands in their corner."""
        return self._marks

    @property
    def current(self) -> Cell:
        """Where typing goes."""
        return self._cursor

    def show_matrix(
        self,
        values: npt.NDArray[np.float64],
        padding: tuple[Cell, Cell] = ((0, 0), (0, 0)),
        outside: float = 0.0,
        color_map: str = colors.DIVERGING,
    ) -> None:
        """Show a matrix (rows, columns).

        Args:
            values: NaN is an empty cell.
            padding: rows before and after, columns before and after.
            outside: what padding counts as.
            color_map: one around zero, or from the smallest to the largest value.
        """
        padded = np.pad(values, padding, constant_values=outside)
        is_padding = np.pad(np.zeros(values.shape, bool), padding, constant_values=True)
        self._first = padding[0][0], padding[1][0]
        self._colored(values, padded, color_map)
        self.show_numbers(padded, is_padding, self._most)
        self.setToolTip(plain_tip(self.hint))
        texts = {cell_text(float(each)) for each in np.unique(padded) if not np.isnan(each)}
        self._widest = max(texts, key=len, default="0") if len(texts) < 600 else ""
        self.place_cursor(self._cursor)

    def mark(self, marks: Mapping[Cell, str]) -> None:
        """Frame these cells and write so much into the corner of each."""
        self._marks = marks
        self.update()

    def place_cursor(self, cell: Cell) -> None:
        """Move the cursor there, or to the last cell in that direction, without saying so."""
        if self._hatched is None or not (~self._hatched).any():
            return
        rows, columns = (int(each.sum()) for each in ((~self._hatched).any(1), (~self._hatched).any(0)))
        moved = min(max(cell[0], 0), rows - 1), min(max(cell[1], 0), columns - 1)
        if moved != self._cursor:
            self._cursor, self._typed = moved, ""
        self.update()

    def cell_at(self, position: QPointF) -> Cell | None:
        """Return what is under a position of the widget; None outside, and on padding."""
        left, top, side = self._frame()
        cell = int((position.y() - top) // side), int((position.x() - left) // side)
        return self._inside((cell[0] - self._first[0], cell[1] - self._first[1]))

    def area_of(self, cell: Cell) -> QRectF:
        """Return where a cell lies in the widget."""
        left, top, side = self._frame()
        row, column = cell[0] + self._first[0], cell[1] + self._first[1]
        return QRectF(left + column * side, top + row * side, side, side)

    def _frame(self) -> tuple[float, float, float]:
        """Return left and top of all, and the side of a cell."""
        rows, columns = (max(1, each) for each in self._values.shape)
        side = min((self.width() - 6) / columns, (self.height() - 6) / rows, room_for_text(self, _LARGEST))
        return (self.width() - side * columns) / 2, (self.height() - side * rows) / 2, max(1.0, side)

    def _inside(self, cell: Cell) -> Cell | None:
        rows, columns = self._values.shape
        shown = self._hatched
        at = cell[0] + self._first[0], cell[1] + self._first[1]
        inside = 0 <= at[0] < rows and 0 <= at[1] < columns and not (shown is not None and shown[at])
        return cell if inside else None

    def _value(self, cell: Cell) -> float:
        return float(self._values[cell[0] + self._first[0], cell[1] + self._first[1]])

    def _colored(self, values: npt.NDArray[np.float64], padded: npt.NDArray[np.float64], color_map: str) -> None:
        finite = values[np.isfinite(values)]
        self._most = float(np.abs(finite).max(initial=0.0)) or 1.0
        low, high = (-self._most, self._most)
        if color_map != colors.DIVERGING and finite.size:
            low, high = float(finite.min()), float(finite.max())
        share = np.clip((np.where(np.isfinite(padded), padded, low) - low) / ((high - low) or 1.0), 0, 1)
        levels = np.where(np.isnan(padded), 0, 1 + np.rint(share * 254)).astype(np.uint8)
        self._image = np.ascontiguousarray(colors.table(color_map)[levels])

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        rows, columns = self._values.shape
        side, least = room_for_text(self, _USUAL), self.minimumSizeHint()
        return QSize(min(7, columns) * side + 6, min(7, rows) * side + 6).expandedTo(least)

    def minimumSizeHint(self) -> QSize:
        rows, columns = (min(_MOST_SHOWN, max(2, each)) for each in self._values.shape)
        side = room_for_text(self, _SMALLEST)
        return QSize(columns * side + 6, rows * side + 6)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter, (rows, columns) = QPainter(self), self._values.shape
        left, top, side = self._frame()
        image = QImage(self._image.data, columns, rows, columns * 4, QImage.Format.Format_RGBA8888)
        painter.drawImage(QRectF(left, top, side * columns, side * rows), image)
        line = QPen(self.palette().mid().color(), 1)
        font = self._font(side)
        if font is not None:
            painter.setFont(font)
        for row, column in product(range(rows), range(columns)) if side >= _LINES else ():
            area = QRectF(left + column * side, top + row * side, side, side)
            if self._hatched is not None and self._hatched[row, column]:
                painter.fillRect(area, self.palette().window())
            painter.setPen(line)
            painter.drawRect(area)
            if font is not None:
                self._paint_number(painter, area, row, column)
        self._paint_marks(painter, side)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().text().color(), 2, Qt.PenStyle.DotLine))
            painter.drawRect(self.area_of(self._cursor).adjusted(2, 2, -2, -2))
        paint_focus(self, painter)
        painter.end()

    def _font(self, side: float) -> QFont | None:
        """Return the largest in which every number has room in its cell; None: there is none."""
        fonts = (scaled(self.font(), percent) for percent in _FONTS) if self._widest else ()
        return next((font for font in fonts if QFontMetricsF(font).horizontalAdvance(self._widest) <= side - 3), None)

    def _paint_number(self, painter: QPainter, area: QRectF, row: int, column: int) -> None:
        red, green, blue, _ = map(int, self._image[row, column])
        is_padding = self._hatched is not None and bool(self._hatched[row, column])
        painter.setPen(Qt.GlobalColor.black if 0.3 * red + 0.6 * green + 0.1 * blue > 115 else Qt.GlobalColor.white)
        if is_padding:
            painter.setPen(self.palette().placeholderText().color())
        value = float(self._values[row, column])
        cell = row - self._first[0], column - self._first[1]
        typing = bool(self._typed) and cell == self._cursor and not is_padding
        text = self._typed if typing else "" if np.isnan(value) else cell_text(value)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_marks(self, painter: QPainter, side: float) -> None:
        """Frame what is marked: a line where a marked cell meets one that is not."""
        accent = self.palette().accent().color()
        small = scaled(self.font(), 75)
        tall = side >= QFontMetricsF(small).height() + QFontMetricsF(self.font()).height() * 1.4
        for cell, corner in self._marks.items():
            area, (row, column) = self.area_of(cell), cell
            painter.setPen(QPen(accent, 3))
            for beside, start, end in (
                ((row - 1, column), area.topLeft(), area.topRight()),
                ((row + 1, column), area.bottomLeft(), area.bottomRight()),
                ((row, column - 1), area.topLeft(), area.bottomLeft()),
                ((row, column + 1), area.topRight(), area.bottomRight()),
            ):
                if beside not in self._marks:
                    painter.drawLine(start, end)
            if corner and tall and self._font(side) is not None:
                painter.setFont(small)
                self._paint_corner(painter, area, corner)

    def _paint_corner(self, painter: QPainter, area: QRectF, text: str) -> None:
        """Write on a patch of the accent's colour, so that it is read on any number's."""
        metrics = QFontMetricsF(painter.font())
        patch = QRectF(0, 0, metrics.horizontalAdvance(text) + 5, metrics.height() - 1)
        patch.moveBottomRight(area.bottomRight())
        painter.fillRect(patch, self.palette().accent())
        painter.setPen(self.palette().highlightedText().color())
        painter.drawText(patch, Qt.AlignmentFlag.AlignCenter, text)
