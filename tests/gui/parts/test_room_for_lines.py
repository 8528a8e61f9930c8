from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout

from cnnviz.gui.parts.room_for_lines import RoomForLines


def test_narrow_column_asks_for_the_height_of_all_its_lines(qtbot) -> None:
    column, text, below = RoomForLines(), QLabel("a word " * 100, wordWrap=True), QLabel()
    qtbot.addWidget(column)
    below.setMinimumHeight(200)
    layout = QVBoxLayout(column)
    layout.addWidget(text)
    layout.addWidget(below)
    column.resize(150, 100)
    column.show()
    assert column.minimumSizeHint().height() >= text.heightForWidth(text.width()) + 200
