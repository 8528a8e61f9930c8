"""Guards for tests of the window: no window and no QThread outlives its test, no dialog blocks, no setting leaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")


@pytest.fixture(autouse=True)
def no_window_outlives_its_test(qtbot: QtBot) -> Iterator[None]:
    """Fail a test that leaves a visible window; widgets given to ``qtbot.addWidget`` are closed by it."""
    yield
    QApplication.processEvents()
    managed = {reference() for reference, _ in getattr(qtbot._request.node, "qt_widgets", [])}
    left = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w not in managed]
    for widget in left:
        widget.hide()
    assert not left, f"visible windows outlived the test: {left}"


@pytest.fixture(autouse=True)
def no_qthread_outlives_its_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a QThread running: destroying it would abort the process."""
    started: list[QThread] = []
    start = QThread.start

    def remember(self: QThread, *arguments: object) -> None:
        started.append(self)
        start(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(QThread, "start", remember)
    yield
    running = [thread for thread in started if _is_running(thread)]
    for thread in running:
        thread.wait(2000)
    assert not running, f"QThreads outlived the test: {running}"


@pytest.fixture(autouse=True)
def no_dialog_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail at once where a dialog would wait for somebody."""

    def refuse(*_arguments: object) -> NoReturn:
        raise AssertionError("a dialog or menu blocks with exec(); use open() and a signal")

    monkeypatch.setattr(QDialog, "exec", refuse)
    monkeypatch.setattr(QMenu, "exec", refuse)


@pytest.fixture(autouse=True)
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Send settings and runs to ``tmp_path``."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CNNVIZ_CONFIG_FOLDER", str(tmp_path / "config" / "cnnviz"))
    monkeypatch.setenv("CNNVIZ_DATA_FOLDER", str(tmp_path / "data" / "cnnviz"))
    return tmp_path


def _is_running(thread: QThread) -> bool:
    try:
        return thread.isRunning()
    except RuntimeError:  # already deleted, so it has ended
        return False
