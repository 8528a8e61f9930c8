"""A list to choose from that may be narrower than what is chosen."""

from __future__ import annotations

from PySide6 import QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox


class ElidedCombo(QComboBox):
    """Says with … that it is: Qt cuts a letter in two."""

    # Overrides of Qt.

    def paintEvent(self, event: QPaintEvent) -> None:
        # PySide6 makes QStyle when it is named, which takes 5 ms of the first frame's time.
        if self.fontMetrics().horizontalAdvance(self.currentText()) + 2 * self.height() <= self.width():
            super().paintEvent(event)
        else:
            self._paint_elided()

    def _paint_elided(self) -> None:
        kinds, option = QtWidgets.QStyle, QtWidgets.QStyleOptionComboBox()
        self.initStyleOption(option)
        field = kinds.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(kinds.ComplexControl.CC_ComboBox, option, field, self)
        mode = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(self.currentText(), mode, room.width())
        painter = QtWidgets.QStylePainter(self)
        painter.drawComplexControl(kinds.ComplexControl.CC_ComboBox, option)
        painter.drawControl(kinds.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
