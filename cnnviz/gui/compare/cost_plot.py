"""MACs against parameters on logarithmic axes: what torchvision publishes as faint dots, the chosen networks marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.feature_maps.drawn.colors import table
from cnnviz.gui.compare.contestants import Published, plotted
from cnnviz.gui.parts.color_scale import ColorScale
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plots.plot_menu import own_menu
from cnnviz.gui.parts.plots.power_axis import PowerAxis, dress
from cnnviz.gui.theme import plot_colors_of
from cnnviz.inspection.comparison import NetworkTotals

_HINT = "Each faint dot is a network of torchvision. Point at one to read it; click to add it."
_MARK, _DOT = 13, 8  # pixels across
_LEAST = 240  # pixels high, in text of the usual size: below it the page is scrolled
_NEAR = 0.09  # of the plot's height: labels closer than this stand one over the other


class CostPlot(QFrame):
    """A card with a plot, what the dot under the mouse is, and what the colours say."""

    network_chosen = Signal(str)  # name of the dot that was clicked

    def __init__(self, published: Sequence[Published], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._published = tuple(published)
        axes = {"bottom": PowerAxis("bottom"), "left": PowerAxis("left")}
        self.plot = pg.PlotWidget(axisItems=axes, enableMenu=False)
        own_menu(self.plot)
        self.plot.hideButtons()
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self.plot.setAccessibleName("Multiply-adds against parameters")
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its dots are found by name in the field above, too
        self.plot.setLogMode(x=True, y=True)
        self.plot.setLabel("bottom", "parameters")
        self.plot.setLabel("left", "multiply-adds for one picture")
        for side in axes.values():
            side.enableAutoSIPrefix(False)
        self._dots = pg.ScatterPlotItem(size=_DOT, hoverable=True, hoverSize=_DOT + 5, tip=None)
        self._marks = pg.ScatterPlotItem(size=_MARK)
        self._names: list[pg.TextItem] = []
        self.plot.addItem(self._dots)
        self.plot.addItem(self._marks)
        self._dots.sigHovered.connect(self._read_out)
        self._dots.sigClicked.connect(self._choose)
        self._readout = label(_HINT, "caption", wrap=True)
        self.scale = ColorScale()
        self._networks: tuple[NetworkTotals, ...] = ()
        self._colors: Sequence[QColor] = ()
        self._lay_out()
        follow_looks(self, self._dress)

    @property
    def readout(self) -> str:
        """What is said of the dot under the mouse."""
        return self._readout.text()

    @property
    def marked(self) -> list[str]:
        """The names that stand in the plot."""
        return [str(item.toPlainText()) for item in self._names]

    def show_networks(self, networks: Sequence[NetworkTotals], colors: Sequence[QColor]) -> None:
        """Mark and name these networks."""
        self._networks, self._colors = tuple(networks), colors
        self._draw_marks()
        self._fit()

    def describe(self, published: Published | None) -> None:
        """Say what a dot is; None: the hint."""
        self._readout.setText(_HINT if published is None else published_text(published))

    @Slot(object, object, object)
    def _read_out(self, _item: object, points: Sequence[pg.SpotItem], _event: object) -> None:
        self.describe(points[0].data() if len(points) else None)

    @Slot(object, object, object)
    def _choose(self, _item: object, points: Sequence[pg.SpotItem], _event: object) -> None:
        if len(points):
            self.network_chosen.emit(points[0].data().name)

    def _draw_dots(self) -> None:
        levels = accuracy_levels(self._published)
        colors = table("cividis")[levels]
        surface = plot_colors_of(self.palette()).text
        self._dots.setData(
            x=[np.log10(each.params) for each in self._published],
            y=[np.log10(each.macs) for each in self._published],
            brush=[pg.mkBrush(*map(int, color[:3]), 190) for color in colors],
            pen=pg.mkPen(surface, width=0.5),
            data=list(self._published),
        )

    def _draw_marks(self) -> None:
        for item in self._names:
            self.plot.removeItem(item)
        self._names = []
        shown = [
            (network.name, *np.log10(place), color)
            for network, color in zip(self._networks, self._colors, strict=False)
            if (place := plotted(network)) is not None
        ]
        pens = [pg.mkPen(color, width=3) for *_, color in shown]
        xs, ys = [x for _, x, _, _ in shown], [y for _, _, y, _ in shown]
        self._marks.setData(x=xs, y=ys, pen=pens, brush=pg.mkBrush(plot_colors_of(self.palette()).background))
        for (name, x, y, color), anchor in zip(shown, anchors(xs, ys), strict=True):
            self._name(name, x, y, color, anchor)

    def _name(self, name: str, x: float, y: float, color: QColor, anchor: tuple[float, float]) -> None:
        item = pg.TextItem(name, color=color, anchor=anchor)
        item.fill = pg.mkBrush(plot_colors_of(self.palette()).background)
        item.setPos(x, y)
        item.setZValue(5)
        self.plot.addItem(item, ignoreBounds=True)
        self._names.append(item)

    def _fit(self) -> None:
        self.plot.getViewBox().autoRange(padding=0.08)

    @Slot()
    def _dress(self) -> None:
        self.setMinimumHeight(room_for_text(self, _LEAST))
        dress(self.plot, self)
        self._draw_dots()
        self._draw_marks()

    def _lay_out(self) -> None:
        self.scale.set_colors(table("cividis"))
        accuracies = [each.top1 for each in self._published]
        self.scale.set_range(min(accuracies, default=0.0), max(accuracies, default=100.0))
        title = QVBoxLayout()
        title.setSpacing(2)
        title.addWidget(label("Cost", "heading"))
        title.addWidget(self._readout)
        legend = QVBoxLayout()
        legend.setSpacing(2)
        legend.addWidget(label("top-1 accuracy on ImageNet, %", "caption"))
        legend.addWidget(self.scale)
        top = QHBoxLayout()
        top.setContentsMargins(12, 8, 12, 0)
        top.addLayout(title, 1)
        top.addLayout(legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 6, 4)
        column.addLayout(top)
        column.addWidget(self.plot, 1)


def published_text(published: Published) -> str:
    """Return name, cost and accuracy in one line."""
    cost = f"{units.short(published.params)} parameters, {units.short(published.macs, 'MACs')}"
    return f"{published.title}: {cost}, top-1 {published.top1:.1f} %"


def accuracy_levels(published: Sequence[Published]) -> list[int]:
    """Return each network's place in a table of colours, 1..255."""
    low = min((each.top1 for each in published), default=0.0)
    span = max((each.top1 for each in published), default=0.0) - low
    return [round(1 + 254 * (each.top1 - low) / span) if span else 128 for each in published]


def anchors(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """Return where each name hangs at its mark: right of it, left of it where there is no room, above where it is near.

    (0, 0.5) puts the left edge's middle onto the mark.
    """
    made = []
    for position, (x, y) in enumerate(zip(xs, ys, strict=True)):
        near = [other for other in range(len(xs)) if other != position and abs(ys[other] - y) < 4 * _NEAR]
        side = -0.12 if x < 7.9 else 1.12
        rank = sum(ys[other] > y or (ys[other] == y and other < position) for other in near)
        made.append((side, 0.5 if not near else 1.1 if rank == 0 else -0.1))
    return made
