from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from cnnviz.assets import asset
from cnnviz.gui import theme as themes
from cnnviz.gui.theme import Theme


def tick_painted(qtbot: QtBot, percent: int) -> QImage:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = Theme(app, "light")
    theme.choose_text_size(percent)
    box = QCheckBox()
    box.setChecked(True)
    qtbot.addWidget(box)
    box.show()
    painted = box.grab().toImage()
    theme.choose_text_size(100)
    app.styleHints().colorSchemeChanged.disconnect(theme._follow_system)
    return painted


@pytest.mark.parametrize("name", ["python3.12pt", "15tp", "a (b) 'c'", "@text @mode", "C#; {x}", "卷积 网络"])
def test_icons_are_found_wherever_the_program_lies(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    usual = tick_painted(qtbot, 150)
    folder = tmp_path / name
    shutil.copytree(asset("icons"), folder)
    monkeypatch.setattr(themes, "asset", lambda _name: folder)
    assert tick_painted(qtbot, 150) == usual
