"""Small pictures beside one another, each with what is to be said of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from cnnviz.gui.data.sample_image import image_of, pixmap_of
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.data.browsing import Sample

_BESIDE = 34  # pixels of an item beside its picture
_AT_ONCE, _PAUSE_MS = 12, 5  # pictures that are shown together, and what comes between
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
        self._waiting: list[tuple[Sample, str]] = []
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self._show_some)
        follow_looks(self, self._fit)

    def show_samples(self, samples: Sequence[Sample], texts: Sequence[str]) -> None:
        """Show these pictures, each above its text; one that cannot be read says why."""
        self.clear()
        self._fit(texts)
        self._waiting = list(zip(samples, texts, strict=True))
        self._show_some()

    def clear(self) -> None:
        """Show none, nor those that were to come."""
        self._waiting = []
        super().clear()

    @Slot()
    def _show_some(self) -> None:
        """Show the next few: all at once take longer than a frame."""
        ratio, side = self.devicePixelRatioF(), float(self.iconSize().width())
        now, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
        for sample, text in now:
            item = QListWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            item.setSizeHint(self.gridSize())
            if sample.pixels is not None:
                item.setIcon(QIcon(pixmap_of(image_of(sample.pixels), side, ratio)))
            item.setToolTip(plain_tip(sample.fault or sample.name))
            self.addItem(item)
        if self._waiting:
            self._soon.start()

    def _fit(self, texts: Sequence[str] = ()) -> None:
        """Give each picture room for its text: lines of Chinese are higher than the font says its own are."""
        side, metrics = room_for_text(self, _SIDE), self.fontMetrics()
        room, wrapped = QRect(0, 0, side + _BESIDE, 1 << 12), Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        usual = 3 * metrics.lineSpacing()
        tallest = max((metrics.boundingRect(room, wrapped, text).height() for text in texts), default=usual)
        self.setIconSize(QSize(side, side))
        self.setGridSize(QSize(side + _BESIDE, side + max(tallest, usual) + 8))
