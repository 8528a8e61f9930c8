"""Loss and accuracy as they come. ``append`` stores; only one timer paints, 30 times a second at most."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.training.curve_buffer import CurveBuffer, Floats
from cnnviz.gui.training.curve_plot import CurvePlot
from cnnviz.training.events import EpochDone, StepsDone

_PAINT_MS = 33
_SMOOTHING = 90  # percent that the mean keeps at each step
_HINT = "Point at a curve to read it. The wheel zooms, a double click shows all."


class LivePlots(QWidget):
    """Two plots that share their time axis: loss left, accuracy right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buffer = CurveBuffer(_SMOOTHING / 100)
        self._steps_per_epoch = 0
        self.loss = CurvePlot("Loss", "cross entropy, nats")
        self.accuracy = CurvePlot("Accuracy", "0 to 1", most=1.0)
        self.accuracy.plot.setXLink(self.loss.plot)
        self._readout = Caption(2, _HINT)
        self.logarithmic = QCheckBox("Logarithmic loss")
        self.logarithmic.toggled.connect(self._set_logarithmic)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setValue(_SMOOTHING)
        self.smoothing.setFixedWidth(90)
        self.smoothing.setToolTip("How much of the past the strong curve keeps at each step")
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.valueChanged.connect(self._smooth)
        self._painting = QTimer(self, singleShot=True, interval=_PAINT_MS)
        self._painting.timeout.connect(self.paint_now)
        self._lay_out()
        for shown in (self.loss, self.accuracy):
            shown.hovered.connect(self._read_out)

    @property
    def readout(self) -> str:
        """What the crosshair reads."""
        return self._readout.text()

    def begin(self, steps_per_epoch: int = 0) -> None:
        """Forget everything. The time axis counts epochs where ``steps_per_epoch`` is known, else steps."""
        self.buffer = CurveBuffer(self.smoothing.value() / 100)
        self.set_steps_per_epoch(steps_per_epoch)
        self._readout.setText(_HINT)

    def set_steps_per_epoch(self, steps_per_epoch: int) -> None:
        """Count the time axis in epochs of so many steps."""
        self._steps_per_epoch = steps_per_epoch
        for shown in (self.loss, self.accuracy):
            shown.set_time_unit("epoch" if steps_per_epoch else "step")
        self._paint_soon()

    def append(self, events: Iterable[StepsDone | EpochDone]) -> None:
        """Store what came; it is painted with the next tick."""
        for event in events:
            if isinstance(event, StepsDone):
                self.buffer.add_steps(event)
            else:
                self.buffer.add_epoch(event)
        self._paint_soon()

    @Slot()
    def paint_now(self) -> None:
        """Bring the curves up to date."""
        buffer, scale = self.buffer, 1.0 / max(self._steps_per_epoch, 1)
        steps, tests = buffer.steps.values * scale, buffer.test_steps.values * scale
        self.loss.draw(steps, buffer.loss.raw.values, buffer.loss.mean.values, tests, buffer.test_loss.values)
        accuracy = buffer.accuracy
        self.accuracy.draw(steps, accuracy.raw.values, accuracy.mean.values, tests, buffer.test_accuracy.values)

    def _paint_soon(self) -> None:
        if not self._painting.isActive():
            self._painting.start()

    @Slot(bool)
    def _set_logarithmic(self, on: bool) -> None:
        self.loss.set_logarithmic(on)

    @Slot(int)
    def _smooth(self, percent: int) -> None:
        self.buffer.loss.set_memory(percent / 100)
        self.buffer.accuracy.set_memory(percent / 100)
        self._paint_soon()

    @Slot(object)
    def _read_out(self, time: float | None) -> None:
        for shown in (self.loss, self.accuracy):
            shown.show_crosshair(time)
        self._readout.setText(_HINT if time is None else self.values_at(time) or _HINT)

    def values_at(self, time: float) -> str:
        """Return what the curves say at a position of the time axis."""
        step = time * max(self._steps_per_epoch, 1)
        at, tested = self.buffer.nearest(step), self.buffer.nearest_test(step)
        parts = []
        if at is not None:
            loss, accuracy = self.buffer.loss, self.buffer.accuracy
            parts += [f"step {int(self.buffer.steps.values[at]):,}"]
            parts += [f"loss {_number(loss.raw.values, at)} (smoothed {_number(loss.mean.values, at)})"]
            parts += [f"accuracy {_percent(accuracy.raw.values, at)} (smoothed {_percent(accuracy.mean.values, at)})"]
        if tested is not None:
            test_loss, test_accuracy = self.buffer.test_loss.values, self.buffer.test_accuracy.values
            parts += [f"test loss {_number(test_loss, tested)}, test accuracy {_percent(test_accuracy, tested)}"]
        return "  ·  ".join(parts)

    def _lay_out(self) -> None:
        plots = QHBoxLayout()
        plots.setSpacing(10)
        plots.addWidget(self.loss, 1)
        plots.addWidget(self.accuracy, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._readout, 1)
        below.addWidget(self.logarithmic)
        below.addSpacing(8)
        below.addWidget(label("Smoothing", "caption"))
        below.addWidget(self.smoothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(plots, 1)
        column.addLayout(below)


def _number(values: Floats, at: int) -> str:
    return f"{values[at]:.4f}"


def _percent(values: Floats, at: int) -> str:
    return f"{values[at]:.1%}"
