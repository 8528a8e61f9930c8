"""A right click selects, then offers what can be done with what is selected; the keyboard asks for the same menu."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from shown_reports import show_report

from cnnviz.gui.graph.page import GraphPage
from cnnviz.gui.layers.page import LayersPage
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.inspection.report import Report

_FEATURES, _CONV = 1, 2
_SHIFT = Qt.KeyboardModifier.ShiftModifier

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen, of a menu


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path, make_report: Callable[..., Report]) -> Iterator[MainWindow]:
    session = Session()
    window = MainWindow(session, theme, Preferences(tmp_path / "settings.json"))
    window.build_pages()
    report = make_report()
    calls = tuple(replace(call, reads_input=call.parent is None or call.index == _CONV) for call in report.calls)
    show_report(session, replace(report, calls=calls))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()


def right_click(on: QWidget, at: QPoint) -> None:
    QTest.mousePress(on, Qt.MouseButton.RightButton, pos=at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, on.mapToGlobal(at))
    QApplication.sendEvent(on, event)
    QTest.mouseRelease(on, Qt.MouseButton.RightButton, pos=at)


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


def choose(menu: QMenu, text: str) -> None:
    assert menu.isVisible()
    assert entry(menu, text).isEnabled()
    menu.hide()
    entry(menu, text).trigger()


def test_right_click_on_a_row_selects_it_and_leads_to_its_maps(window: MainWindow) -> None:
    page = window.page("layers")
    assert isinstance(page, LayersPage)
    window.session.select_call(_FEATURES)
    row = page.view.visualRect(page.model.index_of(_CONV)).center()
    right_click(page.view.viewport(), row)
    assert window.session.selected_call is not None
    assert window.session.selected_call.index == _CONV
    menu = page.row_menu.menu
    assert not entry(menu, "Open the module").isEnabled()
    choose(menu, "Copy the layer's path")
    assert QGuiApplication.clipboard().text() == "features.0"
    right_click(page.view.viewport(), row)
    choose(menu, "Look at its feature maps")
    assert window.tabs.entry.id == "maps"


def test_right_click_below_the_rows_offers_nothing(window: MainWindow) -> None:
    page = window.page("layers")
    assert isinstance(page, LayersPage)
    right_click(page.view.viewport(), page.view.viewport().rect().bottomLeft())
    assert not page.row_menu.menu.isVisible()


@pytest.mark.parametrize(
    ("key", "modifier"), [(Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, _SHIFT)]
)
def test_key_opens_the_menu_on_the_current_row(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    page = window.page("layers")
    assert isinstance(page, LayersPage)
    window.session.select_call(_FEATURES)
    menu = page.row_menu.menu
    QTest.keyClick(page.view, key, modifier)
    choose(menu, "Close the module")
    assert not page.view.isExpanded(page.model.index_of(_FEATURES))
    QTest.keyClick(page.view, key, modifier)
    choose(menu, "Open the module")
    assert page.view.isExpanded(page.model.index_of(_FEATURES))
    QTest.keyClick(page.view, key, modifier)
    choose(menu, "Show in graph")
    assert window.tabs.entry.id == "graph"


def test_right_click_on_a_box_selects_it_and_leads_to_its_row(qtbot: QtBot, window: MainWindow) -> None:
    page = window.page("graph")
    assert isinstance(page, GraphPage)
    window.tabs.show_page("graph")
    qtbot.waitUntil(lambda: page.drawing is not None, timeout=3000)
    page.close_all()
    qtbot.waitUntil(lambda: page.drawing is not None and page.drawing.opened == frozenset(), timeout=3000)
    box = page.view.graph.box_of(_FEATURES)
    assert box is not None
    at = page.view.mapFromScene(box.mapToScene(box.box.center()))
    right_click(page.view.viewport(), at)
    assert window.session.selected_call is not None
    assert window.session.selected_call.index == _FEATURES
    menu = page.box_menu.menu
    choose(menu, "Open the module")
    assert page.opened == {_FEATURES}
    QTest.keyClick(page.view, Qt.Key.Key_Menu)
    choose(menu, "Show in the table")
    assert window.tabs.entry.id == "layers"
