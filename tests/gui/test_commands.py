"""Commands are data: of them come menus and keys, no two share an id or a key, and the inner key wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow, QMenu, QMessageBox, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.pages import PAGES
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.gui.window_commands import MENUS

_EARLIER = {"Ctrl+F", "Ctrl+O", "Ctrl+Shift+O", "Ctrl+Q", "Ctrl++", "Ctrl+=", "Ctrl+-", "Ctrl+0", "Ctrl+C"} | {
    "Enter",
    "Return",
    "Shift+Enter",
    "Shift+Return",
}
_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[MainWindow]:
    window = MainWindow(Session(), theme, Preferences(tmp_path / "settings.json"))
    window.build_pages()
    yield window
    window.close()


@pytest.fixture
def bare(qtbot: QtBot) -> Iterator[QMainWindow]:
    """A window with a page in which there is a field, and a field beside the page."""
    window = QMainWindow()
    middle, page = QWidget(), QWidget()
    column = QVBoxLayout(middle)
    for widget in (page, QLineEdit(objectName="outside")):
        column.addWidget(widget)
    QVBoxLayout(page).addWidget(QLineEdit(objectName="inside"))
    page.setObjectName("page")
    window.setCentralWidget(middle)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()


def test_no_two_commands_share_an_id(window: MainWindow) -> None:
    counted = Counter(command.id for command in window.commands())
    assert [id_ for id_, times in counted.items() if times > 1] == []


def test_no_two_commands_share_a_key_where_both_count(window: MainWindow) -> None:
    """A page may use a key of another page's, or of the window's, which then gives way."""
    groups = {"window" if command.group.title() in MENUS else command.group for command in window.commands()}
    for group in groups:
        own = [c for c in window.commands() if group == ("window" if c.group.title() in MENUS else c.group)]
        keyed = [(QKeySequence(key).toString(), command) for command in own for key in command.keys]
        shared = [
            (key, one.id, two.id)
            for (key, one), (same, two) in combinations(keyed, 2)
            if key == same and _both_count(one.within, two.within)
        ]
        assert shared == [], group


def _both_count(one: QWidget | None, two: QWidget | None) -> bool:
    """Return whether a widget with the focus may be within both."""
    return one is None or two is None or one is two or one.isAncestorOf(two) or two.isAncestorOf(one)


def test_every_command_belongs_to_a_page_or_a_menu_and_every_page_has_some(window: MainWindow) -> None:
    groups = {command.group for command in window.commands()}
    assert groups <= {entry.id for entry in PAGES} | {title.lower() for title in MENUS}
    assert {entry.id for entry in PAGES} <= groups


def test_keys_are_those_that_people_know(window: MainWindow) -> None:
    keys = {key for command in window.commands() for key in command.keys}
    assert keys >= _EARLIER | {f"Ctrl+{number}" for number in range(1, len(PAGES) + 1)}
    assert all(QKeySequence(key).toString() for key in keys)


def test_view_menu_lists_the_pages_and_marks_the_one_in_front(window: MainWindow) -> None:
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "&View")
    window.tabs.show_page("training")
    view.aboutToShow.emit()
    titles = [entry.title for entry in PAGES]
    listed = [action for action in view.actions() if action.text() in titles]
    assert [action.text() for action in listed] == titles
    assert [action.text() for action in listed if action.isChecked()] == ["Training"]
    assert [action.shortcut().toString() for action in listed] == [f"Ctrl+{at}" for at in range(1, len(titles) + 1)]
    listed[0].trigger()
    assert window.tabs.entry.id == "layers"


def test_theme_is_chosen_in_the_menu(window: MainWindow, theme: Theme) -> None:
    command = next(command for command in window.commands() if command.id == "view.theme-dark")
    assert command.checked is not None
    assert not command.checked()
    command.trigger()
    assert theme.choice == "dark"
    assert command.checked()


def test_key_brings_a_page_to_the_front(qtbot: QtBot, window: MainWindow) -> None:
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for number, entry in reversed(list(enumerate(PAGES, 1))):
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), _CTRL)
        assert window.tabs.entry is entry


def test_what_needs_a_network_is_off_without_one(window: MainWindow) -> None:
    off = {command.id for command in window.commands() if not command.enabled()}
    assert {"layers.copy-rows", "graph.fit", "training.stop", "compare.keep-current"} <= off
    assert {"file.quit", "training.start", "compare.add-network"} & off == set()


def test_command_that_is_not_enabled_is_grey_in_its_menu_and_does_nothing(bare: QMainWindow) -> None:
    done, allowed = [], [False]
    command = Command("file.a", "A", lambda: done.append("a"), ("Ctrl+A",), menu="File", enabled=lambda: allowed[0])
    menu, actions = QMenu(bare), Actions([command], bare)
    actions.fill(menu, "File")
    (action,) = menu.actions()
    menu.aboutToShow.emit()
    assert not action.isEnabled()
    menu.aboutToHide.emit()
    action.trigger()
    assert done == []
    allowed[0] = True
    action.trigger()
    assert done == ["a"]


def test_longer_path_is_a_menu_inside(bare: QMainWindow) -> None:
    commands = (
        Command("file.a", "A", list, menu="File"),
        Command("file.b", "Open B", list, menu="File/Open", in_menu="B", line_above=True),
        Command("file.c", "Open C", list, menu="File/Open", in_menu="C"),
    )
    menu = QMenu(bare)
    Actions(commands, bare).fill(menu, "File")
    assert [action.text() for action in menu.actions()] == ["A", "", "Open"]
    assert [action.text() for action in menu.actions()[2].menu().actions()] == ["B", "C"]


def test_button_says_the_key_and_runs_the_command(bare: QMainWindow) -> None:
    done: list[str] = []
    button = QPushButton(bare)
    Actions([Command("graph.fit", "Show all…", lambda: done.append("fit"), ("Ctrl+0",))], bare).wire(
        button, "graph.fit"
    )
    button.click()
    assert done == ["fit"]
    assert button.toolTip() == button.accessibleName() == "Show all (Ctrl+0)"


def test_key_of_a_page_counts_in_the_page_alone_and_the_windows_gives_way_there(bare: QMainWindow) -> None:
    done: list[str] = []
    wide = Command("view.larger", "Larger text", lambda: done.append("window"), ("Ctrl++", "Ctrl+L"))
    inner = Command("graph.zoom-in", "Zoom in", lambda: done.append("page"), ("Ctrl++",))
    page = bare.findChild(QWidget, "page")
    Actions([inner], page)
    Actions([wide], bare).give_way_to([inner], page)
    inside, outside = bare.findChild(QLineEdit, "inside"), bare.findChild(QLineEdit, "outside")
    for field in (outside, inside, outside):
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Plus, _CTRL)
    assert done == ["window", "page", "window"]
    inside.setFocus()
    QTest.keyClick(inside, Qt.Key.Key_L, _CTRL)
    assert done[-1] == "window"


def test_key_of_a_page_in_sight_counts_wherever_the_focus_is_but_not_beside_a_question(bare: QMainWindow) -> None:
    done: list[str] = []
    page, outside = bare.findChild(QWidget, "page"), bare.findChild(QLineEdit, "outside")
    Actions([Command("training.start", "Start", lambda: done.append("start"), ("Ctrl+R",), in_sight=True)], page)
    outside.setFocus()
    QTest.keyClick(outside, Qt.Key.Key_R, _CTRL)
    assert done == ["start"]
    page.hide()
    QTest.keyClick(outside, Qt.Key.Key_R, _CTRL)
    page.show()
    question = QMessageBox(QMessageBox.Icon.Question, "", "Stop?", QMessageBox.StandardButton.Ok, bare)
    question.open()
    QTest.keyClick(question.button(QMessageBox.StandardButton.Ok), Qt.Key.Key_R, _CTRL)
    question.close()
    assert done == ["start"]


def test_rows_are_copied_by_key_in_the_table_alone(window: MainWindow) -> None:
    page = window.page("layers")
    (copy,) = [action for action in page.view.actions() if isinstance(action, QAction)]
    assert copy.shortcut() == QKeySequence("Ctrl+C")
    assert copy.shortcutContext() is Qt.ShortcutContext.WidgetWithChildrenShortcut


def test_menu_of_the_page_in_front_lists_all_that_it_can_do_with_its_keys(qtbot: QtBot, window: MainWindow) -> None:
    menu = next(action.menu() for action in window.menuBar().actions() if action.text() == "&Page")
    for entry in PAGES:
        window.tabs.show_page(entry.id)
        menu.aboutToShow.emit()
        listed = [
            each for action in menu.actions() for each in (action.menu().actions() if action.menu() else [action])
        ]
        wanted = {c.in_menu or c.title: c for c in window.page(entry.id).commands()}
        assert {action.text().partition("\t")[0] for action in listed} == set(wanted), entry.id
        for action in listed:
            title, _, key = action.text().partition("\t")
            assert QKeySequence(key) == QKeySequence(wanted[title].keys[0] if wanted[title].keys else ""), title
            assert action.isEnabled() == wanted[title].enabled(), title
            assert action.shortcut().isEmpty()  # the page's own action has it: of two, Qt would run neither
        inside = sum(action.menu() is not None for action in menu.actions())
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert len(menu.findChildren(QMenu)) == inside, "those of the page before are gone"


def test_menu_of_a_page_runs_what_is_chosen_and_says_while_the_page_is_still_to_come(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    window = MainWindow(Session(), theme, Preferences(tmp_path / "settings.json"))
    menu = next(action.menu() for action in window.menuBar().actions() if action.text() == "&Page")
    window.tabs.show_page("playground")
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["Nothing yet"]
    window.build_pages()
    menu.aboutToShow.emit()
    before = window.page("playground").at
    next(each for each in menu.actions() if each.text() == "Slide the window one on").trigger()
    assert window.page("playground").at != before
    window.close()
