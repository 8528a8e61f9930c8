"""A column with text that wraps: it asks for the height of all its lines, which Qt's least sizes leave out."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class RoomForLines(QWidget):
    """What is around it is scrolled before anything in it stands on another."""

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        least, layout = super().minimumSizeHint(), self.layout()
        lines = 0 if layout is None else layout.minimumHeightForWidth(self.width())
        return QSize(least.width(), max(least.height(), lines))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
