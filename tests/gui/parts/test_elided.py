"""What is too narrow for its text says so with …"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import Elided

_LONG = "block1.0 · Conv2d · 8 × 32 × 32"


def _label(text: str) -> QWidget:
    return Elided(text)


def _combo(text: str) -> QWidget:
    combo = ElidedCombo()
    combo.addItem(text)
    return combo


@pytest.mark.parametrize("make", [_label, _combo])
def test_text_that_does_not_fit_ends_in_an_ellipsis(qtbot: QtBot, make: type[QWidget]) -> None:
    narrow = make(_LONG)
    seen = [narrow.fontMetrics().elidedText(_LONG, Qt.TextElideMode.ElideRight, room) for room in range(110)]
    ended = [make(text) for text in dict.fromkeys(seen)]
    for widget in (narrow, *ended):
        qtbot.addWidget(widget)
        widget.resize(110, 24)
    grabbed = narrow.grab().toImage()
    assert any(grabbed == each.grab().toImage() for each in ended)


def test_what_fits_is_painted_as_qt_paints_it(qtbot: QtBot) -> None:
    plain, elided = QComboBox(), ElidedCombo()
    for combo in (plain, elided):
        qtbot.addWidget(combo)
        combo.addItem(_LONG)
        combo.resize(400, 30)
    assert elided.grab().toImage() == plain.grab().toImage()
