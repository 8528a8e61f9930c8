"""Tooltips show text; Qt would take what looks like HTML for HTML."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtGui import QTextDocumentFragment

import cnnviz
from cnnviz.gui.parts.plain_tip import plain_tip

_GUI = Path(cnnviz.__file__).parent / "gui"


@pytest.mark.parametrize("text", ["<img src='file:///x'>.png", "a <b>b</b>\nc", "plain\ntwo lines", "a < b", ""])
def test_it_shows_what_stands_in_it(text: str) -> None:
    tip = plain_tip(text)
    shown = QTextDocumentFragment.fromHtml(tip).toPlainText() if tip.startswith("<span") else tip
    assert shown == text


def test_every_tooltip_that_is_not_ours_alone_is_plain() -> None:
    rich = []
    for file in _GUI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setToolTip":
                text = node.args[0]
                is_plain = isinstance(text, ast.Constant) or "plain_tip(" in ast.unparse(text)
                if not is_plain and "agreement.details" not in ast.unparse(text):
                    rich.append(f"{file.name}:{node.lineno}")
    assert rich == []


def test_every_box_says_plain_text_but_the_one_about_us() -> None:
    for file in _GUI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and "QMessageBox(" in (body := ast.unparse(node)):
                ours = node.name in ("show_about", "ask_to_stop")  # no word of anybody else's
                assert ours or "setTextFormat(Qt.TextFormat.PlainText)" in body, f"{file.name}:{node.name}"
