"""All maps of a layer: a mosaic, or bars where it returned one number for each feature, and what is under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.feature_maps.drawn.drawing import Drawing
from cnnviz.feature_maps.drawn.statistics import Channels, Order, value_text
from cnnviz.gui.maps.mosaic_view import MosaicView
from cnnviz.gui.maps.part_bar import PartBar
from cnnviz.gui.maps.vector_view import VectorView
from cnnviz.gui.parts.labels import Caption, Elided, label
from cnnviz.gui.parts.plain_tip import plain_tip

if TYPE_CHECKING:
    import numpy.typing as npt

_HINT = "Point at a map for its values, click to see it large; the wheel zooms."
_VECTOR_HINT = "Point at a bar for its value, click it to see which terms make it."


class MapsPanel(QWidget):
    """Shows a drawing, or a text while there is none."""

    channel_chosen = Signal(object)  # int

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = PartBar()
        self.mosaic = MosaicView()
        self.vector = VectorView()
        self.placeholder = label("", "muted", wrap=True)
        self.placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.legend = Elided()
        self.readout = Caption(2)
        self._drawing: Drawing | None = None
        self._names: tuple[str, ...] = ()
        self._order: Order = "index"
        self._stack = QStackedWidget()
        self.mosaic.channel_chosen.connect(self.channel_chosen)
        self.vector.feature_chosen.connect(self.channel_chosen)
        self.mosaic.cell_hovered.connect(self._read_cell)
        self.vector.feature_hovered.connect(self._read_feature)
        self._lay_out()

    def show_text(self, text: str) -> None:
        """Show a text in place of maps."""
        self._drawing = None
        self.placeholder.setText(text)
        self.readout.clear()
        self.legend.clear()
        self.parts.clear()
        self._stack.setCurrentWidget(self.placeholder)

    def show_drawing(self, drawing: Drawing, names: tuple[str, ...] = (), said: str = "") -> None:
        """Show maps.

        Args:
            drawing: of them.
            names: of a vector's features.
            said: of how they lie.
        """
        self._drawing, self._names = drawing, names
        if drawing.is_vector:
            words = said
            self.vector.show_features(drawing.values[:, 0, 0], names)
            self._stack.setCurrentWidget(self.vector)
        else:
            order = drawing.channels.sorted_by(self._order)
            self.mosaic.show_maps(drawing.levels, drawing.stride, drawing.values, order, _notes(drawing.channels))
            self._stack.setCurrentWidget(self.mosaic)
            words = f"{said} {drawing.scaling_words()}".strip()
        self.legend.setText(words)
        self.legend.setToolTip(plain_tip(words))
        self._rest()

    def set_colors(self, table: npt.NDArray[np.uint8]) -> None:
        """Paint in these colours."""
        self.mosaic.set_colors(table)

    def sort(self, order: Order) -> None:
        """Let the maps lie in this order."""
        self._order = order
        if self._drawing is not None and not self._drawing.is_vector:
            self.mosaic.sort(self._drawing.channels.sorted_by(order))

    def select_channel(self, channel: int) -> None:
        """Mark a map or bar."""
        self.mosaic.select_channel(channel)
        self.vector.select_feature(channel)

    @Slot()
    def fit(self) -> None:
        """Show all of the mosaic."""
        self.mosaic.fit()

    @Slot(object)
    def _read_cell(self, cell: tuple[int, int, int] | None) -> None:
        if cell is None or self._drawing is None:
            self._rest()
        else:
            channel, row, column = cell
            value = value_text(float(self._drawing.values[cell]))
            self.readout.setText(f"Channel {channel} · row {row} · column {column} · value {value}")

    @Slot(object)
    def _read_feature(self, feature: int | None) -> None:
        if feature is None or self._drawing is None:
            self._rest()
        else:
            name = f" ({self._names[feature]})" if feature < len(self._names) else ""
            value = value_text(float(self._drawing.values[feature, 0, 0]))
            self.readout.setText(f"Feature {feature}{name} · value {value}")

    def _rest(self) -> None:
        vector = self._stack.currentWidget() is self.vector
        self.readout.setText("" if self._drawing is None else _VECTOR_HINT if vector else _HINT)

    def _lay_out(self) -> None:
        for widget in (self.placeholder, self.mosaic, self.vector):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 0, 10, 0)
        column.setSpacing(4)
        column.addWidget(self.parts)
        column.addWidget(self._stack, 1)
        column.addWidget(self.legend)
        column.addWidget(_shrinking(self.readout))


def _notes(channels: Channels) -> dict[int, str]:
    """Return what is to be seen at once of maps that say nothing."""
    dead, constant = (map(int, np.flatnonzero(each)) for each in (channels.dead, channels.constant))
    return dict.fromkeys(dead, "dead") | dict.fromkeys(constant, "constant")


def _shrinking(text: QLabel) -> QLabel:
    """Let a long line be cut rather than widen the panel."""
    text.setMinimumWidth(1)
    return text
