"""The picture as the network sees it: cut or squashed, resized, in its colours. Small, beside the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.parts.looks import room_for_text
from cnnviz.pictures.preprocessing import as_pixels

if TYPE_CHECKING:
    from cnnviz.feature_maps.answers import FeatureMaps

_SIDE = 72  # screen pixels, in text of the usual size


class SeenView(QWidget):
    """Shows every pixel of a network's input, before it was normalised."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the network sees")
        self.setToolTip("What the network sees")

    @property
    def image(self) -> QImage:
        """The pixels that are shown."""
        return self._image

    def show_input(self, maps: FeatureMaps | None) -> None:
        """Show what maps were made of; None: nothing."""
        self._image = QImage()
        if maps is not None and maps.input.shape[1] in (1, 3):
            pixels = as_pixels(maps.input, maps.normalisation).transpose(1, 2, 0)  # (H, W, C)
            whole = np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
            height, width = whole.shape[:2]
            self._image = QImage(whole.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.setVisible(not self._image.isNull())
        self.update()

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        side = room_for_text(self, _SIDE)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        if not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            shrinks = size.width() < self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            painter.drawImage(QRectF(0, 0, size.width(), size.height()), self._image)
        painter.end()
