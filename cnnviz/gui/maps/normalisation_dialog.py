"""Which mean and standard deviation a picture is brought to: typed, or measured of data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui.data.data_chooser import DataChooser
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.parts.labels import Caption, Role, set_role
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.pictures.normalisations import normalisation_named
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.picture_set import pictures_of

if TYPE_CHECKING:
    from cnnviz.training.data.measured import Told

_MOST = 2000  # pictures of data that are measured, a fair sample
_WIDTH = 460  # screen pixels


class NormalisationDialog(QDialog):
    """Opened, not executed: the window lives on behind it."""

    chosen = Signal(str)  # as ``pictures.normalisations`` reads it
    _told = Signal(object, object)  # int done, int of

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Normalisation")
        self.setMinimumWidth(_WIDTH)
        self._shape = (3, 224, 224)
        self._control = Control()
        self._jobs = LatestJob(self, "measure")
        self.mean, self.deviation = QLineEdit(), QLineEdit()
        self.data = DataChooser(brief=True)
        self.measure = QPushButton("Measure")
        self.measure.setToolTip("Take the mean and the deviation of the pictures that these data train on")
        self.said = Caption(3)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._connect()
        self._lay_out()

    def ask(self, current: str, shape: tuple[int, int, int]) -> None:
        """Ask for another than ``current``, for a network with inputs of this shape, (C, H, W)."""
        self._shape = shape
        try:
            known = normalisation_named(current, shape[0]) if current else None
        except CnnvizError:
            known = None
        mean, deviation = ((0.0,), (1.0,)) if known is None else known
        self._fill(mean, deviation)
        each = "one number" if shape[0] == 1 else f"one number, or {shape[0]} with commas between them"
        self._say(f"The network sees (value − mean) ÷ deviation, where the picture's values are 0 to 1. Type {each}.")
        self.open()

    def end(self) -> None:
        """End the thread."""
        self._control.stop()
        self._jobs.close()
        self.close()

    @Slot()
    def accept(self) -> None:
        """Choose what stands in the fields, where that is a normalisation."""
        mean, deviation = (_numbers(field.text()) for field in (self.mean, self.deviation))
        longest = max(len(mean), len(deviation))
        mean, deviation = (each * longest if len(each) == 1 else each for each in (mean, deviation))
        text = ",".join((*mean, *deviation))
        try:
            if len(mean) != len(deviation):
                raise CnnvizError("There are not as many deviations as means.", "Type as many of both, or one of each.")
            normalisation_named(text, self._shape[0])
        except CnnvizError as error:
            self._say(str(error), "error")
            return
        super().accept()
        self.chosen.emit(text)

    @Slot()
    def _measure(self) -> None:
        self._control.stop()
        self._control = Control()
        self.measure.setEnabled(False)
        self._say("Reading the data…")
        self._jobs.submit(partial(_measured, self.data.data, self._shape, self._control, self._told.emit))

    @Slot(object)
    def _take(self, text: str | None) -> None:
        self.measure.setEnabled(True)
        if text is not None:
            numbers = tuple(map(float, text.split(",")))
            self._fill(numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :])
            self._say(f"Measured of {self.data.title}, of {_MOST:,} pictures to train on where there are more.")

    @Slot(object)
    def _refuse(self, error: CnnvizError) -> None:
        self.measure.setEnabled(True)
        self._say(str(error), "error")

    @Slot(object, object)
    def _show_progress(self, done: int, of: int) -> None:
        if self._jobs.busy:
            self._say(f"{done:,} of {units.counted(of, 'picture')} measured…")

    def _fill(self, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        for field, numbers in ((self.mean, mean), (self.deviation, deviation)):
            field.setText(", ".join(f"{number:.10g}" for number in numbers))

    def _say(self, text: str, role: Role = "caption") -> None:
        set_role(self.said, role)
        self.said.setText(text)

    def _connect(self) -> None:
        self.measure.clicked.connect(self._measure)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._jobs.succeeded.connect(self._take)
        self._jobs.failed.connect(self._refuse)
        self._told.connect(self._show_progress)

    def _lay_out(self) -> None:
        self.measure.setAutoDefault(False)
        data = QHBoxLayout()
        data.addWidget(self.data, 1)
        data.addWidget(self.measure)
        form = QFormLayout(self)
        form.addRow("Mean", self.mean)
        form.addRow("Standard deviation", self.deviation)
        form.addRow("Or those of data", data)
        form.addRow(self.said)
        form.addRow(self.buttons)

    # Overrides of Qt.

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._control.stop()


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _measured(data: str, shape: tuple[int, int, int], control: Control, tell: Told) -> str | None:
    """Runs in the worker thread; None: nobody waits for it any more."""

    def told(done: int, of: int) -> None:
        control.heed()
        tell(done, of)

    try:
        from cnnviz.training.data.measured import measured  # with torch, which the first frame does without

        pictures = pictures_of(Shelf().contents(data, control=control), "train", _MOST)
        return measured(pictures, shape, told)
    except StoppedError:
        return None
