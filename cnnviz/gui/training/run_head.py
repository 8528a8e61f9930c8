"""The title of a run, beside what chooses how it is looked at, or above that where both do not fit in a line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QBoxLayout, QLabel, QWidget

_GAP = 8  # pixels
_SLACK = 2  # pixels that a wrapped text needs beyond its advance


class RunHead(QWidget):
    """The title is wrapped only where a whole line does not hold it."""

    def __init__(self, title: QLabel, switch: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._switch = title, switch
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(_GAP)
        self._box.addWidget(title, 1)
        self._box.addWidget(switch, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)

    def _fit(self) -> None:
        line = self._title.fontMetrics().horizontalAdvance(self._title.text()) + _SLACK
        fits = line + _GAP + self._switch.sizeHint().width() <= self.width()
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)

    # Overrides of Qt.

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return super().event(event)
