"""Which class is taken for which, as a table of colours and counts: a row for each class, a column for each answer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.parts.looks import paint_focus
from cnnviz.gui.theme import colors_of, plot_colors_of, scaled

Cell = tuple[int, int]  # class, answer
_LEAST, _LARGEST = 3.0, 64.0  # pixels of a cell's side
_GAP = 6  # pixels between names and cells
_SMALL = 85  # percent of the widget's font, in the cells
_NAME = 110  # pixels, the most that a name may take
_STEPS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


class ConfusionMatrix(QWidget):
    """Right answers on the diagonal; the stronger a colour, the larger the share of its row."""

    cell_hovered = Signal(object)  # Cell | None
    cell_chosen = Signal(object)  # Cell

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: npt.NDArray[np.int64] | None = None  # (classes, classes)
        self._names: tuple[str, ...] = ()
        self._chosen: Cell | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")

    @property
    def chosen(self) -> Cell | None:
        """The cell that was chosen last."""
        return self._chosen

    def show_counts(self, counts: npt.NDArray[np.int64] | None, names: tuple[str, ...]) -> None:
        """Show other counts, (classes, classes); the chosen cell stays while there is one of its numbers."""
        self._counts, self._names = counts, names
        if counts is None or (self._chosen is not None and max(self._chosen) >= len(counts)):
            self._chosen = None
        self.update()

    def choose(self, cell: Cell | None) -> None:
        """Frame a cell; None: none."""
        self._chosen = cell
        self.update()

    def cell_at(self, position: QPointF) -> Cell | None:
        """Return the cell under a position of the widget."""
        if self._counts is None:
            return None
        left, top, side = self._frame()
        row, column = int((position.y() - top) // side), int((position.x() - left) // side)
        inside = 0 <= row < len(self._counts) and 0 <= column < len(self._counts)
        return (row, column) if inside else None

    def _frame(self) -> tuple[float, float, float]:
        """Return left and top of the cells, and the side of one."""
        assert self._counts is not None
        metrics, count = self.fontMetrics(), len(self._counts)
        names = max((metrics.horizontalAdvance(f"{name}  00") for name in self._names), default=0)
        left = float(min(names, _NAME) + _GAP)
        top = float(metrics.height() + _GAP)
        room = min(self.width() - left - metrics.horizontalAdvance("100 %") - 2 * _GAP, self.height() - top - 1)
        return left, top, max(_LEAST, min(room / count, _LARGEST))

    def _paint_cells(self, painter: QPainter, left: float, top: float, side: float) -> None:
        assert self._counts is not None
        colors, plots = colors_of(self.palette()), plot_colors_of(self.palette())
        shares = self._counts / np.maximum(self._counts.sum(1, keepdims=True), 1)
        painter.setFont(scaled(self.font(), _SMALL))
        widest = painter.fontMetrics().horizontalAdvance(str(int(self._counts.max())))
        for (row, column), share in np.ndenumerate(shares):
            room = QRectF(left + column * side, top + row * side, side, side)
            painter.fillRect(room, QColor(colors.surface))
            color = QColor(plots.train if row == column else plots.test)
            color.setAlphaF(min(1.0, float(share) ** 0.5 * (0.75 if row == column else 1.2)))
            painter.fillRect(room, color)
            count = int(self._counts[row, column])
            if count and side >= max(widest + 2, painter.fontMetrics().height()):
                painter.setPen(QColor(colors.text))
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, str(count))
        painter.setPen(QPen(QColor(colors.border), 1))
        whole = len(self._counts) * side
        if side >= 2 * _LEAST:
            for at in range(len(self._counts) + 1):
                painter.drawLine(QPointF(left, top + at * side), QPointF(left + whole, top + at * side))
                painter.drawLine(QPointF(left + at * side, top), QPointF(left + at * side, top + whole))
        else:
            painter.drawRect(QRectF(left, top, whole, whole))

    def _paint_names(self, painter: QPainter, left: float, top: float, side: float) -> None:
        assert self._counts is not None
        colors, metrics = colors_of(self.palette()), self.fontMetrics()
        if side < metrics.height() * 0.9:
            return
        painter.setFont(self.font())
        right_of = left + len(self._counts) * side + _GAP
        for row, counts in enumerate(self._counts):
            painter.setPen(QColor(colors.text))
            name = self._names[row] if row < len(self._names) else "class"
            number = f"  {row}"
            room = int(left - _GAP - metrics.horizontalAdvance(number))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room) + number
            middle = QRectF(0, top + row * side, left - _GAP, side)
            painter.drawText(middle, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
            head = QRectF(left + row * side, 0, side, metrics.height())
            painter.drawText(head, Qt.AlignmentFlag.AlignHCenter, str(row))
            share = f"{counts[row] / counts.sum():.0%}" if counts.sum() else "–"
            painter.setPen(QColor(colors.muted))
            beside = QRectF(right_of, top + row * side, metrics.horizontalAdvance("100 %"), side)
            painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, share)

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(480, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 180)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._counts is None:
            return
        with QPainter(self) as painter:
            left, top, side = self._frame()
            self._paint_cells(painter, left, top, side)
            self._paint_names(painter, left, top, side)
            if self._chosen is not None:
                row, column = self._chosen
                painter.setPen(QPen(self.palette().accent(), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(left + column * side, top + row * side, side, side))
            paint_focus(self, painter)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.cell_hovered.emit(self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None:
            self.choose(cell)
            self.cell_chosen.emit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or self._counts is None:
            super().keyPressEvent(event)
            return
        row, column = self._chosen or (0, 0)
        last = len(self._counts) - 1
        cell = (min(max(row + step[0], 0), last), min(max(column + step[1], 0), last))
        self.choose(cell)
        self.cell_chosen.emit(cell)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.cell_hovered.emit(None)
