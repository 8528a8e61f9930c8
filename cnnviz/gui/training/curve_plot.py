"""One plot of a quantity over time as a card: its title, what the colours mean, and the curves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plots.plot_content import PlotContent, Series
from cnnviz.gui.parts.plots.plot_view import PlotView

SIGNS = {"line": "━", "faint": "━", "marks": "●", "dashed": "┅"}


class CurvePlot(QFrame):
    """A card with a title, a legend and a plot.

    Args:
        title: of the card.
        unit: of the values, in words.
    """

    def __init__(self, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.title = title
        self.view = PlotView()
        self.view.setAccessibleName(title)
        self.setMinimumSize(180, 160)
        self._legend = QLabel()
        self._lay_out(title, unit)

    @property
    def legend(self) -> str:
        """What the colours mean, as plain text."""
        return "  ".join(f"{SIGNS[each.style]} {each.name}" for each in named(self.view.content.series))

    def show_content(self, content: PlotContent) -> None:
        """Show this, and say what its colours mean."""
        self.view.show_content(content)
        self._legend.setText(" &nbsp;".join(_entry(each) for each in named(content.series)))

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
        column.setContentsMargins(1, 1, 4, 4)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self._legend)
        column.addWidget(self.view, 1)


def _entry(series: Series) -> str:
    name = escape(series.name).replace(" ", "&nbsp;")
    return f'<span style="color:{series.color}">{SIGNS[series.style]}</span>&nbsp;{name}'


def named(series: Sequence[Series]) -> list[Series]:
    """Return the series that a legend tells of, each name once."""
    return list({each.name: each for each in series if each.name}.values())
