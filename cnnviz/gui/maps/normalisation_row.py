"""What the picture is brought to for weights that were trained so, and what is to be said of the weights."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.pictures.normalisations import NORMALISATIONS
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights, title_of


class NormalisationRow(QWidget):
    """Hidden with random weights, which were made for nothing."""

    weights_chosen = Signal(object)  # Weights: those that are looked through, with another normalisation

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights = RANDOM_WEIGHTS
        self.choices = QComboBox()
        self.choices.setAccessibleName("Normalisation")
        self.choices.setToolTip("What the picture is brought to before the network sees it")
        self.remarks = label("", "caption", wrap=True)
        self.choices.activated.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label("Normalisation", "muted"))
        row.addWidget(self.choices)
        row.addSpacing(8)
        row.addWidget(self.remarks, 1)
        self.offer(None, RANDOM_WEIGHTS)

    def offer(self, spec: ModelSpec | None, current: Weights) -> None:
        """List what suits the network's pictures; ``current`` is what it has."""
        self._weights = current
        self.choices.clear()
        self.choices.addItem("As the weights need", "")
        for each in NORMALISATIONS:
            if spec is not None and spec.input_shape and each.suits(spec.input_shape[0]):  # else it takes a number
                self.choices.addItem(each.title, each.name)
        if self.choices.findData(current.normalise) < 0:
            self.choices.addItem(current.normalise, current.normalise)
        self.choices.setCurrentIndex(self.choices.findData(current.normalise))
        self.setVisible(title_of(current, spec) != RANDOM_WEIGHTS.title)

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Say what is to be said of the weights that maps come from."""
        self.remarks.setText(" ".join(notes))

    @Slot(int)
    def _choose(self, position: int) -> None:
        self.weights_chosen.emit(replace(self._weights, normalise=self.choices.itemData(position)))
