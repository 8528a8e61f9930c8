"""Numbers in the cells of an image, where they have room, in what is readable on each cell's colour."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.theme import scaled

_WRITTEN_FROM = 42  # screen pixels, in text of the usual size: cells as wide as this bear their value
_SMALLER = 90  # percent of the canvas's font
_PAD = 3.0  # screen pixels beside a number
_EQUAL = 0.179  # relative luminance whose contrast with black and with white is the same (WCAG 2, 1.4.3)


def have_room(canvas: ImageCanvas) -> bool:
    """Return True where the cells are so large that they bear their numbers."""
    return canvas.scale >= room_for_text(canvas, _WRITTEN_FROM)


def paint_numbers(canvas: ImageCanvas, painter: QPainter, numbers: Iterable[tuple[int, int, float]]) -> None:
    """Write values into the cells at their rows and columns of the image."""
    painter.setFont(scaled(canvas.font(), _SMALLER))
    metrics = QFontMetricsF(painter.font())
    for row, column, value in numbers:
        area = canvas.rectangle_of(row, column, 1, 1)
        painter.setPen(readable_on(canvas.color_at(row, column)))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, _fitting(value, area.width() - 2 * _PAD, metrics))


def readable_on(color: QColor) -> QColor:
    """Return black or white, whichever stands out more from a colour."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (color.redF(), color.greenF(), color.blueF())
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor(Qt.GlobalColor.black if luminance > _EQUAL else Qt.GlobalColor.white)


def _fitting(value: float, width: float, metrics: QFontMetricsF) -> str:
    """Return the value in as many of three digits as there is room for; one at least."""
    texts = [f"{value + 0.0:.{digits}g}".replace("-", "−") for digits in (3, 2, 1)]
    return next((text for text in texts if metrics.horizontalAdvance(text) <= width), texts[-1])
