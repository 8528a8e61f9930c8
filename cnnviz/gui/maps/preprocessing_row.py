"""What is done to the picture before the network sees it, and what is to be said of that and of the weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.pictures.normalisations import NORMALISATIONS
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

if TYPE_CHECKING:
    from cnnviz.gui.maps.normalisation_dialog import NormalisationDialog

_AS_NEEDED = "As the weights need"
_OTHER = "Other mean and deviation…"
_FITS = ((_AS_NEEDED, ""), ("Centre, cropped", "crop"), ("All of it, squashed", "squash"))


class PreprocessingRow(QWidget):
    """The size is the network's own: it is set where the network is picked."""

    weights_chosen = Signal(object)  # Weights: those that are looked through, with other preprocessing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights = RANDOM_WEIGHTS
        self._spec: ModelSpec | None = None
        self.dialog: NormalisationDialog | None = None
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
        self._weights, self._spec = current, spec
        choices = self.normalisation
        choices.clear()
        choices.addItem(_AS_NEEDED, "")
        for each in NORMALISATIONS:
            if spec is not None and spec.input_shape and each.suits(spec.input_shape[0]):  # else it takes a number
                choices.addItem(each.title, each.name)
        if choices.findData(current.normalise) < 0:
            choices.addItem(current.normalise.replace(",", ", "), current.normalise)
        if _shape_of(spec) is not None:
            choices.addItem(_OTHER, _OTHER)
        choices.setCurrentIndex(choices.findData(current.normalise))
        self.fit.setCurrentIndex(self.fit.findData(current.fit))

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Say what is to be said of the weights that maps come from."""
        self.remarks.setText(" ".join(notes))

    def end(self) -> None:
        """End the thread."""
        if self.dialog is not None:
            self.dialog.end()

    @Slot()
    def _choose(self) -> None:
        if self.normalisation.currentData() == _OTHER:
            self.normalisation.setCurrentIndex(self.normalisation.findData(self._weights.normalise))
            self._ask()
            return
        how = {"normalise": self.normalisation.currentData(), "fit": self.fit.currentData()}
        self.weights_chosen.emit(replace(self._weights, **how))

    def _ask(self) -> None:
        """Ask for numbers."""
        from cnnviz.gui.maps.normalisation_dialog import NormalisationDialog  # with NumPy

        if (shape := _shape_of(self._spec)) is None:
            return
        if self.dialog is None:
            self.dialog = NormalisationDialog(self)
            self.dialog.chosen.connect(self._take)
        self.dialog.ask(self._weights.normalise, shape)

    @Slot(str)
    def _take(self, normalise: str) -> None:
        self.weights_chosen.emit(replace(self._weights, normalise=normalise))


def _shape_of(spec: ModelSpec | None) -> tuple[int, int, int] | None:
    """Return (C, H, W) of the pictures that a network takes; None: it takes none."""
    if spec is None or len(spec.input_shape) not in (3, 4):
        return None
    return spec.input_shape[0], spec.input_shape[-2], spec.input_shape[-1]
