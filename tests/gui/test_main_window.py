from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMessageBox, QSplitter
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui import app, messages
from cnnviz.gui.inspector import Inspect
from cnnviz.gui.last_network import FIRST_MODEL, LastNetwork
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.spec_text import spec_from
from cnnviz.gui.theme import TEXT_SIZES, Theme, is_dark
from cnnviz.gui.unexpected import as_cnnviz_error
from cnnviz.gui.window_memory import (
    fitted,
    last_text_size,
    last_theme,
    remember_window,
    restore_window,
)
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import Journalled, RunFinished, RunStarted, StepsDone
from cnnviz.zoo.catalog import ModelSpec, resolve

MakeWindow = Callable[..., MainWindow]


def endless_training(config: TrainConfig, control: Control, folder: Path) -> Generator[Journalled, None, None]:
    yield RunStarted(config, "CPU", 20, 10, 1000, ("a", "b"), 1234)
    wait = threading.Event()
    for step in itertools.count(1):
        yield StepsDone(1, step, (2.0,), (0.1,), 100.0)
        if wait.wait(0.002) or control.stop_requested:
            break
    yield RunFinished("stopped", 0, step, 0.5)


@pytest.fixture
def make_window(
    qtbot: QtBot, session: Session, theme: Theme, make_report: Callable[..., Report], tmp_path: Path
) -> Iterator[MakeWindow]:
    windows: list[MainWindow] = []

    def inspect(spec: ModelSpec) -> Inspected:
        if spec.input_shape[1] < 32:
            raise CnnvizError("The picture is too small.", "Choose 32 or more.")
        return Inspected(spec, make_report(spec.name))

    def make(session: Session = session, inspect: Inspect = inspect) -> MainWindow:
        window = MainWindow(session, theme, Preferences(tmp_path / "settings.json"), inspect)
        windows.append(window)
        window.build_pages()
        return window

    yield make
    for window in windows:
        window.closing.stop_and_close()
        qtbot.waitUntil(lambda w=window: not w.page("training").running, timeout=3000)
        window.close()


def test_picked_network_is_inspected_and_shown(qtbot: QtBot, session: Session, make_window: MakeWindow) -> None:
    window = make_window()
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        window.network.pick("torchvision/vgg11")
    assert window.page("layers").model.report is session.report
    assert window.windowTitle() == "vgg11 – cnnviz"


def test_compare_tab_has_the_picked_network(qtbot: QtBot, session: Session, make_window: MakeWindow) -> None:
    window = make_window()
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        window.network.pick("vgg11")
    window.tabs.show_page("compare")
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Compare"
    assert window.tabs.currentWidget().widget() is window.page("compare")
    assert [each.title for each in window.page("compare").contestants] == ["VGG-11"]


def test_refused_size_is_told_beside_the_form_and_the_last_table_stands(
    qtbot: QtBot, session: Session, make_window: MakeWindow
) -> None:
    window = make_window()
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        window.network.pick("vgg11")
    report = session.report
    with qtbot.waitSignal(session.failure_changed, timeout=3000):
        window.network.options.fields["height"].type_text("8")
    assert window.network.options._error.text() == "The picture is too small. Choose 32 or more."
    assert session.report is report
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        window.network.options.fields["height"].type_text("64")
    assert window.network.options._error.text() == ""


def test_nothing_is_inspected_before_torch_is_there(
    qtbot: QtBot, make_window: MakeWindow, make_report: Callable[..., Report]
) -> None:
    asked: list[ModelSpec] = []

    def inspect(spec: ModelSpec) -> Inspected:
        asked.append(spec)
        return Inspected(spec, make_report(spec.name))

    session = Session()
    make_window(session, inspect)
    session.set_spec(resolve("vgg11"))
    QApplication.processEvents()
    assert asked == []
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        session.announce_torch()
    assert asked == [resolve("vgg11")]


def test_enter_in_the_search_picks_the_first_hit(session: Session, make_window: MakeWindow) -> None:
    window = make_window()
    window.network.search.setText("resnet50")
    window.network._pick_first_hit()
    assert session.spec is not None
    assert "resnet50" in session.spec.name


def test_closing_during_a_run_asks_and_closes_when_the_run_has_ended(
    qtbot: QtBot, session: Session, make_window: MakeWindow
) -> None:
    window = make_window()
    session.set_spec(resolve("lenet"))
    window.page("training")._open_stream = endless_training
    window.show()
    window.page("training").start()
    qtbot.waitUntil(lambda: len(window.page("training").plots.buffer.steps) > 0, timeout=3000)
    assert not window.close()
    box = window.findChild(QMessageBox)
    assert box is not None
    box.button(QMessageBox.StandardButton.NoButton)
    stop = next(button for button in box.buttons() if button.text() == "Stop and close")
    stop.click()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=3000)
    assert not window.page("training").running


