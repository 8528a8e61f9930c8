"""The chosen channel, large, with its colours' values; the layer's statistics; the likeliest classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.feature_maps.drawn.drawing import Drawing
from cnnviz.feature_maps.drawn.statistics import top_classes, value_text
from cnnviz.gui.maps.channel_view import ChannelView
from cnnviz.gui.maps.histogram_view import HistogramView
from cnnviz.gui.maps.statistics_panel import StatisticsPanel
from cnnviz.gui.parts.color_scale import ColorScale
from cnnviz.gui.parts.labels import label, line
from cnnviz.gui.parts.looks import keep_width
from cnnviz.gui.parts.number_field import NumberField
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.tall_column import TallColumn
from cnnviz.gui.parts.top_classes import TopClasses, class_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class ChannelPanel(QWidget):
    """Shows one channel of a drawing."""

    channel_chosen = Signal(object)  # int
    place_hovered = Signal(object)  # tuple[int, int] | None: row, column
    place_clicked = Signal(object)  # tuple[int, int]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = ChannelView()
        self.scale = ColorScale()
        self.histogram = HistogramView()
        self.readout = label("", "muted")
        self.readout.setMinimumWidth(1)
        self.why = QPushButton("Why this number…")
        self.why.setToolTip("The terms that make it")
        self.why.clicked.connect(self._ask_why)
        self.statistics = StatisticsPanel()
        self._line, self._whole = line(), label("Statistics", "heading")
        self.classes = TopClasses()
        self.classes_title = label("Likeliest classes", "heading")
        self.number = NumberField()
        self.number.setAccessibleName("Channel")
        keep_width(self.number, 64)  # five digits
        self.number.number_chosen.connect(self._choose)
        self._title = label("Channel", "heading")
        self._count = label("", "muted")
        self._drawing: Drawing | None = None
        self._names: tuple[str, ...] = ()
        self.view.cell_hovered.connect(self._read_cell)
        self.view.cell_hovered.connect(self.place_hovered)
        self.view.cell_clicked.connect(self.place_clicked)
        self._lay_out()
        self.clear()

    @property
    def channel(self) -> int:
        """The channel that is shown."""
        return self.number.number

    def clear(self) -> None:
        """Show nothing."""
        self._drawing = None
        self.view.show_map(None, None)
        self.scale.set_range(None, None)
        self.readout.clear()
        self._count.clear()
        self.number.setEnabled(False)
        self.histogram.show_histogram(None, (0.0, 1.0))
        self.statistics.show_statistics(None, None, 0)
        self._show_classes([])

    def show_drawing(self, drawing: Drawing, are_logits: bool = False, names: tuple[str, ...] = ()) -> None:
        """Show the same channel of other maps, or the first where there are fewer.

        Args:
            drawing: the maps.
            are_logits: they are the network's answer, one number for each class.
            names: of the classes where they are known.
        """
        self._drawing, self._names = drawing, names if are_logits else ()
        count = len(drawing.values)
        self.number.set_last(count - 1)
        self.number.setEnabled(True)
        is_vector = drawing.is_vector
        self._title.setText("Feature" if is_vector else "Channel")
        self._count.setText(f"0 – {count - 1:,}")
        self.view.setVisible(not is_vector)
        self.scale.setVisible(not is_vector)
        self.histogram.setVisible(not is_vector)
        self.why.setVisible(is_vector)
        self._show_classes(top_classes(drawing.values) if are_logits else [])
        self._show_channel()

    def make_room(self, little: bool) -> None:
        """Leave the whole layer's statistics out where there is little room."""
        for each in (self._line, self._whole, self.statistics):
            each.setVisible(not little)

    def set_colors(self, table: npt.NDArray[np.uint8]) -> None:
        """Paint in these colours."""
        self.view.set_colors(table)
        self.scale.set_colors(table)
        self.histogram.set_colors(table)

    def select_channel(self, channel: int) -> None:
        """Show another channel."""
        self.number.choose(channel)

    @Slot()
    def _ask_why(self) -> None:
        self.place_clicked.emit((0, 0))

    @Slot(object)
    def _choose(self, channel: int) -> None:
        self._show_channel()
        self.channel_chosen.emit(channel)

    def _show_channel(self) -> None:
        if self._drawing is None:
            return
        channel, drawing = self.channel, self._drawing
        self.view.show_map(drawing.values[channel], drawing.map_levels(channel))
        limits = float(drawing.low[channel, 0, 0]), float(drawing.high[channel, 0, 0])
        self.scale.set_range(*limits)
        if not drawing.is_vector:
            self.histogram.show_histogram(drawing.histogram(channel), limits)
        one = None if drawing.is_vector else drawing.channels.one(channel)
        self.statistics.show_statistics(one, drawing.statistics, len(drawing.values))
        self._rest()

    @Slot(object)
    def _read_cell(self, cell: tuple[int, int] | None) -> None:
        value = None if cell is None else self.view.value_at(*cell)
        if cell is None or value is None:
            self._rest()
        else:
            self.readout.setText(f"Row {cell[0]} · column {cell[1]} · value {value_text(value)}")

    def _rest(self) -> None:
        if self._drawing is None:
            return
        _, height, width = self._drawing.values.shape
        if (height, width) == (1, 1):
            name = f"{class_name(self.channel, self._names)} · " if self._names else ""
            self.readout.setText(f"{name}value {value_text(float(self._drawing.values[self.channel, 0, 0]))}")
        else:
            self.readout.setText("Click a cell to see why it is so")
            self.readout.setToolTip(plain_tip(f"{units.counted(height, 'row')} × {units.counted(width, 'column')}"))

    def _show_classes(self, best: list[tuple[int, float]]) -> None:
        self.classes.show_classes(best, self._names)
        self.classes.setVisible(bool(best))
        self.classes_title.setVisible(bool(best))

    def _stepper(self, text: str, name: str, step: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(plain_tip(name))
        button.setAccessibleName(name)
        button.clicked.connect(step)
        return button

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        for widget in (self._title, self.number, self._count):
            heading.addWidget(widget)
        heading.addStretch(1)
        heading.addWidget(self._stepper("‹", "Previous channel", self.number.step_down))
        heading.addWidget(self._stepper("›", "Next channel", self.number.step_up))
        inside = QWidget()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(10, 0, 0, 0)
        outside.addWidget(TallColumn(inside))
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(heading)
        column.addWidget(self.view, 1)
        column.addWidget(self.readout)
        column.addWidget(self.histogram)
        column.addWidget(self.scale)
        column.addWidget(self.why)
        column.addWidget(self.classes_title)
        column.addWidget(self.classes)
        column.addWidget(self._line)
        column.addWidget(self._whole)
        column.addWidget(self.statistics)
        column.addStretch(0)
