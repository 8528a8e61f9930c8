"""Which epoch of a run is looked at: the newest, unless an earlier one was chosen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from cnnviz.gui.parts.labels import label


class EpochSlider(QWidget):
    """Follows the run while it stands at its right end."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs: list[int] = []
        self._text = label("", "caption")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Epoch")
        self.slider.valueChanged.connect(self._tell)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text)
        row.addWidget(self.slider, 1)
        self.clear()

    @property
    def epoch(self) -> int | None:
        """The one that is looked at; None: there is none yet."""
        return self._epochs[min(self.slider.value(), len(self._epochs) - 1)] if self._epochs else None

    def clear(self) -> None:
        """Know no epoch."""
        self._epochs = []
        self._fit(0)

    def add(self, epochs: Iterable[int]) -> None:
        """Know these too; one that is known is another now."""
        new = list(epochs)
        if not new:
            return
        newest = self.slider.value() >= len(self._epochs) - 1
        at = self.slider.value()
        for epoch in new:
            place = bisect_left(self._epochs, epoch)
            if self._epochs[place : place + 1] != [epoch]:
                self._epochs.insert(place, epoch)
        self._fit(len(self._epochs) - 1 if newest else at)
        self._tell()

    def _fit(self, value: int) -> None:
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self._epochs) - 1))
        self.slider.setValue(value)
        self.slider.blockSignals(blocked)
        self.setVisible(bool(self._epochs))

    @Slot()
    def _tell(self) -> None:
        self._text.setText(f"After epoch {self.epoch} of {self._epochs[-1]}" if self._epochs else "")
        self.changed.emit()
