"""Small pictures beside one another, each with what is to be said of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from cnnviz.gui.data.sample_image import image_of, pixmap_of
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.data.browsing import Sample

_SIDE = 84  # pixels of a picture in text of the usual size


class PictureGallery(QListWidget):
    """Wraps to the room there is."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setWordWrap(True)
        self.setSpacing(4)
        follow_looks(self, self._fit)

    def show_samples(self, samples: Sequence[Sample], texts: Sequence[str]) -> None:
        """Show these pictures, each above its text; one that cannot be read says why."""
        self.clear()
        ratio, side = self.devicePixelRatioF(), float(self.iconSize().width())
        for sample, text in zip(samples, texts, strict=True):
            item = QListWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            item.setSizeHint(self.gridSize())
            if sample.pixels is not None:
                item.setIcon(QIcon(pixmap_of(image_of(sample.pixels), side, ratio)))
            item.setToolTip(plain_tip(sample.fault or sample.name))
            self.addItem(item)

    def _fit(self) -> None:
        side = room_for_text(self, _SIDE)
        self.setIconSize(QSize(side, side))
        self.setGridSize(QSize(side + 34, side + 3 * self.fontMetrics().lineSpacing() + 8))
