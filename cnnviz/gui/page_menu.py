"""The menu of the page in front: all that can be done there, with its keys, for whoever has no mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from cnnviz.gui.commands import Command, native


class PageMenu(QMenu):
    """Made anew each time that it opens. A key in it is told, not bound: the page's own actions have it."""

    def __init__(self, commands: Callable[[], Iterable[Command]], parent: QWidget | None = None) -> None:
        super().__init__("&Page", parent)
        self._commands = commands
        self.aboutToShow.connect(self._fill)

    @Slot()
    def _fill(self) -> None:
        for menu in self.findChildren(QMenu):  # which clearing leaves
            menu.deleteLater()
        self.clear()
        inside: dict[str, QMenu] = {}
        for command in self._commands():
            if command.menu and command.menu not in inside:
                inside[command.menu] = self.addMenu(command.menu.rpartition("/")[2])
            _add(inside.get(command.menu, self), command)
        if self.isEmpty():
            self.addAction("Nothing yet").setEnabled(False)


def _add(menu: QMenu, command: Command) -> None:
    key = native(command.keys[0]) if command.keys else ""
    title = command.in_menu or command.title
    action = menu.addAction(f"{title}\t{key}" if key else title)
    action.setEnabled(command.enabled())
    action.setCheckable(command.checked is not None)
    action.setChecked(command.checked is not None and command.checked())
    action.triggered.connect(lambda: command.trigger())
