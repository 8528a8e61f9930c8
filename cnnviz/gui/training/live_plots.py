"""Loss and accuracy as they come. ``append`` stores; what nobody sees is not drawn."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.parts.looks import follow_looks
from cnnviz.gui.parts.plots.plot_axis import Axis
from cnnviz.gui.parts.plots.plot_content import PlotContent, Series
from cnnviz.gui.theme import plot_colors_of
from cnnviz.gui.training.curve_buffer import CurveBuffer, Floats, Smoothed
from cnnviz.gui.training.curve_plot import CurvePlot
from cnnviz.training.events import EpochDone, StepsDone

_SMOOTHING = 90  # percent that the mean keeps at each step
_HINT = "Point at a curve to read it. The wheel zooms, a double click shows all."


class LivePlots(QWidget):
    """Two plots that share their time axis: loss left, accuracy right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buffer = CurveBuffer(_SMOOTHING / 100)
        self._steps_per_epoch = 0
        self._epochs = 0
        self.loss = CurvePlot("Loss", "cross entropy, nats")
        self.accuracy = CurvePlot("Accuracy", "0 to 1")
        self._readout = Caption(2, _HINT)
        self.logarithmic = QCheckBox("Logarithmic loss")
        self.logarithmic.toggled.connect(self._paint_soon)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setValue(_SMOOTHING)
        self.smoothing.setFixedWidth(90)
        self.smoothing.setToolTip("How much of the past the strong curve keeps at each step")
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.valueChanged.connect(self._smooth)
        self._painting = QTimer(self, singleShot=True, interval=0)
        self._painting.timeout.connect(self._paint_if_seen)
        self._lay_out()
        for shown in (self.loss, self.accuracy):
            shown.view.hovered.connect(self._read_out)
            shown.view.x_axis_wanted.connect(self._zoom)
        follow_looks(self, self._paint_soon)

    @property
    def readout(self) -> str:
        """What the crosshair reads."""
        return self._readout.text()

    def begin(self, steps_per_epoch: int = 0, epochs: int = 0) -> None:
        """Forget everything. The time axis counts epochs where ``steps_per_epoch`` is known, else steps."""
        self.buffer = CurveBuffer(self.smoothing.value() / 100)
        self._steps_per_epoch, self._epochs = steps_per_epoch, epochs
        self._readout.setText(_HINT)
        for shown in (self.loss, self.accuracy):
            shown.view.show_everything()
        self._paint_soon()

    def append(self, events: Iterable[StepsDone | EpochDone]) -> None:
        """Store what came; it is painted with the next turn."""
        told = tuple(events)
        self.buffer.add_steps(*(event for event in told if isinstance(event, StepsDone)))
        for event in told:
            if isinstance(event, EpochDone):
                self.buffer.add_epoch(event)
        if told:
            self._paint_soon()

    @Slot()
    def paint_now(self) -> None:
        """Bring the curves up to date."""
        self._painting.stop()
        buffer, scale = self.buffer, 1.0 / max(self._steps_per_epoch, 1)
        steps, tests = buffer.steps.values * scale, buffer.test_steps.values * scale
        logarithmic = self.logarithmic.isChecked()
        losses = self._curves(steps, buffer.loss, tests, buffer.test_loss.values)
        self.loss.show_content(self._content(losses, logarithmic=logarithmic))
        accuracies = self._curves(steps, buffer.accuracy, tests, buffer.test_accuracy.values)
        self.accuracy.show_content(self._content(accuracies, bounds=(0.0, 1.0)))

    def _curves(self, steps: Floats, trained: Smoothed, tests: Floats, tested: Floats) -> tuple[Series, ...]:
        colors = plot_colors_of(self.palette())
        return (
            Series("training", steps, trained.mean.values, colors.train),
            Series("each step", steps, trained.raw.values, colors.train_faint, "faint"),
            Series("test", tests, tested, colors.test, "marks"),
        )

    def _content(
        self, series: tuple[Series, ...], *, bounds: tuple[float, float] | None = None, logarithmic: bool = False
    ) -> PlotContent:
        in_epochs = self._steps_per_epoch > 0
        return PlotContent(
            x_title="epoch" if in_epochs else "step",
            series=series,
            bounds=bounds,
            x_end=float(self._epochs) if in_epochs and self._epochs else None,
            shaded=in_epochs,
            logarithmic=logarithmic,
        )

    @Slot()
    def _paint_soon(self) -> None:
        if not self._painting.isActive():
            self._painting.start()

    @Slot()
    def _paint_if_seen(self) -> None:
        if self.isVisible():
            self.paint_now()

    @Slot(int)
    def _smooth(self, percent: int) -> None:
        self.buffer.set_memory(percent / 100)
        self._paint_soon()

    @Slot(object)
    def _zoom(self, axis: Axis | None) -> None:
        for shown in (self.loss, self.accuracy):
            shown.view.set_x_axis(axis)

    @Slot(object)
    def _read_out(self, time: float | None) -> None:
        for shown in (self.loss, self.accuracy):
            shown.view.show_crosshair(time)
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

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._paint_soon()


def _number(values: Floats, at: int) -> str:
    return f"{values[at]:.4f}"


def _percent(values: Floats, at: int) -> str:
    return f"{values[at]:.1%}"
