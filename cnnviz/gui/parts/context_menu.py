"""A menu on what is selected in a view: by the right button, which selects first, or by a key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

Place = Callable[[QPoint | None], QPoint | None]


class ContextMenu(QObject):
    """The Menu key and Shift+F10 open it too; not every system makes a request for a menu of both."""

    def __init__(self, view: QWidget, menu: QMenu, place: Place) -> None:
        """Open ``menu`` on ``view``.

        Args:
            view: its menu, of whatever policy, gives way to this one.
            menu: what opens.
            place: gets where the right button was pressed, None for a key. It selects what lies there, and returns
                where the menu opens; None: there is nothing to open it on. In coordinates of what is painted.
        """
        super().__init__(view)
        self.menu, self._place = menu, place
        self._painted = view.viewport() if isinstance(view, QAbstractScrollArea) else view
        for widget in {view, self._painted}:
            widget.installEventFilter(self)

    def open_at(self, pressed: QPoint | None) -> None:
        """Open the menu, if there is anything to open it on."""
        if not self.menu.isVisible() and (at := self._place(pressed)) is not None:
            self.menu.popup(self._painted.mapToGlobal(at))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent):
            pointed = event.reason() is QContextMenuEvent.Reason.Mouse
            self.open_at(self._painted.mapFromGlobal(event.globalPos()) if pointed else None)
            return True
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and _asks_for_menu(event):
            self.open_at(None)
            return True
        return super().eventFilter(watched, event)


def _asks_for_menu(event: QKeyEvent) -> bool:
    shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
    return event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and shifted)
