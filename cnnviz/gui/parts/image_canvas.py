"""An image of levels, painted through a table of colours; the wheel zooms, dragging pans, a double click shows all."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from cnnviz.gui.parts.looks import paint_focus

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LARGEST_CELL = 160.0  # screen pixels
_MARGIN = 6  # screen pixels around the whole image
_WHEEL_STEP = 1.0015  # zoom for each unit of the wheel; 120 units are a notch


@cache
def _as_qt(table: bytes) -> list[int]:
    """Return colours, four bytes each, as Qt wants them: there are few tables, and they change with every layer."""
    return [QColor(*table[at : at + 4]).rgba() for at in range(0, len(table), 4)]


class ImageCanvas(QWidget):
    """Shows one uint8 image. A place is (row, column) in cells of the image, as floats."""

    place_hovered = Signal(object)  # tuple[float, float] | None
    place_clicked = Signal(object)  # tuple[float, float]
    view_changed = Signal()  # somebody zoomed, moved the image, or asked for all of it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._levels: npt.NDArray[np.uint8] | None = None  # the memory that _image reads
        self._image = QImage()
        self._colors = [QColor(level, level, level).rgba() for level in range(256)]  # until others are set
        self._scale = 1.0  # screen pixels for each cell
        self._origin = QPointF()  # of the image, in the widget
        self._fitted = True  # the whole image is shown, and stays so when the widget changes its size
        self._pressed: QPointF | None = None
        self._dragging = False
        self._still: QPixmap | None = None  # the image and what stands still on it, as it was painted last
        self._still_of: object = None  # what it was painted from

    @property
    def scale(self) -> float:
        """Screen pixels for each cell."""
        return self._scale

    @property
    def is_fitted(self) -> bool:
        """True while the whole image is shown."""
        return self._fitted

    @property
    def levels(self) -> npt.NDArray[np.uint8] | None:
        """What is painted, (rows, columns)."""
        return self._levels

    def set_levels(self, levels: npt.NDArray[np.uint8] | None) -> None:
        """Show another image; one of the same size is seen at the same zoom and place.

        Args:
            levels: (rows, columns) to be painted through the table, or (rows, columns, 4), RGBA; contiguous.
        """
        same = levels is not None and self._levels is not None and levels.shape == self._levels.shape
        self._levels = levels
        self._image = QImage()
        if levels is not None:
            height, width = levels.shape[:2]
            indexed, colors = QImage.Format.Format_Indexed8, QImage.Format.Format_RGBA8888
            is_indexed = levels.ndim == 2
            stride = levels.strides[0]
            self._image = QImage(levels.data, width, height, stride, indexed if is_indexed else colors)
            if is_indexed:
                self._image.setColorTable(self._colors)
        if not same:
            self._fitted = True
        if self._fitted:
            self.fit()
        self.update()

    def set_colors(self, table: npt.NDArray[np.uint8]) -> None:
        """Paint the levels 0..255 in these colours, RGBA (256, 4)."""
        found = _as_qt(table.tobytes())
        if found is self._colors:
            return
        self._colors = found
        if not self._image.isNull() and self._image.format() is QImage.Format.Format_Indexed8:
            self._image.setColorTable(self._colors)
        self.update()

    def look_like(self, other: ImageCanvas) -> None:
        """Show the part that another canvas shows, of an image that may be of another size."""
        if other.is_fitted or self._image.isNull() or other._image.isNull():
            self.fit()
            return
        self._scale = other.scale * other._image.width() / self._image.width()
        self._origin, self._fitted = QPointF(other._origin), False
        self.update()

    def fit(self) -> None:
        """Show the whole image, as large as it goes."""
        self._fitted = True
        if self._image.isNull():
            return
        width, height = self._image.width(), self._image.height()
        room_across, room_down = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        self._scale = max(1e-3, min(room_across / width, room_down / height, _LARGEST_CELL))
        self._origin = QPointF((self.width() - width * self._scale) / 2, (self.height() - height * self._scale) / 2)
        self.update()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge by ``factor``; the cell under ``around`` (widget's coordinates; default: the middle) stays there."""
        if self._image.isNull():
            return
        fixed = around if around is not None else QPointF(self.rect().center())
        largest = max(_LARGEST_CELL, self._scale)
        scale = min(largest, max(min(8 / max(self._image.width(), self._image.height()), 0.05), self._scale * factor))
        self._origin = fixed - (fixed - self._origin) * (scale / self._scale)
        self._scale = scale
        self._fitted = False
        self.update()
        self.view_changed.emit()

    def place_at(self, position: QPointF) -> tuple[float, float] | None:
        """Return (row, column) under a position of the widget; None outside the image."""
        column, row = ((position - self._origin) / self._scale).toTuple()
        inside = 0 <= column < self._image.width() and 0 <= row < self._image.height()
        return (row, column) if inside else None

    def rectangle_of(self, row: float, column: float, height: float, width: float) -> QRectF:
        """Return where cells of the image lie in the widget."""
        corner = self._origin + QPointF(column, row) * self._scale
        return QRectF(corner.x(), corner.y(), width * self._scale, height * self._scale)

    def visible_cells(self) -> tuple[range, range]:
        """Return the rows and the columns of the image that can be seen."""
        left, top = (-self._origin / self._scale).toTuple()
        right, bottom = left + self.width() / self._scale, top + self.height() / self._scale
        rows = range(max(0, int(top)), min(self._image.height(), int(bottom) + 1))
        return rows, range(max(0, int(left)), min(self._image.width(), int(right) + 1))

    def show_key_area(self) -> None:
        """Move an enlarged image until what the keys have come to is seen; where that is too large, its middle."""
        if (area := self.key_area()) is None:
            return
        across, down = _shift(area.left(), area.right(), self.width()), _shift(area.top(), area.bottom(), self.height())
        if not self._fitted and (across or down):
            self._origin += QPointF(across, down)
            self.update()
            self.view_changed.emit()

    def key_area(self) -> QRectF | None:
        """Return what the keys have come to, in the widget, which they enlarge; None: nothing. For subclasses."""
        return None

    def _zoom_by_key(self, factor: float) -> None:
        area = self.key_area()
        self.zoom(factor, None if area is None else area.center())
        self.show_key_area()

    def _show_all(self) -> None:
        self.fit()
        self.view_changed.emit()

    def color_at(self, row: int, column: int) -> QColor:
        """Return the colour of a cell; the palette's where nothing is there."""
        inside = 0 <= row < self._image.height() and 0 <= column < self._image.width()
        color = self._image.pixelColor(column, row) if inside else QColor(0, 0, 0, 0)
        return color if color.alpha() else self.palette().base().color()

    def paint_still(self, painter: QPainter) -> None:
        """Paint what stands on the image for as long as image and zoom are the same; for subclasses."""

    def paint_over(self, painter: QPainter) -> None:
        """Paint marks over the image that move with the mouse; for subclasses."""

    def paint_anew(self) -> None:
        """What ``paint_still`` paints is another."""
        self._still_of = None
        self.update()

    def _painted(self) -> QPixmap:
        """Return the image and what stands still on it: painted once, for scaling millions of cells takes a while."""
        ratio = self.devicePixelRatioF()
        of = (self._image.cacheKey(), self._scale, self._origin.toTuple(), self.size().toTuple(), ratio)
        if self._still is None or of != self._still_of:
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(self.palette().base().color())
            painter = QPainter(self._still)
            painter.setFont(self.font())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale * ratio < 1)
            painter.drawImage(self.rectangle_of(0, 0, self._image.height(), self._image.width()), self._image)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            self.paint_still(painter)
            painter.end()
            self._still_of = of
        return self._still

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 110)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._image.isNull():
                painter.fillRect(event.rect(), self.palette().base())
                return
            painter.drawPixmap(0, 0, self._painted())
            self.paint_over(painter)
            paint_focus(self, painter)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.paint_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(_WHEEL_STEP ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self.place_hovered.emit(self.place_at(event.position()))
            return
        way = event.position() - self._pressed
        if self._dragging or way.manhattanLength() >= QApplication.startDragDistance():
            self._dragging, self._fitted = True, False
            self._origin += way
            self._pressed = event.position()
            self.update()
            self.view_changed.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._pressed is not None and not self._dragging
        self._pressed, self._dragging = None, False
        place = self.place_at(event.position())
        if clicked and place is not None:
            self.place_clicked.emit(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self._show_all()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.place_hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom_by_key(1.25)
            case Qt.Key.Key_Minus:
                self._zoom_by_key(0.8)
            case Qt.Key.Key_0:
                self._show_all()
            case _:
                super().keyPressEvent(event)


def _shift(low: float, high: float, room: float) -> float:
    """Return by how much to move what reaches from ``low`` to ``high`` until it lies in 0..``room``."""
    if high - low > room:
        return (room - low - high) / 2
    return max(0.0, -low) + min(0.0, room - high)
