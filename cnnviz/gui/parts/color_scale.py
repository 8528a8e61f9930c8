"""A strip of colours with the values that its ends stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.feature_maps.drawn.statistics import value_text

if TYPE_CHECKING:
    import numpy.typing as npt

_STRIP, _GAP = 12, 6  # screen pixels: the strip's height, what stands between two numbers at least
_WIDE = "−0.1234"


class ColorScale(QWidget):
    """Says which colour is which value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._colors: npt.NDArray[np.uint8] | None = None
        self._low: float | None = None
        self._high: float | None = None

    @property
    def labels(self) -> tuple[str, str, str]:
        """What stands under the left end, the middle and the right end."""
        if self._low is None or self._high is None:
            return "", "", ""
        if self._low == self._high:
            return "", f"{value_text(self._low)} everywhere", ""
        return value_text(self._low), value_text((self._low + self._high) / 2), value_text(self._high)

    def set_colors(self, table: npt.NDArray[np.uint8]) -> None:
        """Show these colours, RGBA (256, 4); level 0 is left out."""
        self._colors = np.ascontiguousarray(table[1:])
        self.update()

    def set_range(self, low: float | None, high: float | None) -> None:
        """Say what the ends stand for; None: nothing is shown."""
        self._low, self._high = low, high
        self.update()

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(text) for text in (*self.labels, _WIDE))
        return QSize(3 * widest + 2 * _GAP, _STRIP + metrics.height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colors is None or self._low is None:
            return
        with QPainter(self) as painter:
            painter.setClipRect(event.rect())
            count = len(self._colors)
            strip = QImage(self._colors.data, count, 1, count * 4, QImage.Format.Format_RGBA8888)
            painter.drawImage(QRectF(0, 0, self.width(), _STRIP), strip)
            painter.setPen(self.palette().placeholderText().color())
            below = QRectF(0, _STRIP + 3, self.width(), self.fontMetrics().height())
            places = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
            for text, place in zip(self.labels, places, strict=True):
                painter.drawText(below, place, text)
