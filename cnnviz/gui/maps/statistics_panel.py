"""A layer's statistics, as a small table of labels."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QWidget

from cnnviz import units
from cnnviz.feature_maps.drawn.statistics import Statistics, value_text
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plain_tip import plain_tip

_ROWS = (
    ("Minimum", "The lowest value of the whole layer"),
    ("Mean", "The mean of the whole layer"),
    ("Maximum", "The highest value of the whole layer"),
    ("Zeros", "The share of values that are exactly 0"),
    ("Dead maps", "Maps that are 0 everywhere for this picture"),
    ("NaN or ∞", "Values that are no numbers: training has diverged, or the weights are broken"),
)


class StatisticsPanel(QWidget):
    """Shows "–" where nothing is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(3)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._figures = {}
        for name, explanation in _ROWS:
            figure = self._figures[name] = label(units.UNKNOWN, selectable=True)
            title = label(name, "muted")
            title.setToolTip(plain_tip(explanation))
            self._form.addRow(title, figure)
        self.show_statistics(None, 0)

    def text(self, name: str) -> str:
        """Return what stands beside a name."""
        return self._figures[name].text()

    def show_statistics(self, statistics: Statistics | None, maps: int) -> None:
        """Show the statistics of so many maps."""
        texts = [units.UNKNOWN] * len(_ROWS) if statistics is None else _texts(statistics, maps)
        for (name, _), text in zip(_ROWS, texts, strict=True):
            self._figures[name].setText(text)
        self._form.setRowVisible(len(_ROWS) - 1, statistics is not None and statistics.not_finite > 0)


def _texts(statistics: Statistics, maps: int) -> list[str]:
    return [
        *(value_text(value) for value in (statistics.lowest, statistics.mean, statistics.highest)),
        f"{100 * statistics.zeros:.1f} %",
        f"{statistics.dead:,} of {maps:,}",
        f"{statistics.not_finite:,} values",
    ]