def test_run_goes_on_when_the_user_thinks_better_of_closing(
    qtbot: QtBot, session: Session, make_window: MakeWindow
) -> None:
    window = make_window()
    session.set_spec(resolve("lenet"))
    window.page("training")._open_stream = endless_training
    window.page("training").start()
    qtbot.waitUntil(lambda: len(window.page("training").plots.buffer.steps) > 0, timeout=3000)
    assert not window.close()
    box = window.findChild(QMessageBox)
    assert box is not None
    next(button for button in box.buttons() if button.text() == "Go on training").click()
    steps = len(window.page("training").plots.buffer.steps)
    qtbot.waitUntil(lambda: len(window.page("training").plots.buffer.steps) > steps, timeout=3000)
    with qtbot.waitSignal(window.page("training").run_ended, timeout=3000):
        window.page("training").stop()


def test_being_told_to_end_stops_the_run_and_asks_nothing(
    qtbot: QtBot, session: Session, make_window: MakeWindow
) -> None:
    window = make_window()
    session.set_spec(resolve("lenet"))
    window.page("training")._open_stream = endless_training
    window.show()
    window.page("training").start()
    qtbot.waitUntil(lambda: len(window.page("training").plots.buffer.steps) > 0, timeout=3000)
    window.closing.stop_and_close()
    assert window.findChild(QMessageBox) is None
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=3000)
    assert not window.page("training").running


def test_being_told_to_end_closes_an_idle_window(make_window: MakeWindow) -> None:
    window = make_window()
    window.show()
    window.closing.stop_and_close()
    assert not window.isVisible()


def test_picture_given_at_the_start_is_what_the_window_shows(
    qapp: QApplication, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.gui.theme.Theme", lambda *_: theme)
    window = app.make_window(qapp, resolve("lenet"), tmp_path / "cat.png")
    assert window.session.picture == tmp_path / "cat.png"
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Feature maps"
    window.build_pages()
    assert window.tabs.currentWidget().widget() is window.page("maps")
    window.close()


def test_network_and_theme_survive_a_restart(make_window: MakeWindow, session: Session, theme: Theme) -> None:
    window = make_window()
    session.set_spec(resolve("vgg13", {"width_divisor": 4, "in_channels": 3}, (3, 64, 96)))
    theme.choose("dark")
    window.close()
    settings = Preferences(window._settings.file)
    assert spec_from(settings.text("window/network")) == session.spec
    assert last_theme(settings) == "dark"


def test_text_is_as_large_as_chosen_everywhere_and_after_a_restart(
    qtbot: QtBot, make_window: MakeWindow, theme: Theme, session: Session
) -> None:
    window = make_window()
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    usual = {widget: widget.fontMetrics().height() for widget in window.findChildren(QLabel) if widget.text()}
    for _ in range(9):
        qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert theme.text_size == TEXT_SIZES[-1]
    assert "Text 200 %" in _said(window)
    assert all(widget.fontMetrics().height() > 1.7 * height for widget, height in usual.items())
    remember_window(window, window.splitter, "layers", window._settings, theme)
    assert last_text_size(Preferences(window._settings.file)) == TEXT_SIZES[-1]
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert not any(text.startswith("Text") for text in _said(window))
    assert {widget: widget.fontMetrics().height() for widget in usual} == usual


def _said(window: MainWindow) -> list[str]:
    return [each.text() for each in window.status.findChildren(QLabel) if each.isVisible()]


_NONSENSE = b'{"window/network": "vgg99 axb", "window/theme": "pink", "window/page": [3], "window/geometry": "%%"}'


@pytest.mark.parametrize("damage", [b"\x00\xff\xfe[[[", _NONSENSE, b"[" * 100_000, b"[]", b""])
def test_damaged_settings_are_ignored(tmp_path: Path, damage: bytes, session: Session) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(damage)
    settings = Preferences(file)
    LastNetwork(session, settings, session).pick()
    assert session.spec == resolve(FIRST_MODEL)
    assert last_theme(settings) == "system"
    assert settings.state("window/geometry") is None


def test_every_page_can_be_painted_in_both_themes(
    qtbot: QtBot, session: Session, theme: Theme, make_window: MakeWindow, tmp_path: Path
) -> None:
    window = make_window()
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        window.network.pick("vgg11")
    session.select_call(2)
    for choice in ("light", "dark"):
        theme.choose(choice)
        assert is_dark(window.palette()) == (choice == "dark")
        for page in ("layers", "graph", "training"):
            window.tabs.show_page(page)
            file = tmp_path / f"{choice}-{page}.png"
            assert window.grab().save(str(file))


def test_window_fits_a_small_screen(make_window: MakeWindow) -> None:
    window = make_window()
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        assert window.minimumSizeHint().width() <= 640
        assert window.minimumSizeHint().height() <= 540  # of 1920 × 1080 at scale 2


def test_every_shortcut_is_used_once(make_window: MakeWindow) -> None:
    window = make_window()
    commands = [command for command in window.commands() if command.id.partition(".")[0] in ("file", "view", "help")]
    keys = [key for command in commands for key in command.keys]
    assert len(keys) == len(set(keys))
    for page in window.tabs.pages:
        inner = [(key, command.within) for command in page.commands() for key in command.keys]
        assert len(inner) == len(set(inner))


def test_unexpected_exception_of_any_thread_is_shown_once_in_the_thread_of_the_window(
    qtbot: QtBot, make_window: MakeWindow, caplog: pytest.LogCaptureFixture
) -> None:
    window = make_window()
    alarm = messages.Alarm(window)
    error = ValueError("boom")
    thread = threading.Thread(target=lambda: alarm._on_exception(ValueError, error, None))
    thread.start()
    thread.join()
    assert window.findChild(QMessageBox) is None
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=1000)
    alarm._on_exception(ValueError, error, None)
    QTimer.singleShot(0, lambda: None)
    QApplication.processEvents()
    boxes = window.findChildren(QMessageBox)
    assert len(boxes) == 1
    assert "boom" in boxes[0].text()
    boxes[0].close()
    assert "unexpected failure" in caplog.text


