"""Loss, accuracy and learning rate as they come. ``append`` stores; what nobody sees is not drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.parts.looks import follow_looks
from cnnviz.gui.parts.plots.plot_axis import Axis
from cnnviz.gui.parts.plots.plot_content import PlotContent, Series
from cnnviz.gui.parts.room_for_lines import RoomForLines
from cnnviz.gui.theme import colors_of, plot_colors_of, series_colors_of
from cnnviz.gui.training.curve_buffer import CurveBuffer
from cnnviz.gui.training.curve_plot import CurvePlot
from cnnviz.gui.training.plot_bar import PlotBar
from cnnviz.gui.training.plot_readout import values_at
from cnnviz.gui.training.run_curves import (
    Drawn,
    Quantity,
    References,
    RunCurves,
    best_epoch_of,
    in_words,
    other_series,
    own_series,
    rate_series,
    references_of,
)
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import RunStarted

_HINT = "Point at a curve to read it. The wheel zooms, a double click shows all."
_OWN_COLORS = 2  # of the series' colours: training and test


class LivePlots(RoomForLines):
    """Plots that share their time axis: loss left, accuracy right, the learning rate where it is wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss = CurvePlot("Loss", "cross entropy, nats")
        self.accuracy = CurvePlot("Accuracy", "0 to 1")
        self.rate = CurvePlot("Learning rate", "of each step")
        self.rate.hide()
        self.comparison = label("", "muted", wrap=True, selectable=True)
        self.comparison.hide()
        self.cards = (self.loss, self.accuracy, self.rate)
        self._readout = Caption(2, _HINT)
        self.bar = PlotBar(self._readout)
        self.bar.changed.connect(self._paint_soon)
        self.bar.smoothing.valueChanged.connect(self._smooth)
        self.bar.with_rate.toggled.connect(self.rate.setVisible)
        self.curves = RunCurves(CurveBuffer(self.bar.memory))
        self._others: tuple[RunCurves, ...] = ()
        self._references: Mapping[Quantity, References] = {"loss": References(), "accuracy": References()}
        self._painting = QTimer(self, singleShot=True, interval=0)
        self._painting.timeout.connect(self._paint_if_seen)
        self._lay_out()
        for card in self.cards:
            card.view.hovered.connect(self._read_out)
            card.view.x_axis_wanted.connect(self._zoom)
        follow_looks(self, self._dress)

    @property
    def buffer(self) -> CurveBuffer:
        """The numbers of the run on the page."""
        return self.curves.buffer

    @property
    def others(self) -> tuple[RunCurves, ...]:
        """The runs beside it."""
        return self._others

    @property
    def readout(self) -> str:
        """What the crosshair reads."""
        return self._readout.text()

    def begin(self, started: RunStarted | None = None, config: TrainConfig | None = None) -> None:
        """Forget everything but the runs beside it. The time axis counts epochs once it is known how long one is."""
        self.curves = RunCurves(CurveBuffer(self.bar.memory), name=self.curves.name, config=config)
        if started is not None:
            self.curves.start(started)
        self._readout.setText(_HINT)
        for card in self.cards:
            card.view.show_everything()
        self._compare()
        self._dress()

    def append(self, events: Iterable[Drawn]) -> None:
        """Store what came; it is painted with the next turn."""
        if told := tuple(events):
            self.curves.take(told)
            self._compare()
            self._paint_soon()

    def show_beside(self, others: Sequence[RunCurves], name: str = "") -> None:
        """Show other runs beside the one on the page, which is called ``name`` among them."""
        self._others, self.curves.name = tuple(others), name if others else ""
        self._compare()
        self._paint_soon()

    def _compare(self) -> None:
        said = in_words((self.curves, *self._others)) if self._others else ""
        if said != self.comparison.text():
            self.comparison.setText(said)
            self.comparison.setVisible(bool(said))

    @Slot()
    def paint_now(self) -> None:
        """Bring the curves up to date."""
        self._painting.stop()
        for card, content in self.contents(self.palette(), self._references):
            card.show_content(content)
        tallest = max(card.legend_height() for card in self.cards if card.isVisibleTo(self))
        for card in self.cards:
            card.give_legend(tallest)

    def contents(
        self, palette: QPalette, behind: Mapping[Quantity, References] | None = None
    ) -> Iterator[tuple[CurvePlot, PlotContent]]:
        """Yield each plot that is wanted, and what it shows in the colours for this palette."""
        references = behind or self._references_on(palette)
        bounds: tuple[tuple[CurvePlot, Quantity, tuple[float, float] | None], ...]
        bounds = ((self.loss, "loss", None), (self.accuracy, "accuracy", (0.0, 1.0)))
        logarithmic = self.bar.logarithmic.isChecked()
        for card, quantity, limits in bounds:
            series = self._series(quantity, palette)
            is_logarithmic = logarithmic and quantity == "loss"
            content = self._content(series, references[quantity], bounds=limits, logarithmic=is_logarithmic)
            yield card, replace(content, places=best_epoch_of(self.curves)) if card is self.accuracy else content
        if self.rate.isVisibleTo(self):
            yield self.rate, self._content(self._rates(palette), References())

    def _series(self, quantity: Quantity, palette: QPalette) -> tuple[Series, ...]:
        by_epoch = self.bar.by_epoch
        made = [*own_series(self.curves, quantity, plot_colors_of(palette), by_epoch)]
        for other, color in self._colored(palette):
            made += other_series(other, quantity, color, by_epoch)
        return tuple(made)

    def _rates(self, palette: QPalette) -> tuple[Series, ...]:
        made = [*rate_series(self.curves, plot_colors_of(palette).train, self.curves.name)]
        for other, color in self._colored(palette):
            made += rate_series(other, color, other.name)
        return tuple(made)

    def _colored(self, palette: QPalette) -> list[tuple[RunCurves, str]]:
        colors = series_colors_of(palette)[_OWN_COLORS:]
        return [(other, colors[at % len(colors)]) for at, other in enumerate(self._others)]

    def _content(
        self,
        series: tuple[Series, ...],
        behind: References,
        *,
        bounds: tuple[float, float] | None = None,
        logarithmic: bool = False,
    ) -> PlotContent:
        begun = [each for each in (self.curves, *self._others) if each.steps_per_epoch]
        in_epochs, lengths = bool(begun), [each.epochs for each in begun]
        return PlotContent(
            x_title="epoch" if in_epochs else "step",
            series=(*behind.series, *series),
            bands=behind.bands,
            levels=behind.levels,
            bounds=bounds,
            x_end=float(max(lengths)) if in_epochs and all(lengths) else None,
            shaded=in_epochs,
            logarithmic=logarithmic,
        )

    @Slot()
    def _dress(self) -> None:
        self._references = self._references_on(self.palette())
        self._paint_soon()

    def _references_on(self, palette: QPalette) -> dict[Quantity, References]:
        color = colors_of(palette).good
        return {
            "loss": references_of(self.curves, "loss", color),
            "accuracy": references_of(self.curves, "accuracy", color),
        }

    @Slot()
    def _paint_soon(self) -> None:
        if not self._painting.isActive():
            self._painting.start()

    @Slot()
    def _paint_if_seen(self) -> None:
        if self.isVisible():
            self.paint_now()

    @Slot()
    def _smooth(self) -> None:
        for each in (self.curves, *self._others):
            each.buffer.set_memory(self.bar.memory)
        self._paint_soon()

    @Slot(object)
    def _zoom(self, axis: Axis | None) -> None:
        for card in self.cards:
            card.view.set_x_axis(axis)

    @Slot(object)
    def _read_out(self, time: float | None) -> None:
        for card in self.cards:
            card.view.show_crosshair(time)
        self._readout.setText(_HINT if time is None else self.values_at(time) or _HINT)

    def values_at(self, time: float) -> str:
        """Return what the curves of the run on the page say at a position of the time axis."""
        return values_at(self.curves, time)

    def _lay_out(self) -> None:
        plots = QHBoxLayout()
        plots.setSpacing(10)
        for card in self.cards:
            plots.addWidget(card, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(plots, 1)
        column.addWidget(self.comparison)
        column.addWidget(self.bar)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._paint_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint_soon()
