"""One plot of a quantity over time as a card: its title, what the colours mean, and the curves."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plots.plot_content import PlotContent
from cnnviz.gui.parts.plots.plot_drawing import Look
from cnnviz.gui.parts.plots.plot_view import PlotView

_SIGNS = {"line": "━", "faint": "━", "marks": "●", "dashed": "┅"}
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
        self.setMinimumSize(180, 160)
        self._legend = QLabel()
        self._lay_out(title, unit)

    @property
    def legend(self) -> str:
        """What the colours mean, as plain text."""
        return "  ".join(f"{sign} {name}" for sign, name, _ in entries(self.view.content, self.view.look()))

    def show_content(self, content: PlotContent) -> None:
        """Show this, and say what its colours mean."""
        self.view.show_content(content)
        shown = [
            f'<span style="color:{color}">{sign}</span>&nbsp;{escape(name).replace(" ", "&nbsp;")}'
            for sign, name, color in entries(self.view.content, self.view.look())
        ]
        self._legend.setText(" &nbsp; ".join(shown))

    def legend_height(self) -> int:
        """Return how much the legend needs, in pixels."""
        return self._legend.heightForWidth(self._legend.width())

    def give_legend(self, height: int) -> None:
        """Let it have as much as that of another card, so that both plots begin alike."""
        self._legend.setMinimumHeight(height)

    def _lay_out(self, title: str, unit: str) -> None:
        self._legend.setProperty("role", "caption")
        self._legend.setWordWrap(True)
        self._legend.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
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


def entries(content: PlotContent, look: Look) -> list[tuple[str, str, str]]:
    """Return what a legend tells: sign, name and colour, each name once."""
    curves = {each.name: (_SIGNS[each.style], each.name, each.color) for each in content.series if each.name}
    bands = [(_BAND, each.text, look.band) for each in content.bands]
    return [*curves.values(), *((_LEVEL, each.text, look.colors.text) for each in content.levels), *bands]
