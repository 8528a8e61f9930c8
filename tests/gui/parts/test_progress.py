"""The progress bar, as the style animates it."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QProgressBar
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.progress import Progress


class Paints(QObject):
    """How often a widget was painted."""

    def __init__(self, bar: QProgressBar) -> None:
        super().__init__(bar)
        self.count = 0
        bar.installEventFilter(self)

    def eventFilter(self, _bar: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_a_bar_stands_still_once_it_knows_its_share_be_it_none(qtbot: QtBot) -> None:
    bar = Progress()
    bar.setStyleSheet("QProgressBar { border: none; } QProgressBar::chunk { background: red; }")  # as the window's is
    qtbot.addWidget(bar)
    paints = Paints(bar)
    bar.setRange(0, 0)
    bar.show()
    qtbot.waitUntil(lambda: paints.count > 3)
    bar.setRange(0, 1000)
    bar.setValue(0)
    qtbot.wait(200)
    before = paints.count
    qtbot.wait(400)
    assert paints.count == before
    bar.setRange(0, 0)
    qtbot.waitUntil(lambda: paints.count > before + 3)
