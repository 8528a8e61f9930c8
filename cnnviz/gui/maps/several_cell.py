"""One of several pictures as the network sees it, beside it a channel's map of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.gui.maps.channel_view import ChannelView
from cnnviz.gui.maps.several_pictures import SeenPicture
from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.labels import Elided
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.pictures.preprocessing import as_pixels

if TYPE_CHECKING:
    import numpy.typing as npt

_LEAST = 32  # screen pixels of the picture and of the map
Place = tuple[int, int]  # row and column


class SeveralCell(QWidget):
    """Shows one; a click on it, or Enter, looks at its picture."""

    chosen = Signal(object)  # Path | FoundPicture
    pointed = Signal(object)  # Place | None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: SeenPicture | None = None
        self.picture, self.view = ImageCanvas(), ChannelView()
        self.title, self.said = Elided(), Elided()
        self.picture.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for canvas in (self.picture, self.view):
            canvas.setMinimumSize(_LEAST, _LEAST)
        self.picture.place_clicked.connect(self._choose)
        self.view.cell_clicked.connect(self._choose)
        self.view.cell_hovered.connect(self.pointed)
        pair = QHBoxLayout()
        pair.setSpacing(2)
        pair.addWidget(self.picture, 1)
        pair.addWidget(self.view, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.said)
        column.addLayout(pair, 1)

    @property
    def head_height(self) -> int:
        """Pixels above the map."""
        return self.title.sizeHint().height() + self.said.sizeHint().height()

    def show_seen(
        self, seen: SeenPicture, values: npt.NDArray[np.float32] | None, levels: npt.NDArray[np.uint8] | None
    ) -> None:
        """Show a picture with its map, (H, W), and the map's levels; None: it could not be looked at."""
        self._seen = seen
        self.view.show_map(values, levels)
        self.view.setAccessibleName(f"The channel's map of {seen.title}")
        self.picture.set_levels(_opaque(seen))
        self.picture.look_like(self.view)
        self.title.setText(seen.title)
        for widget in (self.title, self.picture, self.view):
            widget.setToolTip(plain_tip(f"{seen.title}. {seen.said} Click to look at this picture."))
        self.mark(None)

    def look_like(self, other: ImageCanvas) -> None:
        """Show the same part as another canvas, of the picture too."""
        for canvas in (self.picture, self.view):
            if canvas is not other:
                canvas.look_like(other)

    def mark(self, place: Place | None) -> None:
        """Frame a place of the map and say its value; None: say what the network says of the picture."""
        self.view.point_at(place)
        value = None if place is None else self.view.value_at(*place)
        text = "" if self._seen is None else self._seen.brief or self._seen.said
        self.said.setText(text if value is None else f"value {value_text(value)}")

    @Slot()
    def _choose(self) -> None:
        if self._seen is not None:
            self.chosen.emit(self._seen.picture)

    # Overrides of Qt.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        else:
            super().keyPressEvent(event)


def _opaque(seen: SeenPicture) -> npt.NDArray[np.uint8] | None:
    """Return what the network saw, RGBA (H, W, 4); None: it is no picture."""
    if seen.maps is None or seen.maps.input.shape[1] not in (1, 3):
        return None
    pixels = as_pixels(seen.maps.input, seen.maps.normalisation).transpose(1, 2, 0)
    whole = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    whole[..., :3] = pixels
    return whole
