"""What runs came to against what they cost: accuracy over multiply-adds, or over time, a dot for each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plots.plot_menu import own_menu
from cnnviz.gui.parts.plots.power_axis import PowerAxis, dress
from cnnviz.gui.theme import colors_of, series_colors_of
from cnnviz.gui.training.run_naming import network_title, run_title
from cnnviz.training.run_list import ListedRun

_DOT, _MARK = 9, 15  # pixels across
_LEAST, _USUAL = 110, 230  # pixels high, in text of the usual size: a plot, and all
_MARGIN, _PADDING, _SPAN = 0.04, 0.12, 0.1  # of accuracy, of what is spanned, and what is at the least
_HINT = "Each dot is a run, each colour a network. Point at one to read it; click to select it in the table."
_UNCOUNTED = "What a picture costs is being counted, of all networks but your own."


@dataclass(frozen=True, slots=True)
class Dot:
    """A run that has been tested at least once."""

    folder: Path
    title: str
    network: str
    accuracy: float  # of the last test, 0..1
    macs: int | None  # multiply-adds for one picture; None: unknown
    seconds: float | None

    @property
    def text(self) -> str:
        """What is said of it, in a line."""
        cost = [
            units.short(self.macs, "MACs") if self.macs else "",
            units.duration(self.seconds) if self.seconds else "",
        ]
        return ", ".join([f"{self.folder.name}: {self.title}", f"{self.accuracy:.2%}", *filter(None, cost)])


def dots_of(runs: Sequence[ListedRun], macs: Mapping[Path, int]) -> list[Dot]:
    """Return the runs that have a place in the plots."""
    return [
        Dot(
            run.folder,
            run_title(run.config),
            network_title(run.config),
            run.final_accuracy,
            macs.get(run.folder),
            run.seconds,
        )
        for run in runs
        if run.config is not None and run.final_accuracy is not None
    ]


class RunsPlot(QWidget):
    """Two plots side by side, hidden while there is nothing to be compared."""

    chosen = Signal(object)  # Path: the run that was clicked

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._readout = Caption(1, _HINT)
        self.over_macs = _Scatter("multiply-adds for one picture", lambda dot: dot.macs)
        self.over_time = _Scatter("training time, s", lambda dot: dot.seconds)
        plots = QHBoxLayout()
        plots.setSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        for title, each in (("Accuracy against cost", self.over_macs), ("Accuracy against time", self.over_time)):
            each.pointed.connect(self._read_out)
            each.clicked.connect(self.chosen)
            plots.addWidget(_card(title, each), 1)
        column.addLayout(plots, 1)
        column.addWidget(self._readout)
        follow_looks(self, self._dress)
        self.hide()

    @property
    def readout(self) -> str:
        """What is said of the dot under the mouse."""
        return self._readout.text()

    def show_dots(self, dots: Sequence[Dot]) -> None:
        """Draw these."""
        for each in (self.over_macs, self.over_time):
            each.show_dots(dots)
        self._read_out(None)
        self.setVisible(len(dots) > 1)

    def mark(self, folder: Path | None) -> None:
        """Mark the run that is selected."""
        for each in (self.over_macs, self.over_time):
            each.mark(folder)

    def sizeHint(self) -> QSize:
        return QSize(640, room_for_text(self, _USUAL))

    @Slot(object)
    def _read_out(self, dot: Dot | None) -> None:
        hint = _HINT if self.over_macs.places else _UNCOUNTED
        self._readout.setText(hint if dot is None else dot.text)

    @Slot()
    def _dress(self) -> None:
        for each in (self.over_macs, self.over_time):
            each.setMinimumHeight(room_for_text(self, _LEAST))
            each.dress()


class _Scatter(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph is untyped
    """Accuracy against one cost, whose axis is logarithmic."""

    pointed = Signal(object)  # Dot | None
    clicked = Signal(object)  # Path

    def __init__(self, cost: str, of: Callable[[Dot], float | None]) -> None:
        super().__init__(axisItems={"bottom": PowerAxis("bottom")}, enableMenu=False)
        self._of = of
        self._dots: list[Dot] = []
        self._marked: Path | None = None
        own_menu(self)
        self.hideButtons()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the table says the same
        self.setAccessibleName(f"Test accuracy against {cost}")
        self.setLogMode(x=True, y=False)
        self.getViewBox().setLimits(yMin=-_MARGIN, yMax=1 + _MARGIN)
        self.setLabel("bottom", cost)
        self.setLabel("left", "test accuracy")
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
        self._ring = pg.ScatterPlotItem(size=_MARK)
        self._items = pg.ScatterPlotItem(size=_DOT, hoverable=True, hoverSize=_DOT + 5, tip=None)
        for item in (self._ring, self._items):
            self.addItem(item)
        self._items.sigHovered.connect(self._point)
        self._items.sigClicked.connect(self._click)

    @property
    def places(self) -> dict[Path, tuple[float, float]]:
        """Cost and accuracy of the runs that are drawn."""
        return {dot.folder: (cost, dot.accuracy) for dot in self._dots if (cost := self._of(dot))}

    def show_dots(self, dots: Sequence[Dot]) -> None:
        """Draw those whose cost is known."""
        drawn = [dot for dot in dots if (self._of(dot) or 0) > 0]
        if drawn != self._dots:
            self._dots = drawn
            self._draw()
            self.getViewBox().autoRange(padding=0.12)
            self.getViewBox().setYRange(*_around([dot.accuracy for dot in drawn]), padding=0)

    def mark(self, folder: Path | None) -> None:
        """Draw a ring around a run."""
        if folder != self._marked:
            self._marked = folder
            self._draw()

    def dress(self) -> None:
        """Follow the theme."""
        dress(self, self.parentWidget() or self)
        self._draw()

    def _draw(self) -> None:
        colors, networks = series_colors_of(self.palette()), list(dict.fromkeys(dot.network for dot in self._dots))
        xs, ys = [np.log10(self._of(dot) or 1) for dot in self._dots], [dot.accuracy for dot in self._dots]
        brushes = [pg.mkBrush(colors[networks.index(dot.network) % len(colors)]) for dot in self._dots]
        self._items.setData(x=xs, y=ys, brush=brushes, pen=None, data=list(self._dots))
        ringed = [at for at, dot in enumerate(self._dots) if dot.folder == self._marked]
        pen = pg.mkPen(colors_of(self.palette()).accent, width=2)
        self._ring.setData(x=[xs[at] for at in ringed], y=[ys[at] for at in ringed], brush=None, pen=pen)

    @Slot(object, object, object)
    def _point(self, _item: object, points: Sequence[pg.SpotItem], _event: object) -> None:
        self.pointed.emit(points[0].data() if len(points) else None)

    @Slot(object, object, object)
    def _click(self, _item: object, points: Sequence[pg.SpotItem], _event: object) -> None:
        if len(points):
            self.clicked.emit(points[0].data().folder)


def _around(accuracies: Sequence[float]) -> tuple[float, float]:
    """Return what of the axis is shown: these, some room, and never much of what no accuracy can be."""
    low, high = min(accuracies, default=0.0), max(accuracies, default=1.0)
    room = max(high - low, _SPAN) * _PADDING + max(0.0, _SPAN - (high - low)) / 2
    return max(low - room, -_MARGIN), min(high + room, 1 + _MARGIN)


def _card(title: str, plot: QWidget) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(6, 6, 6, 4)
    column.setSpacing(2)
    column.addWidget(label(title, "heading"))
    column.addWidget(plot, 1)
    return card
