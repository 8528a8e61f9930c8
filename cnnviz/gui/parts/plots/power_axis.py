"""What scatter plots share: a logarithmic axis in the words of the tables, and the looks of the window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from cnnviz.gui.theme import plot_colors_of

_CLOSE = 1.3  # powers of ten on show, from which on marks between them are named
_NAMED = (1, 2, 3, 5)  # of those: there is no room for all
_CLOSEST, _ALL = 0.7, range(1, 10)  # of which one or two might be all that is in sight
_SHORT, _STEPS = 0.45, 4  # powers of ten in which there may be no such mark: steps that are even are marked there
_UNITS = {-3: "m", 0: "", 3: " K", 6: " M", 9: " G", 12: " T", 15: " P"}


class PowerAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph is untyped
    """A logarithmic axis that says "10 M", not "1e+07". What lies between is named only where one has zoomed in."""

    def logTickValues(self, low: float, high: float, size: float, given: object) -> list[tuple[object, object]]:
        if high - low < _SHORT:
            return [(None, np.log10(_even_marks(10**low, 10**high)))]
        found: list[tuple[object, object]] = super().logTickValues(low, high, size, given)
        return found

    def logTickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        span = self.range[1] - self.range[0]
        if span < _SHORT:
            return [power_text(float(value)) for value in values]
        named = _ALL if span < _CLOSEST else _NAMED if span < _CLOSE else (1,)
        return [power_text(float(value)) if _first_digit(float(value)) in named else "" for value in values]


def power_text(power: float) -> str:
    """Return "10 M" for 7 and "300 K" for log10(3e5), as the numbers of the tables read."""
    value = 10**power
    step = min(max(int(np.floor(power + 1e-9)) // 3 * 3, -3), 15)
    return f"{value / 10.0**step:.3g}{_UNITS[step]}"


def _even_marks(low: float, high: float) -> npt.NDArray[np.float64]:
    """Return the multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``, a few of them."""
    least = (high - low) / _STEPS
    power = 10 ** np.floor(np.log10(least))
    step = float(next(each * power for each in (1, 2, 5, 10) if each * power >= least))
    marks: npt.NDArray[np.float64] = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    return marks


def _first_digit(power: float) -> int | None:
    """Return 3 for log10(300); None for what has further digits."""
    digit = 10 ** (power - np.floor(power + 1e-9))
    return round(digit) if abs(digit - round(digit)) < 1e-6 else None


def dress(plot: pg.PlotWidget, home: QWidget) -> None:
    """Give a plot the colours and the font of the widget that it is in."""
    colors = plot_colors_of(home.palette())
    plot.setBackground(colors.background)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(colors.grid))
        axis.setTextPen(pg.mkPen(colors.text))
        axis.setStyle(tickFont=home.font())
        axis.label.setFont(home.font())
    plot.showGrid(x=True, y=True, alpha=0.2)
