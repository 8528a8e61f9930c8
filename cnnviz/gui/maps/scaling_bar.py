"""How maps are painted: colours, and which values the ends of the colours stand for."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.gui.parts.choices import Chooser


class ScalingBar(QWidget):
    """A row of controls."""

    colors_changed = Signal(str)  # name of a colour map
    scaling_changed = Signal(object)  # Scaling

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = QComboBox(self)
        self._colors.addItems([name.capitalize() for name in colors.NAMES])
        self._colors.setAccessibleName("Colours")
        self._colors.setToolTip("Colours, from the lowest to the highest value")
        self._each = QComboBox(self)
        self._each.addItems(["Scale each map", "Scale all maps alike"])
        self._each.setAccessibleName("Scaling")
        self._each.setToolTip("Whether every map has its own range of values, or all share one and can be compared")
        self._symmetric = QCheckBox("Symmetric around 0", self)
        self._symmetric.setToolTip("The range runs from −a to a, so that zero has the middle colour")
        self._clip = QCheckBox("Clip 1 %", self)
        self._clip.setToolTip("The range leaves out the lowest and the highest 1 % of the values")
        self._lay_out()
        self._colors.currentIndexChanged.connect(self._tell_colors)
        self._each.currentIndexChanged.connect(self._tell_scaling)
        self._symmetric.toggled.connect(self._tell_scaling)
        self._clip.toggled.connect(self._tell_scaling)

    @property
    def color_map(self) -> str:
        """The name of the chosen colour map."""
        return colors.NAMES[self._colors.currentIndex()]

    @property
    def scaling(self) -> Scaling:
        """The chosen scaling."""
        return Scaling(self._each.currentIndex() == 0, self._symmetric.isChecked(), self._clip.isChecked())

    @property
    def choosers(self) -> dict[str, Chooser]:
        """What is chosen here, by name; the colours first, for the diverging ones make the range symmetric."""
        return {"colors": self._colors, "each": self._each, "symmetric": self._symmetric, "clip": self._clip}

    def choose_color_map(self, name: str) -> None:
        """Choose a colour map by its name; the diverging one makes the range symmetric, for its middle means zero."""
        self._colors.setCurrentIndex(colors.NAMES.index(name))

    def choose_scaling(self, scaling: Scaling) -> None:
        """Choose a scaling."""
        self._each.setCurrentIndex(0 if scaling.each else 1)
        self._symmetric.setChecked(scaling.symmetric)
        self._clip.setChecked(scaling.clip)

    def _tell_colors(self) -> None:
        if self.color_map == colors.DIVERGING:
            self._symmetric.setChecked(True)
        self.colors_changed.emit(self.color_map)

    def _tell_scaling(self) -> None:
        self.scaling_changed.emit(self.scaling)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._colors, self._each, self._symmetric, self._clip):
            row.addWidget(widget)
        row.addStretch(1)
