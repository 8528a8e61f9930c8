"""What is taller than its place, scrolled up and down."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class TallColumn(QScrollArea):
    """Never narrower than what is in it, which is thus not cut at its right."""

    def __init__(self, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = inside
        self.setWidget(inside)

    @Slot(object)
    def show_part(self, part: QWidget) -> None:
        """Scroll to a part of what is inside, once what was unfolded for it has its place."""
        QTimer.singleShot(0, part, partial(self.ensureWidgetVisible, part))

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        width = self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(max(width, least.width()), least.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
