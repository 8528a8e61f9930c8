"""Other maps beside those of the page: of other weights, another picture or another layer, or the difference."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.drawing import Drawing
from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.gui.maps.beside import ComparedMaps
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.scaling_bar import color_map_of
from cnnviz.gui.parts.color_scale import ColorScale
from cnnviz.gui.parts.labels import Elided
from cnnviz.gui.parts.plain_tip import plain_tip

Cell = tuple[int, int, int]  # channel, row, column


class ComparedPanel(QWidget):
    """Shows other maps, and for the place under the mouse the values of both."""

    channel_chosen = Signal(object)  # int
    how_changed = Signal()  # the difference is wished for, or the same colours, or no more

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps = MapsPanel()
        self.title, self.scale = Elided(), ColorScale()
        self.difference = QCheckBox("Difference")
        self.difference.setToolTip("What is here − what it is compared with, where their shapes agree")
        self.same_colors = QCheckBox("Same colours")
        self.same_colors.setToolTip("Each colour stands for the same value in both")
        for box in (self.difference, self.same_colors):
            box.clicked.connect(self.how_changed)
        self.difference.toggled.connect(self.same_colors.setDisabled)
        self._compared: ComparedMaps | None = None
        self._color_map = colors.AUTOMATIC
        self.maps.channel_chosen.connect(self._choose)
        self._lay_out()

    @property
    def compared(self) -> ComparedMaps | None:
        """What is shown."""
        return self._compared

    def show_compared(self, compared: ComparedMaps, like: MapsPanel) -> None:
        """Show other maps, arranged as those that stand, which ``like`` shows."""
        self._compared = compared
        self.maps.show_drawing(compared.drawing)
        self.maps.mosaic.arrange_like(like.mosaic)
        self.maps.mosaic.look_like(like.mosaic)
        self.title.setText(compared.title)
        self.title.setToolTip(plain_tip(compared.title))
        self._paint()
        self.select_channel(like.mosaic.selected)

    def set_colors(self, color_map: str) -> None:
        """Paint in these colours, or in automatic ones; a difference is always painted around zero."""
        self._color_map = color_map
        self._paint()

    @Slot(object)
    def select_channel(self, channel: int) -> None:
        """Mark the same channel as in the maps that stand."""
        self.maps.select_channel(channel)
        if self._compared is not None and 0 <= channel < len(self._compared.drawing.low):
            low, high = self._compared.drawing.low, self._compared.drawing.high
            self.scale.set_range(float(low[channel, 0, 0]), float(high[channel, 0, 0]))

    def read_both(self, cell: Cell | None, standing: FeatureMaps) -> None:
        """Say the values at a place of the maps that stand, of both."""
        compared = self._compared
        if cell is None or compared is None or compared.maps.values.shape != standing.values.shape:
            return
        channel, row, column = cell
        here, there = float(standing.values[cell]), float(compared.maps.values[cell])
        self.maps.readout.setText(
            f"Channel {channel} · row {row} · column {column} · here {value_text(there)},"
            f" there {value_text(here)}, difference {value_text(there - here)}"
        )

    @Slot(object)
    def _choose(self, channel: int) -> None:
        self.select_channel(channel)
        self.channel_chosen.emit(channel)

    def _paint(self) -> None:
        drawing: Drawing | None = None if self._compared is None else self._compared.drawing
        around = self._compared is not None and self._compared.is_difference
        name = color_map_of(self._color_map, drawing is not None and drawing.diverges)
        table = colors.table(colors.DIVERGING if around else name)
        self.maps.set_colors(table)
        self.scale.set_colors(table)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 0)
        column.setSpacing(4)
        if (inner := self.maps.layout()) is not None:
            inner.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.title, 1)
        row.addWidget(self.difference)
        row.addWidget(self.same_colors)
        column.addLayout(row)
        column.addWidget(self.maps, 1)
        column.addWidget(self.scale)
