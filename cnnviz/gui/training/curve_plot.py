"""One plot of a quantity over time as a card: its title, what the colours mean, and the curves."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plots.plot_content import PlotContent
from cnnviz.gui.parts.plots.plot_drawing import Look
from cnnviz.gui.parts.plots.plot_view import PlotView
from cnnviz.gui.training.plot_legend import Entry, PlotLegend
from cnnviz.printable import in_a_line

_SIGNS = {"line": "━", "faint": "━", "marks": "●", "dashed": "┅"}
_NARROWEST, _LOWEST = 180, 150  # pixels: a card's width, and a plot's height in text of the usual size
_BAND, _LEVEL = "▒", "┈"


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
        self.setMinimumWidth(_NARROWEST)
        follow_looks(self, lambda: self.view.setMinimumHeight(room_for_text(self, _LOWEST)))
        self._legend = PlotLegend()
        self._lay_out(title, unit)

    @property
    def legend(self) -> str:
        """What the colours mean, as plain text."""
        return self._legend.said

    def show_content(self, content: PlotContent) -> None:
        """Show this, and say what its colours mean."""
        self.view.show_content(content)
        self._legend.show_entries(entries(content, self.view.look()))

    def legend_height(self) -> int:
        """Return how much the legend needs, in pixels."""
        return self._legend.heightForWidth(self._legend.width())

    def give_legend(self, height: int) -> None:
        """Let it have as much as that of another card, so that both plots begin alike."""
        self._legend.setMinimumHeight(height)

    def _lay_out(self, title: str, unit: str) -> None:
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


def entries(content: PlotContent, look: Look) -> list[Entry]:
    """Return what a legend tells, each name once."""
    named = [each for each in content.series if each.name]
    curves = {each.name: Entry(_SIGNS[each.style], in_a_line(each.name), each.color) for each in named}
    bands = [Entry(_BAND, each.text, look.band) for each in content.bands]
    return [*curves.values(), *(Entry(_LEVEL, each.text, look.colors.text) for each in content.levels), *bands]
