"""Says when a widget is to be dressed anew."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget


class Looks(QObject):
    """Make it when the widget stands: Qt sends the first changes while the widget is being made."""

    changed = Signal()  # the palette or the font is another

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.changed.emit()
        return super().eventFilter(watched, event)
