"""The menus of the window, as data: title, shortcut, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from cnnviz.gui.theme import THEME_CHOICES, Theme

_THEME_TITLES = {"system": "Follow the system", "light": "Light", "dark": "Dark"}


@dataclass(frozen=True, slots=True)
class Command:
    """One menu item."""

    title: str
    run: Callable[[], object]
    shortcut: str = ""


def add_menu(window: QMainWindow, title: str, commands: tuple[Command | None, ...]) -> QMenu:
    """Add a menu; None makes a line."""
    menu = window.menuBar().addMenu(title)
    for command in commands:
        if command is None:
            menu.addSeparator()
        else:
            add_action(menu, command)
    return menu


def add_action(menu: QMenu, command: Command) -> QAction:
    """Add one item."""
    action = menu.addAction(command.title)
    if command.shortcut:
        action.setShortcut(QKeySequence(command.shortcut))
    action.triggered.connect(lambda _checked=False: command.run())
    return action


def add_theme_menu(menu: QMenu, theme: Theme) -> None:
    """Add the choice between light, dark and the system's."""
    inner = menu.addMenu("Theme")
    group = QActionGroup(inner)
    for choice in THEME_CHOICES:
        action = inner.addAction(_THEME_TITLES[choice])
        action.setCheckable(True)
        action.setChecked(choice == theme.choice)
        action.triggered.connect(lambda _checked=False, wanted=choice: theme.choose(wanted))
        group.addAction(action)
