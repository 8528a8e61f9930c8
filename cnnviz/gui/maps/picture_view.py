"""The picture that a network is shown: the part that it sees, and a place to drop another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.feature_maps.drawn.overlay import heat_layer
from cnnviz.pictures.preprocessing import seen_box

if TYPE_CHECKING:
    import numpy.typing as npt

_LAYER = (256, 256)  # pixels of the heat that is laid over the picture


class PictureView(QWidget):
    """Paints what the network does not see paler."""

    picture_dropped = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Picture")
        self._pixels: npt.NDArray[np.uint8] | None = None  # the memory that _image reads
        self._image = QImage()
        self._aspect: float | None = None
        self._box: tuple[int, int, int, int] | None = None
        self._input_size = (1, 1)
        self._layer: npt.NDArray[np.uint8] | None = None  # RGBA
        self._dragged_over = False

    @property
    def has_picture(self) -> bool:
        """True once a picture is shown."""
        return not self._image.isNull()

    @property
    def is_cut(self) -> bool:
        """True when the network does not see all of the picture."""
        if self._aspect is None or self._image.isNull():
            return False
        return abs(self._image.width() - self._aspect * self._image.height()) >= 1

    def show_picture(self, pixels: npt.NDArray[np.uint8] | None) -> None:
        """Show a picture, RGB (H, W, 3)."""
        self._pixels = pixels
        self._image = QImage()
        if pixels is not None:
            height, width = pixels.shape[:2]
            self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.updateGeometry()
        self.update()

    def set_aspect(self, aspect: float | None) -> None:
        """Mark the part that a network with inputs of this width ÷ height sees."""
        self._aspect = aspect
        self.update()

    def show_box(self, box: tuple[int, int, int, int] | None, input_size: tuple[int, int]) -> None:
        """Frame what a number of a map sees; None: nothing.

        Args:
            box: top, left, bottom, right in pixels of the network's input, both ends included, maybe outside of it.
            input_size: height, width.
        """
        if (box, input_size) != (self._box, self._input_size):
            self._box, self._input_size = box, input_size
            self.update()

    def show_heat(self, heat: npt.NDArray[np.float32] | None, strength: float = 0.0) -> None:
        """Lay heat, (H, W) of any size, over the part that the network sees; None: none.

        Args:
            heat: of the network's input.
            strength: 0..1.
        """
        self._layer = None if heat is None else np.ascontiguousarray(heat_layer(heat, *_LAYER, "magma", strength))
        self.update()

    def _paint_heat(self, painter: QPainter, layer: npt.NDArray[np.uint8]) -> None:
        target, seen = self._target(), self._seen()
        scale = target.width() / self._image.width()
        image = QImage(layer.data, layer.shape[1], layer.shape[0], 4 * layer.shape[1], QImage.Format.Format_RGBA8888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        corner = target.topLeft() + seen.topLeft() * scale
        painter.drawImage(QRectF(corner.x(), corner.y(), seen.width() * scale, seen.height() * scale), image)

    def _seen(self) -> QRectF:
        """The part of the image that the network sees, in the image's pixels."""
        if self._aspect is None:
            return QRectF(self._image.rect())
        left, top, right, bottom = seen_box(self._image.size().toTuple(), self._aspect)
        return QRectF(left, top, right - left, bottom - top)

    def _paint_box(self, painter: QPainter, box: tuple[int, int, int, int]) -> None:
        """What lies in the picture is framed with a line, with its padding with dashes."""
        target, seen, (rows, columns) = self._target(), self._seen(), self._input_size
        scale = target.width() / self._image.width()
        across, down = seen.width() / columns * scale, seen.height() / rows * scale
        corner = target.topLeft() + seen.topLeft() * scale
        top, left, bottom, right = box
        whole = QRectF(left * across, top * down, (right + 1 - left) * across, (bottom + 1 - top) * down)
        inside = whole.intersected(QRectF(0, 0, columns * across, rows * down))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if whole != inside:
            painter.setPen(QPen(self.palette().highlight(), 1, Qt.PenStyle.DashLine))
            painter.drawRect(whole.translated(corner))
        painter.setPen(QPen(self.palette().highlight(), 2))
        painter.drawRect(inside.translated(corner))

    def _target(self) -> QRectF:
        """Where the whole picture is painted. Small ones are enlarged, as a network's input is."""
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _paint_picture(self, painter: QPainter) -> None:
        target = self._target()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, target.width() < self._image.width())
        seen = self._seen()
        painter.setOpacity(0.35)
        painter.drawImage(target, self._image)
        painter.setOpacity(1)
        scale = target.width() / self._image.width()
        part = QRectF(
            target.left() + seen.left() * scale, target.top() + seen.top() * scale, seen.width() * scale,
            seen.height() * scale,
        )  # fmt: skip
        painter.drawImage(part, self._image, seen)

    # Overrides of Qt.

    def heightForWidth(self, width: int) -> int:
        shape = self._image.height() / self._image.width() if self.has_picture else 0.75
        return round(width * min(1.0, max(0.5, shape)))

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 110)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        if self.has_picture:
            self._paint_picture(painter)
            if self._layer is not None:
                self._paint_heat(painter, self._layer)
            if self._box is not None:
                self._paint_box(painter, self._box)
        if self._dragged_over or not self.has_picture:
            painter.setPen(QPen(self.palette().highlight(), 2, Qt.PenStyle.DashLine))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))
        if not self.has_picture:
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drop a picture here")
        painter.end()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_file(event) is not None:
            event.acceptProposedAction()
            self._dragged_over = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._dragged_over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._dragged_over = False
        self.update()
        file = dropped_file(event)
        if file is not None:
            event.acceptProposedAction()
            self.picture_dropped.emit(file)


def dropped_file(event: QDropEvent) -> Path | None:
    """Return the first file on disk that is dragged; None where it is something else."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(files[0]) if files else None