def test_an_error_of_the_user_stays_what_it_is() -> None:
    error = CnnvizError("a", "b")
    assert as_cnnviz_error(error) is error


def test_page_that_needs_more_room_is_scrolled_and_widens_no_window(make_window: MakeWindow) -> None:
    window = make_window()
    window.show()
    window.tabs.show_page("training")
    narrow = window.minimumSizeHint()
    layout = window.page("training").layout()
    assert layout is not None
    layout.addWidget(QLabel("a long line " * 20))
    QApplication.processEvents()
    assert window.minimumSizeHint() == narrow
    assert window.page("training").width() > window.tabs.width()


@pytest.mark.parametrize(
    ("window", "fits"),
    [
        (QRect(100, 50, 800, 600), QRect(100, 50, 800, 600)),
        (QRect(3000, -90, 800, 600), QRect(550, 36, 800, 600)),
        (QRect(0, 0, 2560, 1600), QRect(8, 36, 1342, 724)),
        (QRect(2**31 - 9, 40, 0, 1), QRect(1030, 40, 320, 200)),
    ],
)
def test_window_is_brought_onto_the_screen_that_there_is(window: QRect, fits: QRect) -> None:
    assert fitted(window, QRect(8, 36, 1342, 724)) == fits


@pytest.mark.parametrize("size", [4, 8, 13, 24, 29, None])
def test_panels_of_a_damaged_file_stay_beside_one_another_and_can_be_moved(
    qtbot: QtBot, tmp_path: Path, size: int | None
) -> None:
    window, splitter = QMainWindow(), QSplitter(Qt.Orientation.Horizontal)
    qtbot.addWidget(window)
    window.setCentralWidget(splitter)
    handle, settings = splitter.handleWidth(), Preferences(tmp_path / "settings.json")
    upright = QSplitter(Qt.Orientation.Vertical)
    qtbot.addWidget(upright)
    settings.store("window/splitter", upright.saveState()[:size] if size else upright.saveState())
    restore_window(window, splitter, settings)
    assert splitter.orientation() is Qt.Orientation.Horizontal
    assert splitter.handleWidth() == handle > 0


def test_first_window_and_one_restored_lie_on_the_screen(make_window: MakeWindow) -> None:
    first = make_window()
    screen = first.screen().availableGeometry()
    assert first.width() <= min(1280, screen.width())
    assert first.height() <= min(800, screen.height())
    first.setGeometry(-500, -400, 5000, 3000)
    first.close()
    assert screen.contains(make_window().geometry())
