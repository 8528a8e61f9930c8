"""A painted drawing as a file."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.drawing_file import record, write


@pytest.mark.parametrize("odd", ["\x1b", "\0", "\x7f", "\x9b", "\u202e", "\ufffe", "\uffff", "<&\"'>", "]]>"])
def test_name_that_xml_does_not_allow_is_written_out_in_a_drawing(odd: str, tmp_path: Path, qtbot: QtBot) -> None:
    picture = record(lambda painter: QPainter.drawText(painter, 9, 9, f"a{odd}b"))
    write(picture, QSize(90, 20), QColor("white"), tmp_path / "x.svg")
    words = "".join(ElementTree.fromstring((tmp_path / "x.svg").read_bytes()).itertext())
    assert all(each.isprintable() or each in "\n\t" for each in words)
    assert odd in words if odd.isprintable() else odd not in words
