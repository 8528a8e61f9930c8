"""A column with text that wraps: it asks for the height of all its lines, which Qt's least sizes leave out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

_SLACK = 4  # pixels: by as much a layout may give more to a wrapped title than it says it needs


class RoomForLines(QWidget):
    """What is around it is scrolled before anything in it stands on another."""

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        least, layout = super().minimumSizeHint(), self.layout()
        lines = 0 if layout is None else layout.minimumHeightForWidth(self.width()) + _SLACK
        return QSize(least.width(), max(least.height(), lines))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class SplitterForLines(QSplitter):
    """Tells what is around it that a part needs more room: Qt's keeps that to itself."""

    # Overrides of Qt.

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return done
