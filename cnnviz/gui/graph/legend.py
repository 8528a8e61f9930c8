"""Which colour of a graph stands for what."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.graph.family_colors import graph_colors_of
from cnnviz.inspection.kinds.kind import Family

_SWATCH, _SPACE, _EDGE = 10, 16, 12  # pixels


class GraphLegend(QWidget):
    """One line; what does not fit is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._families: tuple[Family, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_families(self, families: Iterable[Family]) -> None:
        """Explain these, in the order of their definition."""
        present = set(families)
        self._families = tuple(family for family in Family if family in present)
        self.setAccessibleName("Colours: " + ", ".join(family.value for family in self._families))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, self.fontMetrics().height() + 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colors, x = graph_colors_of(self.palette()), float(_EDGE)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for family in self._families:
                width = _SWATCH + 6 + self.fontMetrics().horizontalAdvance(family.value)
                if x + width > self.width() - _EDGE:
                    break
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.family[family])
                painter.drawRoundedRect(QRectF(x, (self.height() - _SWATCH) / 2, _SWATCH, _SWATCH), 3, 3)
                painter.setPen(colors.muted)
                text = QRectF(x + _SWATCH + 6, 0, width, self.height())
                painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, family.value)
                x += width + _SPACE
