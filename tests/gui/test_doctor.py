"""The doctor as the window calls it: in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import cnnviz
from cnnviz.gui.dialogs import show_doctor


def test_nothing_that_lies_in_the_current_folder_is_run(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("platform", "cnnviz", "json"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(("", str(Path(cnnviz.__file__).parents[1]), "")))
    parent = QWidget()
    qtbot.addWidget(parent)
    doctor = show_doctor(parent)
    qtbot.waitUntil(lambda: "cnnviz" in doctor._text.toPlainText(), timeout=30_000)
    assert "PyTorch" in doctor._text.toPlainText() or "torch" in doctor._text.toPlainText()
    assert not (tmp_path / "ran").exists()
    doctor.close()
