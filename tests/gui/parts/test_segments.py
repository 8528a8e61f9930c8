from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.reading_order import reading_order
from cnnviz.gui.parts.segments import Segments


@pytest.fixture
def segments(qtbot: QtBot) -> Segments:
    made = Segments({"data": "Data", "curves": "Curves", "log": "Log"}, "Shown")
    qtbot.addWidget(made)
    made.show()
    return made


def test_one_is_chosen_and_what_is_none_of_them_changes_nothing(segments: Segments) -> None:
    heard: list[str] = []
    segments.chosen_changed.connect(heard.append)
    assert segments.chosen == "data"
    segments.choose("curves")
    segments.choose("curves")
    segments.choose("of another version")
    assert segments.chosen == "curves"
    assert heard == ["curves"]
    assert [segments.button(each).isChecked() for each in ("data", "curves", "log")] == [False, True, False]


def test_only_what_the_user_does_is_picked(segments: Segments) -> None:
    picked: list[str] = []
    segments.picked.connect(picked.append)
    segments.choose("log")
    assert picked == []
    segments.button("curves").click()
    assert picked == ["curves"]


def test_one_stop_of_tab_and_the_arrow_keys_go_on_from_it(qtbot: QtBot) -> None:
    window, segments = QWidget(), Segments({"data": "Data", "curves": "Curves"}, "Shown")
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    before = QPushButton("before")
    row.addWidget(before)
    row.addWidget(segments)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=2000)
    assert reading_order(window) == [before, segments.button("data")]
    segments.button("data").setFocus()
    QTest.keyClick(segments.button("data"), Qt.Key.Key_Right)
    assert segments.button("curves").hasFocus()
    QTest.keyClick(segments.button("curves"), Qt.Key.Key_Space)
    assert segments.chosen == "curves"


def test_names_say_what_is_chosen_here(segments: Segments) -> None:
    assert segments.button("log").accessibleName() == "Shown: Log"
