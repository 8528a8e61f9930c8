"""A picture drawn with the mouse, as the data have them: light on dark, in few pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.data.sample_image import image_of
from cnnviz.gui.parts.looks import paint_focus
from cnnviz.gui.theme import colors_of

SIDE = 28  # pixels of the drawing, as MNIST and Fashion-MNIST
_PEN = 2.2  # pixels of the drawing


class DrawingCanvas(QWidget):
    """The left button draws, the right one rubs out; Delete clears. A picture from elsewhere can be drawn upon."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = _empty()
        self._shown: QImage | None = None  # a picture from elsewhere
        self._last: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Drawing")

    @property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """The drawing, (1, 28, 28)."""
        view = np.frombuffer(self._image.constBits(), np.uint8).reshape(SIDE, self._image.bytesPerLine())
        return view[None, :, :SIDE].copy()

    @property
    def is_empty(self) -> bool:
        """True while nothing is drawn."""
        return not self.pixels.any()

    def clear(self) -> None:
        """Rub everything out."""
        self._image, self._shown = _empty(), None
        self.update()
        self.changed.emit()

    def show_picture(self, pixels: npt.NDArray[np.uint8] | None) -> None:
        """Show a picture from elsewhere, (C, H, W), in place of the drawing; None: the drawing."""
        self._shown = None if pixels is None else image_of(pixels)
        self.update()

    def draw_line(self, begin: QPointF, end: QPointF, light: bool = True) -> None:
        """Draw between two points, in pixels of the drawing."""
        self._shown = None
        with QPainter(self._image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor("white" if light else "black"), _PEN if light else 2 * _PEN)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            if begin == end:
                painter.drawPoint(begin)
            else:
                painter.drawLine(begin, end)
        self.update()
        self.changed.emit()

    def _frame(self) -> QRectF:
        side = min(self.width(), self.height())
        side -= side % SIDE if side >= SIDE else 0
        return QRectF((self.width() - side) // 2, 0, side, side)

    def _place(self, position: QPointF) -> QPointF:
        frame = self._frame()
        return (position - frame.topLeft()) * (SIDE / max(frame.width(), 1))

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(12 * SIDE, 12 * SIDE)

    def minimumSizeHint(self) -> QSize:
        return QSize(6 * SIDE, 6 * SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        with QPainter(self) as painter:
            frame = self._frame()
            painter.drawImage(frame, self._shown or self._image)
            painter.setPen(QColor(colors_of(self.palette()).border))
            painter.drawRect(frame.adjusted(0, 0, -1, -1))
            paint_focus(self, painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._last = self._place(event.position())
            self.draw_line(self._last, self._last, event.button() is Qt.MouseButton.LeftButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            here = self._place(event.position())
            self.draw_line(self._last, here, bool(event.buttons() & Qt.MouseButton.LeftButton))
            self._last = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._last = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)


def _empty() -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
    image.fill(0)
    return image
