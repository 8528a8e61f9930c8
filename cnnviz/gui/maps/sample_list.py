"""Thumbnails of the pictures that ship with cnnviz: a click shows one to the network."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QToolButton, QWidget

from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.pictures.samples import SamplePicture, samples

_SIDE = 40  # screen pixels
_COLUMNS = 3


class SampleList(QWidget):
    """A small gallery of buttons."""

    sample_chosen = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = [sample.file for sample in samples()]
        self._shown: Path | None = None
        self._buttons = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        for index, sample in enumerate(samples()):
            button = _button(sample, self)
            self._buttons.addButton(button, index)
            grid.addWidget(button, index // _COLUMNS, index % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        self._buttons.idClicked.connect(self._choose)

    @property
    def chosen(self) -> Path | None:
        """The sample that is marked."""
        at = self._buttons.checkedId()
        return self._files[at] if at >= 0 else None

    def show_chosen(self, picture: Path | None) -> None:
        """Mark the sample that is shown; none where it is another picture."""
        self._shown = picture
        self._buttons.setExclusive(False)
        for file, button in zip(self._files, self.buttons(), strict=True):
            button.setChecked(file == picture)
        self._buttons.setExclusive(True)

    def buttons(self) -> list[QAbstractButton]:
        """Return the thumbnails in order."""
        return self._buttons.buttons()

    @Slot(int)
    def _choose(self, index: int) -> None:
        self.show_chosen(self._shown)  # the click has marked one that is not shown yet, and may never be
        self.sample_chosen.emit(self._files[index])


def _button(sample: SamplePicture, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setCheckable(True)
    button.setProperty("role", "bare")  # a picture to click
    button.setIcon(_icon(sample.file))
    button.setIconSize(QSize(_SIDE, _SIDE))
    button.setToolTip(plain_tip(sample.title))
    button.setAccessibleName(sample.title)
    return button


def _icon(file: Path) -> QIcon:
    """Return the picture's middle as a square."""
    whole = QPixmap(str(file))
    side = min(whole.width(), whole.height())
    middle = whole.copy((whole.width() - side) // 2, (whole.height() - side) // 2, side, side)
    ways = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QIcon(middle.scaled(_SIDE, _SIDE, *ways))
