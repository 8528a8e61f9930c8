"""A slider over the epochs whose weights a run has kept: maps and kernels step through learning."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QWidget

from cnnviz.gui.maps.epochs import Epochs
from cnnviz.gui.maps.resolving import State
from cnnviz.gui.parts.labels import label
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

_PAUSE = 400  # milliseconds that each epoch is seen for, at least


class EpochsBar(QWidget):
    """Hidden while the weights are of no run, or of one that has kept a single epoch."""

    weights_chosen = Signal(object)  # Weights

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Epoch")
        self.slider.setToolTip("The epochs whose weights the run has kept; 0 is before the first step")
        self.slider.setPageStep(1)
        self.play = QToolButton()
        self.play.setText("Play")
        self.play.setCheckable(True)
        self.play.setToolTip("Step through the epochs, one after another")
        self.best = QToolButton()
        self.best.setText("Best")
        self.best.setToolTip("The epoch with the highest test accuracy")
        self.best.clicked.connect(self._go_to_best)
        self._number = label("", "plain")
        self._epochs: Epochs | None = None
        self._weights = RANDOM_WEIGHTS
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE)
        self._timer.timeout.connect(self._go_on)
        self.slider.valueChanged.connect(self._choose)
        self.play.toggled.connect(self._play)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        row.addWidget(label("Epoch", "muted"))
        row.addWidget(self.slider, 1)
        for widget in (self._number, self.best, self.play):
            row.addWidget(widget)
        self.hide()

    @property
    def epochs(self) -> Epochs | None:
        """What the slider goes over."""
        return self._epochs

    def apply(self, before: State, after: State) -> None:
        """Follow the weights that are wanted; while playing, go on once what is wanted is seen."""
        if after.epochs is not before.epochs or after.offer != before.offer:
            self._show(after.epochs, after.offer.weights)
        is_seen = not after.waiting and after.ask is None and after.ask_beside is None
        if self.play.isChecked() and is_seen and not self._timer.isActive():
            self._timer.start()

    def _show(self, epochs: Epochs | None, weights: Weights) -> None:
        self._epochs, self._weights = epochs, weights
        self.setVisible(epochs is not None and len(epochs.saved) > 1)
        if epochs is None or len(epochs.saved) < 2:
            self.play.setChecked(False)
            return
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(epochs.saved) - 1)
        self.slider.setValue(epochs.position(weights))
        self.slider.blockSignals(False)
        self.best.setVisible(epochs.best_position is not None)
        self._say()

    def _say(self) -> None:
        if self._epochs is not None and 0 <= self.slider.value() < len(self._epochs.saved):
            last = self._epochs.saved[-1][0]
            self._number.setText(f"{self._epochs.saved[self.slider.value()][0]} of {last}")

    @Slot(int)
    def _choose(self, at: int) -> None:
        if self._epochs is not None and 0 <= at < len(self._epochs.saved):
            self._say()
            self.weights_chosen.emit(self._epochs.weights(at, self._weights))

    @Slot()
    def _go_to_best(self) -> None:
        at = None if self._epochs is None else self._epochs.best_position
        if at is not None:
            self.play.setChecked(False)
            self.slider.setValue(at)

    @Slot(bool)
    def _play(self, on: bool) -> None:
        self.play.setText("Pause" if on else "Play")
        if not on:
            self._timer.stop()
        elif self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        else:
            self._timer.start()

    @Slot()
    def _go_on(self) -> None:
        if self.slider.value() == self.slider.maximum():
            self.play.setChecked(False)
        elif self.play.isChecked():
            self.slider.setValue(self.slider.value() + 1)
