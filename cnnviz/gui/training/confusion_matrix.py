"""Which class is taken for which, as a table of colours and counts: a row for each class, a column for each answer."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.parts.looks import paint_focus
from cnnviz.gui.theme import PlotColors, colors_of, plot_colors_of, scaled

Cell = tuple[int, int]  # class, answer
_LEAST, _LARGEST = 3.0, 64.0  # pixels of a cell's side
_GAP = 6  # pixels between names and cells
_SMALL = 85  # percent of the widget's font, in the cells
_NAME = 110  # pixels, the most that a name may take
_LOWEST_ROW = 0.9  # of a line's height, from which on a row has a name
_MOST_IN_A_PIXEL = 50  # classes
_FRAME = 7.0  # pixels that the frame of a chosen cell is wide at the least
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
        self._drawn: tuple[object, QImage] | None = None  # with what it was drawn for
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
        self._counts, self._names, self._drawn = counts, names, None
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
        """Return left and top of the cells, and the side of one; rows that are too low for names leave them no room."""
        assert self._counts is not None
        metrics, count = self.fontMetrics(), len(self._counts)
        room = float(max(min(self.width() - 2 * _GAP, self.height() - _GAP), count / _MOST_IN_A_PIXEL))
        if room / count < metrics.height() * _LOWEST_ROW:
            return float(_GAP), float(_GAP) / 2, room / count
        names = max((metrics.horizontalAdvance(f"{name}  00") for name in self._names), default=0)
        left = float(min(names, _NAME) + _GAP)
        top = float(metrics.height() + _GAP)
        room = min(self.width() - left - metrics.horizontalAdvance("100 %") - 2 * _GAP, self.height() - top - 1)
        return left, top, max(_LEAST, min(room / count, _LARGEST))

    def _paint_cells(self, painter: QPainter, left: float, top: float, side: float) -> None:
        assert self._counts is not None
        colors, whole = colors_of(self.palette()), len(self._counts) * side
        together = max(1, math.ceil(1 / (side * self.devicePixelRatioF()) - 0.01))  # cells that share a pixel
        image = self._image(together)
        painter.drawImage(QRectF(left, top, *(2 * (image.width() * together * side,))), image)
        painter.setFont(scaled(self.font(), _SMALL))
        self._paint_numbers(painter, left, top, side)
        painter.setPen(QPen(QColor(colors.border), 1))
        if side >= 2 * _LEAST:
            for at in range(len(self._counts) + 1):
                painter.drawLine(QPointF(left, top + at * side), QPointF(left + whole, top + at * side))
                painter.drawLine(QPointF(left + at * side, top), QPointF(left + at * side, top + whole))
        else:
            painter.drawRect(QRectF(left, top, whole, whole))

    def _image(self, together: int) -> QImage:
        """Return the colours of the cells, a pixel for each, or for a few that share one on screen."""
        assert self._counts is not None
        colors, plots = colors_of(self.palette()), plot_colors_of(self.palette())
        key = (colors.surface, plots.train, plots.test, together)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = key, _colored(self._counts, together, colors.surface, plots)
        return self._drawn[1]

    def _paint_numbers(self, painter: QPainter, left: float, top: float, side: float) -> None:
        assert self._counts is not None
        widest = painter.fontMetrics().horizontalAdvance(str(int(self._counts.max())))
        if side < max(widest + 2, painter.fontMetrics().height()):
            return
        painter.setPen(QColor(colors_of(self.palette()).text))
        for row, column in np.argwhere(self._counts):
            room = QRectF(left + column * side, top + row * side, side, side)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, str(self._counts[row, column]))

    def _paint_names(self, painter: QPainter, left: float, top: float, side: float) -> None:
        assert self._counts is not None
        colors, metrics = colors_of(self.palette()), self.fontMetrics()
        if side < metrics.height() * _LOWEST_ROW:
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
                more = max(0.0, _FRAME - side) / 2
                cell = QRectF(left + column * side, top + row * side, side, side)
                painter.drawRect(cell.adjusted(-more, -more, more, more))
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


def _colored(counts: npt.NDArray[np.int64], together: int, ground: str, plots: PlotColors) -> QImage:
    """Return a pixel for each so many by so many cells, as strong as the strongest of them."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1).astype(np.float32)
    right = np.diag(np.diag(shares))
    pixels = _rgb(ground)
    for part, color, strength in ((shares - right, plots.test, 1.2), (right, plots.train, 0.75)):
        alpha = np.minimum(1, np.sqrt(_strongest(part, together)) * strength)[..., None].astype(np.float32)
        pixels = pixels * (1 - alpha) + alpha * _rgb(color)
    bits = np.ascontiguousarray(pixels.round().astype(np.uint8))
    return QImage(bits.data, bits.shape[1], bits.shape[0], 3 * bits.shape[1], QImage.Format.Format_RGB888).copy()


def _rgb(color: str) -> npt.NDArray[np.float32]:
    made = QColor(color)
    return np.array([made.red(), made.green(), made.blue()], np.float32)


def _strongest(shares: npt.NDArray[np.floating], together: int) -> npt.NDArray[np.floating]:
    if together == 1:
        return shares
    missing = -len(shares) % together
    padded = np.pad(shares, (0, missing))
    blocks = len(padded) // together
    strongest: npt.NDArray[np.floating] = padded.reshape(blocks, together, blocks, together).max((1, 3))
    return strongest
