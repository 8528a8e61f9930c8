"""Page Up and Page Down turn to another layer, whatever part of the page has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QWidget

from cnnviz.gui.parts.tall_column import TallColumn

_STEPS: dict[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class LayerKeys(QObject):
    """Lists and scrolled columns would take these keys; a list that is open is a window of its own, and keeps them."""

    def __init__(self, view: QWidget, step: Callable[[int], None]) -> None:
        """Let ``step`` go so many layers on.

        Args:
            view: with all that is in it by now.
            step: gets −1 or 1.
        """
        super().__init__(view)
        self._step = step
        for each in (view, *view.findChildren(QComboBox), *view.findChildren(TallColumn)):
            each.installEventFilter(self)

    # Overrides of Qt.

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() in _STEPS:
            self._step(_STEPS[event.key()])
            return True
        return super().eventFilter(watched, event)
