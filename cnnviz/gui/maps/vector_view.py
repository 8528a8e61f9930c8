"""A layer's output where it is one number for each feature: bars, up and down from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.gui.parts.looks import paint_focus

if TYPE_CHECKING:
    import numpy.typing as npt

_NAMED_UP_TO = 24  # bars: more names than these would not fit
_PAD = 10  # screen pixels


class VectorView(QWidget):
    """Shows up to tens of thousands of features: where bars are thinner than a pixel, the extremes are drawn."""

    feature_hovered = Signal(object)  # int | None
    feature_chosen = Signal(object)  # int
    feature_clicked = Signal(object)  # int: why it is what it is is to be seen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("All features")
        self._values: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._names: tuple[str, ...] = ()
        self._selected = 0

    def show_features(self, values: npt.NDArray[np.float32], names: tuple[str, ...] = ()) -> None:
        """Show values (F,), with a name for each where there are any."""
        self._values, self._names = values, names
        self.update()

    def select_feature(self, feature: int) -> None:
        """Mark a bar."""
        self._selected = feature
        self.update()

    def feature_at(self, position: QPointF) -> int | None:
        """Return the feature under a position of the widget."""
        area = self._area()
        if not len(self._values) or not area.left() <= position.x() < area.right():
            return None
        return min(len(self._values) - 1, int((position.x() - area.left()) / area.width() * len(self._values)))

    def _area(self) -> QRectF:
        """Where the bars are: right of the labels of the axis, above the names."""
        metrics = self.fontMetrics()
        left = _PAD + max(metrics.horizontalAdvance(text) for text in (*self._ends(), "0")) + 6
        below = self._name_room(metrics)
        return QRectF(left, _PAD + 8, self.width() - left - _PAD, max(10, self.height() - below - 2 * _PAD - 8))

    def _name_room(self, metrics: QFontMetrics) -> int:
        if not self._are_named():
            return metrics.height() + 4
        return min(max(metrics.horizontalAdvance(name) for name in self._names) + 8, self.height() // 3)

    def _are_named(self) -> bool:
        return len(self._names) == len(self._values) and 0 < len(self._values) <= _NAMED_UP_TO

    def _ends(self) -> tuple[str, str]:
        low, high = self._range()
        return value_text(low), value_text(high)

    def _range(self) -> tuple[float, float]:
        """Zero is always in it."""
        finite = self._values[np.isfinite(self._values)]
        low, high = (min(0.0, float(finite.min())), max(0.0, float(finite.max()))) if len(finite) else (0.0, 0.0)
        return (low, high) if high > low else (0.0, 1.0)

    def _bars(self, area: QRectF) -> list[tuple[float, float, float, float]]:
        """Return left, width, lowest, highest of each bar; features that share a pixel share a bar."""
        shown = np.nan_to_num(self._values, nan=0.0, posinf=self._range()[1], neginf=self._range()[0])
        count = max(1, min(len(shown), int(area.width())))
        starts = np.arange(count) * len(shown) // count
        lows = np.minimum(np.minimum.reduceat(shown, starts), 0)
        highs = np.maximum(np.maximum.reduceat(shown, starts), 0)
        width = area.width() / count
        gap = width * 0.2 if width >= 4 else 0
        return [
            (area.left() + index * width + gap / 2, width - gap, float(low), float(high))
            for index, (low, high) in enumerate(zip(lows, highs, strict=True))
        ]

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        low, high = self._range()
        chosen, others = self.palette().highlight(), self.palette().placeholderText()
        bars = self._bars(area)
        marked = min(len(bars) - 1, self._selected * len(bars) // len(self._values))
        behind = chosen.color()
        behind.setAlphaF(0.2)
        middle = bars[marked][0] + bars[marked][1] / 2
        breadth = max(5.0, area.width() / len(bars))
        painter.fillRect(QRectF(middle - breadth / 2, area.top(), breadth, area.height()), behind)
        for index, (left, width, bottom, top) in enumerate(bars):
            upper = area.bottom() - (top - low) / (high - low) * area.height()
            lower = area.bottom() - (bottom - low) / (high - low) * area.height()
            painter.fillRect(QRectF(left, upper, width, max(1.0, lower - upper)), chosen if index == marked else others)

    def _paint_axis(self, painter: QPainter, area: QRectF) -> None:
        low, high = self._range()
        zero = area.bottom() + low / (high - low) * area.height()
        painter.setPen(self.palette().mid().color())
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        painter.setPen(self.palette().placeholderText().color())
        height = self.fontMetrics().height()
        for value, y in ((low, area.bottom()), (high, area.top()), (0.0, zero)):
            crowded = value == 0 and low != 0 and high != 0 and min(area.bottom() - zero, zero - area.top()) < height
            if not crowded:
                box = QRectF(_PAD, y - height / 2, area.left() - _PAD - 6, height)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value_text(value))

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        if not self._are_named():
            box = QRectF(area.left(), area.bottom() + 4, area.width(), self.fontMetrics().height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "0")
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, str(len(self._values) - 1))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, "feature")
            return
        step = area.width() / len(self._names)
        for index, name in enumerate(self._names):
            painter.save()
            painter.translate(area.left() + (index + 0.5) * step, area.bottom() + 6)
            painter.rotate(90)
            room = self._name_room(self.fontMetrics())
            text = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(0, self.fontMetrics().ascent() / 2 - 1), text)
            painter.restore()

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().base())
        if len(self._values):
            area = self._area()
            self._paint_bars(painter, area)
            self._paint_axis(painter, area)
            self._paint_names(painter, area)
        paint_focus(self, painter)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.feature_hovered.emit(self.feature_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        feature = self.feature_at(event.position())
        if feature is not None:
            self._choose(feature)
            if event.button() == Qt.MouseButton.LeftButton:
                self.feature_clicked.emit(feature)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.feature_hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self._choose(self._selected - 1)
            case Qt.Key.Key_Right:
                self._choose(self._selected + 1)
            case Qt.Key.Key_Home:
                self._choose(0)
            case Qt.Key.Key_End:
                self._choose(len(self._values) - 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if len(self._values):
                self.feature_clicked.emit(self._selected)
            case _:
                super().keyPressEvent(event)

    def _choose(self, feature: int) -> None:
        if 0 <= feature < len(self._values):
            self.select_feature(feature)
            self.feature_chosen.emit(feature)
