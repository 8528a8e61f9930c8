"""What is done to the picture before the network sees it, and what is to be said of that and of the weights."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.pictures.normalisations import NORMALISATIONS
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

_AS_NEEDED = "As the weights need"
_FITS = ((_AS_NEEDED, ""), ("Centre, cropped", "crop"), ("All of it, squashed", "squash"))


class PreprocessingRow(QWidget):
    """The size is the network's own: it is set where the network is picked."""

    weights_chosen = Signal(object)  # Weights: those that are looked through, with other preprocessing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights = RANDOM_WEIGHTS
        self.fit, self.normalisation = QComboBox(), QComboBox()
        self.fit.setAccessibleName("What of the picture is seen")
        self.fit.setToolTip("What of the picture is resized to the network's input")
        self.normalisation.setAccessibleName("Normalisation")
        self.normalisation.setToolTip("What the picture's values are brought to before the network sees them")
        self.remarks = label("", "caption", wrap=True)
        for title, fit in _FITS:
            self.fit.addItem(title, fit)
        self.fit.activated.connect(self._choose)
        self.normalisation.activated.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label("Picture", "muted"))
        row.addWidget(self.fit)
        row.addSpacing(8)
        row.addWidget(label("Normalisation", "muted"))
        row.addWidget(self.normalisation)
        row.addSpacing(8)
        row.addWidget(self.remarks, 1)
        self.offer(None, RANDOM_WEIGHTS)

    def offer(self, spec: ModelSpec | None, current: Weights) -> None:
        """List what suits the network's pictures; ``current`` is what it has."""
        self._weights = current
        choices = self.normalisation
        choices.clear()
        choices.addItem(_AS_NEEDED, "")
        for each in NORMALISATIONS:
            if spec is not None and spec.input_shape and each.suits(spec.input_shape[0]):  # else it takes a number
                choices.addItem(each.title, each.name)
        if choices.findData(current.normalise) < 0:
            choices.addItem(current.normalise, current.normalise)
        choices.setCurrentIndex(choices.findData(current.normalise))
        self.fit.setCurrentIndex(self.fit.findData(current.fit))

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Say what is to be said of the weights that maps come from."""
        self.remarks.setText(" ".join(notes))

    @Slot()
    def _choose(self) -> None:
        how = {"normalise": self.normalisation.currentData(), "fit": self.fit.currentData()}
        self.weights_chosen.emit(replace(self._weights, **how))
