"""A painter ends with its paint event, whoever else still holds it: another thread may, which walks all objects.

Qt says "endPaint() called with active painter" of one that lives on.
"""

from __future__ import annotations

import ast
from pathlib import Path

import cnnviz.gui

_SOURCES = sorted(Path(cnnviz.gui.__file__).parent.rglob("*.py"))


def _left_open(code: str) -> list[str]:
    """Return the functions that make a painter, neither in a ``with`` nor ended by name."""
    found = []
    for function in (each for each in ast.walk(ast.parse(code)) if isinstance(each, ast.FunctionDef)):
        assigned = [each.value for each in ast.walk(function) if isinstance(each, ast.Assign)]
        makes = any("Painter(" in ast.unparse(value) for value in assigned)
        if makes and "painter.end()" not in ast.unparse(function):
            found.append(function.name)
    return found


def test_a_painter_that_is_left_open_is_found() -> None:
    assert _left_open("def paint(self):\n    painter = QPainter(self)\n    painter.drawLine(1, 2, 3, 4)") == ["paint"]
    assert not _left_open("def paint(self):\n    with QPainter(self) as painter:\n        painter.drawLine(1, 2, 3, 4)")


def test_every_painter_is_ended() -> None:
    assert {file.name: names for file in _SOURCES if (names := _left_open(file.read_text("utf-8")))} == {}
