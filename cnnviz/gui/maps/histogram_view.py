"""How often which values occur, in the colours that they are painted in; two limits that can be dragged."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.feature_maps.drawn.statistics import Histogram, value_text
from cnnviz.gui.parts.looks import paint_focus

if TYPE_CHECKING:
    import numpy.typing as npt

_HEIGHT, _PAD = 52, 6  # screen pixels
_GRIP = 3.0  # screen pixels: half the width of a limit's handle
_STEPS = 50  # presses of a key from one end to the other


class HistogramView(QWidget):
    """Heights are logarithmic: where most values are 0, the others are seen as well."""

    limits_chosen = Signal(object)  # tuple[float, float]: low, high

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Histogram and limits of the colours")
        self.setToolTip(
            "How often which values occur; heights are logarithmic. Drag a limit, or choose one with Up and Down and "
            "move it with Left and Right: the colours then run between fixed limits."
        )
        self._colors: npt.NDArray[np.uint8] | None = None
        self._histogram: Histogram | None = None
        self._limits = (0.0, 1.0)
        self._range = (0.0, 1.0)  # of the axis
        self._held = 0  # which limit the keys move
        self._dragged = False

    @property
    def limits(self) -> tuple[float, float]:
        """The values that the ends of the colours stand for."""
        return self._limits

    def show_histogram(self, histogram: Histogram | None, limits: tuple[float, float]) -> None:
        """Show counts, and limits, which may lie outside; None: nothing is known. A limit that is dragged stays."""
        if self._dragged:
            return
        self._histogram, self._limits = histogram, limits
        if histogram is not None:
            low, high = min(histogram.low, limits[0]), max(histogram.high, limits[1])
            self._range = (low, high) if high > low else (low - 0.5, low + 0.5)
        self.update()

    def set_colors(self, table: npt.NDArray[np.uint8]) -> None:
        """Paint in these colours, RGBA (256, 4)."""
        self._colors = table
        self.update()

    def x_of(self, value: float) -> float:
        """Return where a value is on the widget's axis."""
        low, high = self._range
        return _PAD + (value - low) / (high - low) * self._width()

    def _width(self) -> float:
        return max(1.0, self.width() - 2.0 * _PAD)

    def _value_at(self, x: float) -> float:
        low, high = self._range
        return low + min(1.0, max(0.0, (x - _PAD) / self._width())) * (high - low)

    def _move(self, which: int, value: float) -> None:
        """Move a limit; it stops at the other one."""
        low, high = self._limits
        moved = (min(value, high), high) if which == 0 else (low, max(value, low))
        if moved != self._limits:
            self._limits = moved
            self.update()
            self.limits_chosen.emit(moved)

    def _nearest(self, x: float) -> int:
        low, high = map(self.x_of, self._limits)
        return 0 if abs(x - low) < abs(x - high) or (low == high and x < low) else 1

    def _color_of(self, value: float) -> QColor:
        low, high = self._limits
        share = (value - low) / (high - low) if high > low else float(value >= high)
        assert self._colors is not None
        return QColor(*map(int, self._colors[1 + round(254 * min(1.0, max(0.0, share)))]))

    def _paint_bars(self, painter: QPainter, histogram: Histogram) -> None:
        highest = log1p(int(histogram.counts.max())) or 1.0
        edges = np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1)
        bottom = self.height() - 1.0
        for count, left, right in zip(histogram.counts, edges[:-1], edges[1:], strict=True):
            height = log1p(int(count)) / highest * (bottom - _PAD)
            if count:
                start, end = self.x_of(float(left)), self.x_of(float(right))
                color = self._color_of(float(left + right) / 2)
                painter.fillRect(QRectF(start, bottom - height, max(1.0, end - start), height), color)
        painter.setPen(self.palette().mid().color())
        painter.drawLine(QPointF(_PAD, bottom), QPointF(self.width() - _PAD, bottom))

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().base())
        if self._histogram is not None and self._colors is not None:
            self._paint_bars(painter, self._histogram)
            for which, limit in enumerate(self._limits):
                held = which == self._held and (self.hasFocus() or self._dragged)
                color = (self.palette().highlight() if held else self.palette().text()).color()
                x = self.x_of(limit)
                painter.setPen(QPen(color, 1.5))
                painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 1))
                painter.fillRect(QRectF(x - _GRIP, self.height() / 2 - 8, 2 * _GRIP, 16), color)
        paint_focus(self, painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._histogram is not None and event.button() is Qt.MouseButton.LeftButton:
            self._held, self._dragged = self._nearest(event.position().x()), True
            self._move(self._held, self._value_at(event.position().x()))
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setCursor(Qt.CursorShape.SplitHCursor if self._histogram is not None else Qt.CursorShape.ArrowCursor)
        if self._dragged:
            self._move(self._held, self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._dragged = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = (self._range[1] - self._range[0]) / _STEPS
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._held = 1 if event.key() == Qt.Key.Key_Up else 0
                self.update()
            case Qt.Key.Key_Left | Qt.Key.Key_Right if self._histogram is not None:
                way = step if event.key() == Qt.Key.Key_Right else -step
                moved = self._limits[self._held] + way
                self._move(self._held, min(self._range[1], max(self._range[0], moved)))
            case _:
                super().keyPressEvent(event)
        self.setAccessibleDescription(f"from {value_text(self._limits[0])} to {value_text(self._limits[1])}")
