"""Thumbnails of the pictures that ship with cnnviz: a click shows one to the network."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from cnnviz.feature_maps.samples import samples

_SIDE = 44  # screen pixels


class SampleList(QListWidget):
    """A small gallery."""

    sample_chosen = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sample pictures")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setGridSize(QSize(_SIDE + 10, _SIDE + 10))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for sample in samples():
            item = QListWidgetItem(_icon(sample.file), "")
            item.setToolTip(sample.title)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, sample.title)
            item.setData(Qt.ItemDataRole.UserRole, sample.file)
            self.addItem(item)
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)

    def show_chosen(self, picture: Path | None) -> None:
        """Mark the sample that is looked at; none where it is another picture."""
        at = next((row for row in range(self.count()) if self._file(self.item(row)) == picture), -1)
        self.setCurrentRow(at)
        if at < 0:
            self.clearSelection()

    @Slot(QListWidgetItem)
    def _choose(self, item: QListWidgetItem) -> None:
        self.sample_chosen.emit(self._file(item))

    def _file(self, item: QListWidgetItem) -> Path:
        return Path(item.data(Qt.ItemDataRole.UserRole))


def _icon(file: Path) -> QIcon:
    """Return the picture's middle as a square."""
    whole = QPixmap(str(file))
    side = min(whole.width(), whole.height())
    middle = whole.copy((whole.width() - side) // 2, (whole.height() - side) // 2, side, side)
    return QIcon(
        middle.scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    )
