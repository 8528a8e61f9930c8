"""Guards for tests of the window: no window and no QThread outlives its test, no dialog blocks, no setting leaks."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import Any, NoReturn

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.gui.workers.collector import collect_what_is_due, collector_paused
from cnnviz.inspection.call import Call, CallStatus, SettingValue, Shape
from cnnviz.inspection.report import Failure, Report, Totals
from cnnviz.slow_disks import wait_for_no_disk_in
from cnnviz.zoo.own.permission import ask_before_running

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")


@pytest.fixture
def session() -> Session:
    """A session that knows torch to be there, so that jobs run at once."""
    session = Session()
    session.announce_torch()
    return session


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """Make the report of a small network: features (a convolution and a ReLU), a function, a classifier used twice."""
    return _make_report


def _make_report(name: str = "vgg11", macs: int | None = 1000, error: Failure | None = None) -> Report:
    conv = {"in_channels": 3, "out_channels": 8, "kernel_size": (3, 3), "stride": (1, 1), "padding": (1, 1)}
    conv |= {"groups": 1, "dilation": (1, 1), "bias": True}
    image, maps, logits = (1, 3, 10, 12), (1, 8, 10, 12), (1, 10)
    calls = (
        _call(0, None, "", "Net", image, logits, params=2004, macs=macs),
        _call(1, 0, "features", "Sequential", image, maps, params=224, macs=25920),
        _call(2, 1, "features.0", "Conv2d", image, maps, own_params=224, params=224, macs=25920, settings=conv),
        _call(3, 1, "features.1", "ReLU", maps, maps),
        _call(4, 0, "flatten", "flatten", maps, (1, 960), module=False, macs=None),
        _call(5, 0, "fc", "Linear", (1, 960), logits, own_params=1780, params=1780, macs=9600),
        _call(6, 0, "fc", "Linear", logits, () if error else logits, call_number=2, status="failed" if error else None),
    )
    return Report(name, (image,), calls, Totals(2004, 2004, 0, macs, 5000), error)


def _call(
    index: int,
    parent: int | None,
    path: str,
    kind: str,
    shape_in: Shape,
    shape_out: Shape,
    *,
    own_params: int = 0,
    params: int = 0,
    macs: int | None = 0,
    module: bool = True,
    call_number: int = 1,
    settings: dict[str, SettingValue] | None = None,
    status: CallStatus | None = None,
) -> Call:
    outputs = (shape_out,) if shape_out else ()
    return Call(
        index=index,
        parent=parent,
        path=path,
        kind=kind,
        module=module,
        call_number=call_number,
        inputs_from=(),
        input_shapes=(shape_in,),
        output_shapes=outputs,
        own_params=own_params,
        params=params,
        self_macs=macs if own_params else 0,
        macs=macs,
        activation_bytes=4 * prod(shape_out),
        settings=settings or {},
        status=status or "complete",
    )


@pytest.fixture(autouse=True)
def garbage_waits_for_the_end_of_its_test() -> Iterator[None]:
    """As the program does: within a call of Qt it could wait for itself for ever."""
    with collector_paused():
        yield
    collect_what_is_due()


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
def no_question_outlives_its_test() -> Iterator[None]:
    """Let later tests run files without being asked, and wait for the disk: a window decides for the whole process."""
    yield
    ask_before_running(None)
    wait_for_no_disk_in(None)


@pytest.fixture(autouse=True)
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Send settings, runs and kept reports to ``tmp_path``."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CNNVIZ_CONFIG_FOLDER", str(tmp_path / "config" / "cnnviz"))
    monkeypatch.setenv("CNNVIZ_DATA_FOLDER", str(tmp_path / "data" / "cnnviz"))
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache" / "cnnviz"))
    return tmp_path


def _is_running(thread: QThread) -> bool:
    try:
        return thread.isRunning()
    except RuntimeError:  # already deleted, so it has ended
        return False


@pytest.fixture(autouse=True)
def windows_outlive_their_style_sheet(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Free main windows only when the style sheet is the one from before the test.

    Qt 6.11's style sheet keeps a pointer to the menu bar of a window that is destroyed, and follows it when the style
    sheet is next set. The program has one window, which lives as long as its style sheet.
    """
    alive: list[MainWindow] = []
    make = MainWindow.__init__

    def remember(self: MainWindow, *arguments: Any, **named: Any) -> None:
        alive.append(self)
        make(self, *arguments, **named)

    monkeypatch.setattr(MainWindow, "__init__", remember)
    style_sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    yield
    qapp.setStyleSheet(style_sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)
    for window in alive:
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if (
        alive
    ):  # pyqtgraph's menus have no parent: collected while Qt walks its widgets to dress them, they end the process
        alive.clear()
        gc.collect()


@pytest.fixture(autouse=True)
def clipboard_is_empty(qapp: QApplication) -> None:
    """What another test copied is not there to be pasted."""
    qapp.clipboard().clear()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, for windows of a test's own."""
    theme = Theme(qapp, "light")
    yield theme
    qapp.styleHints().colorSchemeChanged.disconnect(theme._follow_system)
