from __future__ import annotations

from PySide6.QtWidgets import QListWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.stay_at_end import stay_at_end


def test_end_stays_in_sight_as_rows_come_and_room_goes_but_for_who_has_scrolled_up(qtbot: QtBot) -> None:
    rows = QListWidget()
    qtbot.addWidget(rows)
    stay_at_end(rows)
    rows.resize(200, 200)
    rows.show()
    bar = rows.verticalScrollBar()
    rows.addItems([str(row) for row in range(30)])
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    before = bar.maximum()
    rows.resize(200, 100)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > before)
    bar.setValue(3)
    rows.addItem("one more")
    rows.resize(200, 60)
    qtbot.waitUntil(lambda: bar.maximum() > before + 1)
    assert bar.value() == 3
