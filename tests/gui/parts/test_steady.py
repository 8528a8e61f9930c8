from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.labels import Steady


class LayoutRequests(QObject):
    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.LayoutRequest
        return super().eventFilter(watched, event)


def test_text_of_the_same_height_leaves_the_layout_alone(qtbot: QtBot) -> None:
    around, text = QWidget(), Steady("step 1")
    QVBoxLayout(around).addWidget(text)
    qtbot.addWidget(around)
    around.resize(300, 200)
    around.show()
    qtbot.wait(20)
    requests = LayoutRequests(around)
    text.setText("step 2")
    qtbot.wait(20)
    assert requests.count == 0
    before = text.height()
    text.setText("many words " * 30)
    qtbot.waitUntil(lambda: text.height() > 2 * before)
    assert requests.count > 0
    assert text.text().startswith("many words")
