"""The networks that are compared, as chips in their colours; each but the current one can be taken out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.compare.contestants import Contestant
from cnnviz.gui.parts.labels import clear_layout, label
from cnnviz.gui.parts.plain_tip import plain_tip


class NetworkChips(QWidget):
    """A row of chips."""

    removal_wanted = Signal(object)  # int: position
    pin_wanted = Signal()  # keep the current network, whatever is picked next

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)

    def show_contestants(self, contestants: Sequence[Contestant], colors: Sequence[QColor]) -> None:
        """Show these."""
        clear_layout(self._row)
        for position, (contestant, color) in enumerate(zip(contestants, colors, strict=False)):
            self._row.addWidget(self._chip(position, contestant, color), 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addStretch(1)

    def _chip(self, position: int, contestant: Contestant, color: QColor) -> QFrame:
        chip = QFrame()
        chip.setProperty("role", "card")
        row = QHBoxLayout(chip)
        row.setContentsMargins(10, 1, 4, 1)
        row.setSpacing(6)
        dot = label("●")
        dot.setStyleSheet(f"color: {color.name()}")
        row.addWidget(dot)
        row.addWidget(label(contestant.title))
        if contestant.current:
            row.addWidget(self._button("Keep", f"Keep {contestant.title} here when another network is picked", -1))
        else:
            row.addWidget(self._button("✕", f"Take {contestant.title} out", position))
        return chip

    def _button(self, text: str, tooltip: str, position: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(plain_tip(tooltip))
        button.setAccessibleName(tooltip)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        if position < 0:
            button.clicked.connect(lambda: self.pin_wanted.emit())
        else:
            button.setProperty("role", "bare")
            button.clicked.connect(lambda: self.removal_wanted.emit(position))
        return button
