"""The statistics of the chosen map and of its layer, side by side."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from cnnviz import units
from cnnviz.feature_maps.drawn.statistics import Statistics, value_text
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plain_tip import plain_tip

_ROWS = (
    ("Minimum", "The lowest value"),
    ("Mean", "The mean of all values"),
    ("Maximum", "The highest value"),
    ("Deviation", "The standard deviation of all values"),
    ("Zeros", "The share of values that are exactly 0"),
    ("Dead maps", "Maps that are 0 everywhere for this picture"),
    ("Constant maps", "Maps that have one other value everywhere for this picture"),
    ("NaN or ∞", "Values that are no numbers: training has diverged, or the weights are broken"),
)


class StatisticsPanel(QWidget):
    """Shows "–" where nothing is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        self._title = label("Map", "muted")
        grid.addWidget(self._title, 0, 1)
        grid.addWidget(label("Layer", "muted"), 0, 2)
        self._rows: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        for row, (name, explanation) in enumerate(_ROWS, start=1):
            title = label(name, "muted")
            title.setToolTip(plain_tip(explanation))
            self._rows[name] = title, label("", selectable=True), label(units.UNKNOWN, selectable=True)
            for column, each in enumerate(self._rows[name]):
                grid.addWidget(each, row, column)
        grid.setColumnStretch(2, 1)
        self.show_statistics(None, None, 0)

    def text(self, name: str) -> str:
        """Return what stands beside a name, of the layer."""
        return self._rows[name][2].text()

    def map_text(self, name: str) -> str:
        """Return what stands beside a name, of the map."""
        return self._rows[name][1].text()

    def show_statistics(self, one: Statistics | None, whole: Statistics | None, maps: int) -> None:
        """Show the statistics of a map, and of all so many maps. None: of the map, nothing of its own to be said."""
        layer = [units.UNKNOWN] * len(_ROWS) if whole is None else [*_texts(whole), *_counts(whole, maps)]
        of_map = [""] * len(_ROWS) if one is None else [*_texts(one), *_signs(one)]
        self._title.setVisible(one is not None)
        for (_, map_label, layer_label), map_text, layer_text in zip(self._rows.values(), of_map, layer, strict=True):
            map_label.setText(map_text)
            layer_label.setText(layer_text)
        for name, shown in (
            ("NaN or ∞", whole is not None and whole.not_finite > 0),
            ("Constant maps", whole is not None and whole.constant > 0),
        ):
            for each in self._rows[name]:
                each.setVisible(shown)


def _texts(statistics: Statistics) -> list[str]:
    numbers = (statistics.lowest, statistics.mean, statistics.highest, statistics.deviation)
    return [*map(value_text, numbers), f"{100 * statistics.zeros:.1f} %"]


def _counts(statistics: Statistics, maps: int) -> list[str]:
    return [
        f"{statistics.dead:,} of {maps:,}",
        f"{statistics.constant:,} of {maps:,}",
        f"{statistics.not_finite:,} values",
    ]


def _signs(statistics: Statistics) -> list[str]:
    return [
        "dead" if statistics.dead else "",
        "constant" if statistics.constant else "",
        f"{statistics.not_finite:,}" if statistics.not_finite else "",
    ]
