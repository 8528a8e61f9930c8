"""One plot of a quantity over time: a faint curve for each step, its mean, and a dot for each test."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import follow_looks
from cnnviz.gui.theme import plot_colors_of
from cnnviz.gui.training.curve_buffer import Floats

_MARGIN = 0.03  # of the values' range, beyond it: a dot at 0 or at the top is seen whole
_ENDLESS = 1e300


class NumberAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph is untyped
    """An axis whose numbers are as short as they can be: pyqtgraph's own may say 0.1000000000000003."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return list(super().tickStrings(values, scale, spacing))
        return [f"{value * scale:.6g}" for value in values]


class CurvePlot(QFrame):
    """A card with a title, a legend and a pyqtgraph plot.

    Args:
        title: of the card.
        unit: of the values, in words.
        most: the largest value that there can be; None: there is no such. The smallest is 0.
    """

    hovered = Signal(object)  # float | None: position on the time axis; None: the mouse has left

    def __init__(self, title: str, unit: str, most: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self.setProperty("role", "card")
        axes = {side: NumberAxis(side) for side in ("left", "bottom")}
        self.plot = pg.PlotWidget(axisItems=axes, enableMenu=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it is read with the mouse; its numbers are in the table
        self.plot.hideButtons()
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self.plot.setAccessibleName(title)
        self.setMinimumSize(180, 160)
        self._faint = self._add_curve()
        self._strong = self._add_curve()
        self._tests = self.plot.plot([], [], symbol="o", symbolSize=7)
        self._tests.setZValue(3)
        self._crosshair = pg.InfiniteLine(angle=90, movable=False)
        self._crosshair.hide()
        self.plot.addItem(self._crosshair, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.plot.scene().sigMouseClicked.connect(self._show_everything)
        self._legend = QLabel()
        self._lay_out(title, unit)
        self.plot.getAxis("bottom").enableAutoSIPrefix(False)  # "epoch (x0.001)" is nothing anyone says
        self.set_time_unit("epoch")
        self.set_logarithmic(False)
        follow_looks(self, self._dress)

    def draw(self, steps: Floats, raw: Floats, mean: Floats, tests: Floats, tested: Floats) -> None:
        """Show these curves: time and value of each, (N,)."""
        self._faint.setData(steps, raw)
        self._strong.setData(steps, mean, symbol="o" if len(steps) == 1 else None, symbolSize=5)  # no line has one end
        self._tests.setData(tests, tested)

    def set_time_unit(self, unit: str) -> None:
        """Name the time axis."""
        self.plot.setLabel("bottom", unit)

    def set_logarithmic(self, on: bool) -> None:
        """Scale the values logarithmically."""
        self.plot.setLogMode(x=False, y=on)
        low = -_ENDLESS if on else -_MARGIN * (self._most or 1)
        high = _ENDLESS if on or self._most is None else self._most * (1 + _MARGIN)
        self.plot.getViewBox().setLimits(xMin=0, yMin=low, yMax=high)
        self.plot.enableAutoRange()

    def show_crosshair(self, time: float | None) -> None:
        """Mark a position on the time axis."""
        self._crosshair.setVisible(time is not None)
        if time is not None:
            self._crosshair.setValue(time)

    @Slot()
    def _dress(self) -> None:
        """Take colours and font. Pens are 1 pixel wide: 2 cost eight times as much to draw."""
        colors = plot_colors_of(self.palette())
        self.plot.setBackground(colors.background)
        self._faint.setPen(pg.mkPen(colors.train_faint, width=1))
        self._strong.setPen(pg.mkPen(colors.train, width=1))
        self._strong.setSymbolBrush(pg.mkBrush(colors.train))
        self._strong.setSymbolPen(pg.mkPen(None))
        self._tests.setPen(pg.mkPen(colors.test, width=1))
        self._tests.setSymbolBrush(pg.mkBrush(colors.test))
        self._tests.setSymbolPen(pg.mkPen(colors.background, width=1))
        self._crosshair.setPen(pg.mkPen(colors.text, width=1, style=Qt.PenStyle.DashLine))
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(colors.grid))
            axis.setTextPen(pg.mkPen(colors.text))
            axis.setStyle(tickFont=self.font())
            axis.label.setFont(self.font())
        self.plot.showGrid(x=True, y=True, alpha=0.25)
        self._legend.setText(
            f'<span style="color:{colors.train}">━</span>&nbsp;training &nbsp;'
            f'<span style="color:{colors.train_faint}">━</span>&nbsp;each&nbsp;step &nbsp;'
            f'<span style="color:{colors.test}">●</span>&nbsp;test'
        )

    @Slot(object)
    def _hover(self, position: QPointF) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(position)
        self.hovered.emit(float(box.mapSceneToView(position).x()) if inside else None)

    def _show_everything(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.double():
            self.plot.enableAutoRange()

    def _add_curve(self) -> pg.PlotDataItem:
        curve = self.plot.plot([], [], connect="finite")
        curve.setDownsampling(auto=True, method="peak")
        curve.setClipToView(True)
        return curve

    def _lay_out(self, title: str, unit: str) -> None:
        self._legend.setProperty("role", "caption")
        self._legend.setWordWrap(True)
        top = QHBoxLayout()
        top.setContentsMargins(12, 8, 12, 0)
        top.setSpacing(8)
        top.addWidget(label(title, "heading"))
        explained = label(unit, "caption")
        explained.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        top.addWidget(explained, 1)
        self._legend.setContentsMargins(12, 0, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 6, 4)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self._legend)
        column.addWidget(self.plot, 1)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)
