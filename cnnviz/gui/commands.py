"""What can be done, as data: of commands are made the menus, the context menus, the keys, and whatever lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QKeySequence, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QMenu, QWidget

from cnnviz.gui.parts.plain_tip import plain_tip


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done. The page that it is of, or its menu, is the first part of its id."""

    id: str  # "graph.zoom-in"
    title: str  # "Zoom in": understood anywhere; with … where a dialog follows
    run: Callable[[], object]
    keys: tuple[str, ...] = ()  # "Ctrl++": any of these
    within: QWidget | None = None  # where its keys count: while this has the focus; None: all of its page, or window
    in_sight: bool = False  # its keys count wherever the focus is, for as long as its page is in front
    menu: str = ""  # "File", "View/Theme"; "": it stands in none
    in_menu: str = ""  # what it is called there, where the menu's own title says the rest
    line_above: bool = False  # in its menu
    enabled: Callable[[], bool] = _always
    checked: Callable[[], bool] | None = None  # for one of a choice: whether it is the one chosen

    @property
    def group(self) -> str:
        """The page that it is of, or its menu: "graph"."""
        return self.id.partition(".")[0]

    def trigger(self) -> None:
        """Run, if it is enabled."""
        if self.enabled():
            self.run()


class Actions(QObject):
    """A QAction for each command of a page or window."""

    def __init__(self, commands: Iterable[Command], home: QWidget) -> None:
        """Make the actions. The keys count in ``home``, or ``within`` the part of it that a command names."""
        super().__init__(home)
        self._home = home
        self._commands = {command.id: command for command in commands}
        self._actions = {command.id: self._make(command) for command in self._commands.values()}
        self._rivals: list[tuple[str, QWidget]] = []

    def fill(self, menu: QMenu, path: str) -> None:
        """Add the commands of the menu ``path``; a longer path makes a menu inside."""
        inside: dict[str, QMenu] = {}
        for command in self._commands.values():
            if command.menu == path:
                if command.line_above and menu.actions():
                    menu.addSeparator()
                menu.addAction(self._actions[command.id])
            elif command.menu.startswith(f"{path}/"):
                title = command.menu.removeprefix(f"{path}/").partition("/")[0]
                if title not in inside:
                    if command.line_above:
                        menu.addSeparator()
                    inside[title] = menu.addMenu(title)
        self._make_choice(menu, path)
        menu.aboutToShow.connect(partial(self._refresh, tuple(self._of(path))))
        menu.aboutToHide.connect(self._enable_all)
        for title, inner in inside.items():
            self.fill(inner, f"{path}/{title}")

    def context_menu(self, entries: Iterable[str]) -> QMenu:
        """Return a menu of its own.

        Args:
            entries: ids of commands; "" is a line, "Copy/As" the commands of that menu, in a menu inside.
        """
        menu = QMenu(self._home)
        shown: list[tuple[QAction, Command]] = []
        for entry in entries:
            if not entry:
                menu.addSeparator()
            elif "/" in entry:
                self.fill(menu.addMenu(entry.rpartition("/")[2]), entry)
            else:
                shown.append((self._actions[entry], self._commands[entry]))
                menu.addAction(self._actions[entry])
        menu.aboutToShow.connect(partial(self._refresh, shown))
        menu.aboutToHide.connect(self._enable_all)
        return menu

    def wire(self, button: QAbstractButton, id_: str) -> None:
        """Let a button run a command, and say what it does and by which key."""
        command = self._commands[id_]
        tip = command.title.removesuffix("…") + (f" ({native(command.keys[0])})" if command.keys else "")
        button.setToolTip(plain_tip(tip))
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: command.trigger())

    def give_way_to(self, inner: Iterable[Command], page: QWidget) -> None:
        """Leave a key that a page uses too to the page while it has the focus: of two, Qt would run neither."""
        taken = {key: command.within or page for command in inner for key in command.keys}
        rivals = [(id_, taken[key]) for id_, command in self._commands.items() for key in command.keys if key in taken]
        if rivals and not self._rivals and isinstance(application := QGuiApplication.instance(), QApplication):
            application.focusChanged.connect(self._follow_focus)
        self._rivals += rivals

    @Slot(QWidget, QWidget)
    def _follow_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        inside = {id_ for id_, place in self._rivals if now is not None and (place is now or place.isAncestorOf(now))}
        for id_, _ in self._rivals:
            self._actions[id_].setShortcuts([] if id_ in inside else _sequences(self._commands[id_]))

    def _refresh(self, shown: Iterable[tuple[QAction, Command]]) -> None:
        for action, command in shown:
            action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    @Slot()
    def _enable_all(self) -> None:
        """Let every key through: whether a command is enabled is asked again when it is pressed."""
        for action in self._actions.values():
            action.setEnabled(True)

    def _of(self, path: str) -> Iterator[tuple[QAction, Command]]:
        return ((self._actions[id_], command) for id_, command in self._commands.items() if command.menu == path)

    def _make_choice(self, menu: QMenu, path: str) -> None:
        group = QActionGroup(menu)
        for action, command in self._of(path):
            if command.checked is not None:
                group.addAction(action)

    def _make(self, command: Command) -> QAction:
        action = QAction(command.in_menu or command.title, self._home)
        action.setCheckable(command.checked is not None)
        action.setShortcuts(_sequences(command))
        action.setAutoRepeat(not command.in_sight)
        action.triggered.connect(lambda: command.trigger())
        whole = command.in_sight or (isinstance(self._home, QMainWindow) and command.within is None)
        context = Qt.ShortcutContext
        action.setShortcutContext(context.WindowShortcut if whole else context.WidgetWithChildrenShortcut)
        if command.keys:
            (command.within or self._home).addAction(action)
        return action


def native(key: str) -> str:
    """Return a key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _sequences(command: Command) -> list[QKeySequence]:
    return [QKeySequence(key) for key in command.keys]
