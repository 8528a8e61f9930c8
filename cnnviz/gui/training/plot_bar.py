"""How the curves are shown: of each step or epoch, logarithmic, smoothed, with the learning rate."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.segments import Segments

_SMOOTHING = 90  # percent that the mean keeps at each step


class PlotBar(QWidget):
    """Holds what is chosen; ``changed`` says that the curves are to be drawn anew."""

    changed = Signal()

    def __init__(self, readout: QWidget, parent: QWidget | None = None) -> None:
        """Stand below the curves, beside their ``readout``."""
        super().__init__(parent)
        self.each = Segments({"step": "Each step", "epoch": "Per epoch"}, "Curves of")
        self.logarithmic = QCheckBox("Logarithmic loss")
        self.with_rate = QCheckBox("Learning rate")
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setValue(_SMOOTHING)
        self.smoothing.setFixedWidth(90)
        self.smoothing.setToolTip("How much of the past the strong curve keeps at each step")
        self.smoothing.setAccessibleName("Smoothing")
        self.take = QToolButton()
        self.take.setText("Save or copy")
        self.take.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.each.chosen_changed.connect(self.changed)
        self.logarithmic.toggled.connect(self.changed)
        self.with_rate.toggled.connect(self.changed)
        self._readout = readout
        self._lay_out()

    @property
    def by_epoch(self) -> bool:
        """Whether a point is a whole epoch."""
        return self.each.chosen == "epoch"

    @property
    def memory(self) -> float:
        """What the smoothed curve keeps at each step, 0..1."""
        return self.smoothing.value() / 100

    def _lay_out(self) -> None:
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for row in (upper, lower):
            row.setSpacing(10)
        upper.addWidget(self._readout, 1)
        upper.addWidget(self.each)
        upper.addWidget(self.take)
        lower.addWidget(self.logarithmic)
        lower.addWidget(self.with_rate)
        lower.addStretch(1)
        lower.addWidget(label("Smoothing", "caption"))
        lower.addWidget(self.smoothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(upper)
        column.addLayout(lower)
