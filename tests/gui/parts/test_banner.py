from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.unexpected import UnexpectedError


def test_banner_is_hidden_until_it_has_something_to_say(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    banner.show_error(CnnvizError("No space left.", "Free some."))
    assert not banner.isHidden()
    assert banner.text == "No space left. Free some."
    banner.clear()
    assert banner.isHidden()
    assert banner.text == ""


def test_banner_copies_the_traceback_of_an_unexpected_error(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_error(UnexpectedError("Something unexpected happened.", "ValueError: x", "Traceback: line 3"))
    banner.copy_details()
    assert "Traceback: line 3" in QGuiApplication.clipboard().text()
