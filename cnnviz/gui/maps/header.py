"""Which layer, which weights, what they were made for, and how to paint."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.gui.maps.layer_chooser import LayerChooser
from cnnviz.gui.maps.preprocessing_row import PreprocessingRow
from cnnviz.gui.maps.scaling_bar import ScalingBar
from cnnviz.gui.maps.weights_chooser import WeightsChooser
from cnnviz.gui.parts.labels import label

UNTRAINED = "Untrained: random weights"


class MapsHeader(QWidget):
    """Rows of controls above the maps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers = LayerChooser()
        self.weights = WeightsChooser()
        self.preprocessing = PreprocessingRow()
        self.scaling = ScalingBar()
        self.notice = label("", "muted")
        self.fit = QPushButton("Show all")
        self.fit.setToolTip("Show the whole mosaic again (0)")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Save the maps as a picture (.png) or as numbers (.npz)")
        self._lay_out()
        self.show_origin(None)

    def show_origin(self, maps: FeatureMaps | None) -> None:
        """Say whose weights the maps come from."""
        self.notice.setVisible(maps is not None)
        self.save.setEnabled(maps is not None)
        self.fit.setEnabled(maps is not None)
        if maps is not None:
            step = "" if maps.step is None else f", step {maps.step:,}"
            self.preprocessing.show_notes(maps.notes)
            self.notice.setText(UNTRAINED if "untrained" in maps.weights else f"{maps.weights}{step}")

    def _lay_out(self) -> None:
        upper = QHBoxLayout()
        upper.addWidget(label("Layer", "muted"))
        upper.addWidget(self.layers, 3)
        upper.addSpacing(8)
        upper.addWidget(label("Weights", "muted"))
        upper.addWidget(self.weights, 1)
        upper.addSpacing(8)
        upper.addWidget(self.fit)
        upper.addWidget(self.save)
        lower = QHBoxLayout()
        lower.addWidget(self.scaling)
        lower.addStretch(1)
        lower.addWidget(self.notice)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addLayout(upper)
        rows.addWidget(self.preprocessing)
        rows.addLayout(lower)
