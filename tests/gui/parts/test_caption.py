"""A caption that keeps its room."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.labels import Caption, label


@pytest.mark.parametrize("text", ["", "one line", "a text which is long enough to need the second of its lines"])
def test_what_stands_below_a_caption_does_not_move_with_its_text(text: str, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    caption, below = Caption(2, "first"), label("below")
    column.addWidget(caption)
    column.addWidget(below)
    column.addStretch(1)
    page.resize(260, 300)
    page.show()
    before = below.y()
    caption.setText(text)
    column.activate()
    assert below.y() == before


def test_a_caption_grows_rather_than_cut_what_is_longer(qtbot: QtBot) -> None:
    caption = Caption(1, "word " * 60)
    qtbot.addWidget(caption)
    assert caption.heightForWidth(200) > 5 * caption.fontMetrics().lineSpacing()
