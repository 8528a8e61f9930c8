"""What the colours of a plot mean, in a few lines: no name is broken, and one that is too long shows both its ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from cnnviz.gui.parts.plain_tip import plain_tip

_ROWS = 3  # beyond them names share a line, as far as they can still be told apart
_MOST_BESIDE = 3  # names in a line
_GAP = 14.0  # pixels between two


class Entry(NamedTuple):
    """One thing that a plot shows."""

    sign: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry where it stands."""

    entry: Entry
    row: int
    left: float  # pixels: of its sign
    name_left: float
    shown: str  # its name, or both ends of it
    right: float


def placed(entries: Sequence[Entry], width: float, metrics: QFontMetricsF) -> list[Placed]:
    """Return where entries stand in lines of this width, pixels: whole ones, as many in a line as there is room for."""
    made: list[Placed] = []
    for beside in range(1, _MOST_BESIDE + 1):
        made = _flow(entries, width, (width - (beside - 1) * _GAP) / beside, metrics)
        if rows_of(made) <= _ROWS:
            break
    return made


def rows_of(entries: Sequence[Placed]) -> int:
    """Return how many lines these take."""
    return entries[-1].row + 1 if entries else 1


def _flow(entries: Sequence[Entry], width: float, widest: float, metrics: QFontMetricsF) -> list[Placed]:
    """No entry is wider than ``widest``."""
    made: list[Placed] = []
    for entry in entries:
        sign = metrics.horizontalAdvance(f"{entry.sign} ")
        shown = metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, max(widest - sign, 0.0))
        wide = sign + metrics.horizontalAdvance(shown)
        row, left = (made[-1].row, made[-1].right + _GAP) if made else (0, 0.0)
        if made and left + wide > width + 0.5:
            row, left = row + 1, 0.0
        made.append(Placed(entry, row, left, left + sign, shown, left + wide))
    return made


class PlotLegend(QLabel):
    """Laid out anew only when it says something else, or is of another width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "caption")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._entries: tuple[Entry, ...] = ()

    @property
    def said(self) -> str:
        """All of it, in a line."""
        return "  ".join(f"{each.sign} {each.name}" for each in self._entries)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Say this."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self.setAccessibleName(self.said)
            self.updateGeometry()
            self.update()

    def tip_at(self, place: QPoint) -> str:
        """Return the whole name of the entry at a place of the widget; "": there is none, or it is whole."""
        at, row = QPointF(place) - QPointF(self.contentsRect().topLeft()), self.fontMetrics().lineSpacing()
        for each in self._placed(self.contentsRect().width()):
            inside = each.left <= at.x() <= each.right and each.row * row <= at.y() < (each.row + 1) * row
            if inside and each.shown != each.entry.name:
                return each.entry.name
        return ""

    def _placed(self, width: int) -> list[Placed]:
        return placed(self._entries, float(width), QFontMetricsF(self.font()))

    # Overrides of Qt.

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        inside = max(width - margins.left() - margins.right(), 1)
        return rows_of(self._placed(inside)) * self.fontMetrics().lineSpacing() + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.fontMetrics().lineSpacing())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        room, metrics = self.contentsRect(), self.fontMetrics()
        text = self.palette().color(self.foregroundRole())
        with QPainter(self) as painter:
            for each in self._placed(room.width()):
                base = room.top() + each.row * metrics.lineSpacing() + metrics.ascent()
                painter.setPen(QColor(each.entry.color))
                painter.drawText(QPointF(room.left() + each.left, base), each.entry.sign)
                painter.setPen(text)
                painter.drawText(QPointF(room.left() + each.name_left, base), each.shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if name := self.tip_at(event.pos()):
                QToolTip.showText(event.globalPos(), plain_tip(name), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
