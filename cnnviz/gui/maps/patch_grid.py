"""Up to nine patches of pictures, three by three, each with what it shows and its value: a click chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QToolButton, QWidget

from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.strongest.patches import PATCHES, Patch
from cnnviz.feature_maps.strongest.strongest_file import resized
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_COLUMNS = 3
_LEAST, _LARGEST = 24, 160  # screen pixels of a patch's longer side
_TEXT = 84  # pixels for what stands at its right, in text of the usual size
_BELOW = Qt.ToolButtonStyle.ToolButtonTextUnderIcon


@dataclass(frozen=True, slots=True, eq=False)
class SeenPatch:
    """A patch cut out of its picture."""

    patch: Patch
    class_name: str
    name: str  # of the picture
    pixels: npt.NDArray[np.uint8]  # RGBA (h, w, 4)


class PatchGrid(QWidget):
    """As large as there is room for; small patches are enlarged to sharp squares."""

    patch_chosen = Signal(object)  # Patch

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: tuple[SeenPatch, ...] = ()
        self._side = _LEAST
        self._group = QButtonGroup(self)
        self.buttons = [self._button() for _ in range(PATCHES)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        for at, button in enumerate(self.buttons):
            self._group.addButton(button, at)
            grid.addWidget(button, at // _COLUMNS, at % _COLUMNS, Qt.AlignmentFlag.AlignLeft)
        self._group.idClicked.connect(self._choose)

    def show_patches(self, seen: Sequence[SeenPatch]) -> None:
        """Show patches, the strongest first."""
        self._seen = tuple(seen)
        for button, each in zip(self.buttons, self._seen, strict=False):
            value = value_text(each.patch.value)
            button.setText(f"{each.class_name}\n{value}")
            where = f"row {each.patch.row}, column {each.patch.column} of the map"
            button.setToolTip(plain_tip(f"{each.name}: {value} at {where}. Click to look at this picture."))
            button.setAccessibleName(f"{each.class_name}, {value}")
        for at, button in enumerate(self.buttons):
            button.setVisible(at < len(self._seen))
        self._paint()

    @Slot(int)
    def _choose(self, at: int) -> None:
        if at < len(self._seen):
            self.patch_chosen.emit(self._seen[at].patch)

    def _button(self) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "bare")  # a picture to click
        button.setToolButtonStyle(_BELOW)
        button.hide()
        return button

    def _paint(self) -> None:
        ratio = self.devicePixelRatioF()
        for button, each in zip(self.buttons, self._seen, strict=False):
            pixels = resized(each.pixels, max(1, round(self._side * ratio)))
            height, width = pixels.shape[:2]
            image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
            made = QPixmap.fromImage(image)  # copies
            with QPainter(made) as painter:
                painter.setPen(self.palette().mid().color())  # a white patch is seen on white, too
                painter.drawRect(0, 0, width - 1, height - 1)
            made.setDevicePixelRatio(ratio)
            button.setIconSize(QSize(self._side, self._side))
            button.setIcon(QIcon(made))

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        rows = _LEAST + 3 * self.fontMetrics().lineSpacing()
        return QSize(_COLUMNS * 60, _COLUMNS * rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        across, down = self.width() // _COLUMNS - 16, self.height() // _COLUMNS - 12
        below = min(across, down - 2 * self.fontMetrics().lineSpacing() - 4)  # the text below a patch
        beside = min(across - room_for_text(self, _TEXT), down)  # or at its right
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if beside > below else _BELOW
        for button in self.buttons:
            button.setToolButtonStyle(style)
        side = max(_LEAST, min(_LARGEST, max(below, beside)))
        if side != self._side:
            self._side = side
            self._paint()
