"""Networks of the user's own in the window: asked about once, listed, followed on disk. The files are really run."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from torch import nn

import cnnviz
from cnnviz.errors import CnnvizError
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.picker.catalog_model import FILE_ROLE
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.spec_text import spec_from
from cnnviz.gui.theme import Theme
from cnnviz.gui.training.page import TrainingPage
from cnnviz.slow_disks import wait_for_no_disk_in
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import RunFinished, RunStarted
from cnnviz.training.recording import record
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.own.permission import NotAllowedError, ask_before_running, check_allowed

MakeWindow = Callable[[], MainWindow]
_NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width: int = 4):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3)
        self.fc = nn.Linear(width * 26 * 26, 10)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))
"""


@pytest.fixture
def make_window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[MakeWindow]:
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        session = Session()
        session.announce_torch()
        window = MainWindow(session, theme, Preferences(tmp_path / "settings.json"))
        ask_before_running(window.own.may_run)
        windows.append(window)
        return window

    yield make
    ask_before_running(None)
    for window in windows:
        window.close()


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window()


@pytest.fixture
def net(tmp_path: Path) -> Path:
    file = tmp_path / "我的 net.py"
    file.write_text(_NET, "utf-8")
    return file


def question(window: MainWindow) -> QMessageBox | None:
    boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    return boxes[0] if boxes else None


def answer(qtbot: QtBot, window: MainWindow, button: str) -> None:
    qtbot.waitUntil(lambda: question(window) is not None, timeout=20000)
    box = question(window)
    assert box is not None
    next(each for each in box.buttons() if each.text() == button).click()
    qtbot.waitUntil(lambda: question(window) is None, timeout=1000)


def open_and_allow(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    window.own.open(file)
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: window.session.report is not None, timeout=20000)


def first_params(window: MainWindow) -> int | None:
    return None if window.session.report is None else window.session.report.calls[1].own_params


def own_rows(window: MainWindow) -> list[str]:
    shown = window.network.tree.model()
    heading = shown.index(shown.rowCount() - 1, 0)
    return [shown.index(row, 0, heading).data() for row in range(shown.rowCount(heading))]


def test_nothing_runs_before_the_question_is_answered_and_no_is_respected(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "net.py"
    file.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n{_NET}", "utf-8")
    window.own.open(file)
    qtbot.waitUntil(lambda: question(window) is not None, timeout=20000)
    assert window.page("layers").banner.text == window.network.options._error.text() == ""  # a question is no failure
    answer(qtbot, window, "Cancel")
    assert not (tmp_path / "ran").exists()
    assert "has not been run" in window.page("layers").banner.text
    window.own.open(file)
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: window.session.report is not None, timeout=20000)
    assert (tmp_path / "ran").exists()
    assert window.page("layers").banner.text == ""


def test_input_that_works_is_found_and_shown(qtbot: QtBot, window: MainWindow, net: Path) -> None:
    open_and_allow(qtbot, window, net)
    report, spec = window.session.report, window.session.spec
    assert report is not None
    assert spec is not None
    assert (report.status, spec.input_shape) == ("complete", (1, 28, 28))
    assert report.totals.params == 4 * 9 + 4 + 4 * 26 * 26 * 10 + 10
    assert window.network.options.fields["inputs"].text == "1,28,28"
    assert own_rows(window) == ["Net  ·  我的 net.py"]


def test_option_of_the_signature_is_a_field(qtbot: QtBot, window: MainWindow, net: Path) -> None:
    open_and_allow(qtbot, window, net)
    with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
        window.network.options.fields["width"].type_text("8")
    assert window.session.report is not None
    assert window.session.report.calls[1].own_params == 8 * 9 + 8


def test_answer_is_remembered_for_this_content_only(qtbot: QtBot, make_window: MakeWindow, net: Path) -> None:
    first = make_window()
    open_and_allow(qtbot, first, net)
    first.close()
    second = make_window()
    assert own_rows(second) == ["Net  ·  我的 net.py"]
    second.last_network.pick()
    qtbot.waitUntil(lambda: second.session.report is not None, timeout=20000)
    assert question(second) is None
    second.close()
    net.write_text(f"{_NET}\n# changed by somebody", "utf-8")
    third = make_window()
    third.last_network.pick()
    answer(qtbot, third, "Cancel")
    assert third.session.report is None


def test_list_that_somebody_made_long_costs_no_start(make_window: MakeWindow, tmp_path: Path) -> None:
    settings = Preferences(tmp_path / "settings.json")
    settings.store("own/recent", [str(tmp_path / f"{at}.py") for at in range(2_000)])
    settings.save()
    assert len(make_window().own.unreadable()) == 8


@pytest.mark.parametrize("replace", [False, True], ids=["written in place", "replaced by rename"])
def test_saved_file_is_inspected_again(qtbot: QtBot, window: MainWindow, net: Path, replace: bool) -> None:
    open_and_allow(qtbot, window, net)
    for width in (6, 7):  # twice: a replaced file must be watched anew
        new = _NET.replace("width: int = 4", f"width: int = {width}").replace("width * 26", f"{width} * 26")
        new = new.replace("nn.Conv2d(1, width", f"nn.Conv2d(1, {width}")
        with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
            save(net, new, replace)
        assert window.session.report is not None
        assert window.session.report.calls[1].own_params == width * 9 + width
    assert question(window) is None


def test_default_that_is_written_anew_is_taken_and_a_value_that_was_chosen_stays(
    qtbot: QtBot, window: MainWindow, net: Path
) -> None:
    open_and_allow(qtbot, window, net)
    for chosen, default, width in (("", 6, 6), ("5", 7, 5)):
        if chosen:
            with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
                window.network.options.fields["width"].type_text(chosen)
        with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
            net.write_text(_NET.replace("width: int = 4", f"width: int = {default}") + f"# {default}", "utf-8")
        assert window.session.report is not None
        assert window.session.report.calls[1].own_params == width * 9 + width


_BESIDE = "from torch import nn\ndef block(width): return nn.Conv2d(1, width, 3, bias={bias})\n"


def test_file_that_the_networks_imports_is_followed_too(qtbot: QtBot, window: MainWindow, net: Path) -> None:
    beside = net.with_name("blocks.py")
    beside.write_text(_BESIDE.format(bias=True), "utf-8")
    net.write_text(_NET.replace("nn.Conv2d(1, width, 3)", "__import__('blocks').block(width)"), "utf-8")
    open_and_allow(qtbot, window, net)
    spec = window.session.spec
    for text, params in ((_BESIDE.format(bias=False), 36), (_BESIDE.format(bias=True), 40)):
        with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
            beside.write_text(text, "utf-8")
        assert window.session.report is not None
        assert window.session.report.calls[1].own_params == params
        assert window.session.spec != spec  # what else is known of the network, its maps, is of how it was
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        beside.write_text("def block(width:", "utf-8")
    assert "blocks.py, line 1" in window.page("layers").banner.text
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        beside.write_text(_BESIDE.format(bias=True), "utf-8")
    assert window.page("layers").banner.text == ""


def test_folder_that_goes_and_comes_back_is_found(qtbot: QtBot, window: MainWindow, net: Path) -> None:
    inside = net.parent / "a" / "net.py"
    inside.parent.mkdir()
    inside.write_text(_NET, "utf-8")
    open_and_allow(qtbot, window, inside)
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        (net.parent / "a").rename(net.parent / "c")
    assert "net.py is gone" in window.page("layers").banner.text
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        (net.parent / "c").rename(net.parent / "a")
    assert window.page("layers").banner.text == ""


def save(file: Path, text: str, replace: bool) -> None:
    target = file.with_suffix(".tmp") if replace else file
    target.write_text(text, "utf-8")
    if replace:
        target.replace(file)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("class Net(:\n", "我的 net.py, line 1: "),
        ("import a_module_that_is_nowhere\n" + _NET, "line 1: ModuleNotFoundError"),
        ("\nraise SystemExit(3)\n" + _NET, "line 2: The network's code tries to end the program"),
        (_NET.replace("super().__init__()", "1 / 0"), "line 6: ZeroDivisionError"),
    ],
)
def test_broken_save_is_told_with_its_line_and_the_last_report_stands_until_it_is_mended(
    qtbot: QtBot, window: MainWindow, net: Path, broken: str, words: str
) -> None:
    open_and_allow(qtbot, window, net)
    report = window.session.report
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        net.write_text(broken, "utf-8")
    assert words in window.page("layers").banner.text
    assert window.session.report is report
    assert own_rows(window) == ["Net  ·  我的 net.py"]
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        net.write_text(_NET, "utf-8")
    assert window.page("layers").banner.text == ""


def test_deleted_file_is_told_greyed_and_can_be_taken_off_the_list(qtbot: QtBot, window: MainWindow, net: Path) -> None:
    open_and_allow(qtbot, window, net)
    report = window.session.report
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        net.unlink()
    assert "is gone" in window.page("layers").banner.text
    assert window.session.report is report
    with qtbot.waitSignal(window.session.failure_changed, timeout=20000):
        net.write_text(_NET, "utf-8")
    assert window.page("layers").banner.text == ""
    window.network.pick("lenet")
    net.unlink()
    window._list_own()
    assert own_rows(window) == ["我的 net.py  (gone)"]
    shown = window.network.tree.model()
    row = shown.index(0, 0, shown.index(shown.rowCount() - 1, 0))
    assert not shown.flags(row) & Qt.ItemFlag.ItemIsEnabled
    window.network.forget_requested.emit(row.data(FILE_ROLE))
    assert "My networks" not in [shown.index(at, 0).data() for at in range(shown.rowCount())]


def test_file_without_a_network_is_refused_and_what_is_picked_stays(window: MainWindow, tmp_path: Path) -> None:
    window.network.pick("lenet")
    file = tmp_path / "empty.py"
    file.write_text("x = 1\n", "utf-8")
    for wrong in (file, tmp_path / "nowhere.py", tmp_path):
        window.own.open(wrong)
        assert window.page("layers").banner.text != ""
        assert window.session.spec == resolve("lenet")
    assert question(window) is None


def test_every_network_of_a_file_is_listed_but_parts_of_others(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "two.py"
    file.write_text(
        _NET.replace("class Net", "class Block") + "\n\nclass A(Block):\n    pass\n\n\nclass B(Block):\n    pass\n"
    )
    open_and_allow(qtbot, window, file)
    assert own_rows(window) == ["A  ·  two.py", "B  ·  two.py"]
    window.network.pick_or_ask(f"{file}:B")
    qtbot.waitUntil(lambda: window.session.report is not None and window.session.report.name.endswith(":B"))
    assert question(window) is None


def test_option_without_a_default_is_asked_for_in_the_form(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.network.pick("lenet")
    file = tmp_path / "net.py"
    file.write_text(_NET.replace("width: int = 4", "width"), "utf-8")
    window.own.open(file)
    assert "Width needs a value" in window.network.options._error.text()
    assert window.session.spec is not None
    assert window.session.spec.name == "lenet"
    window.network.options.fields["width"].type_text("5")
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: window.session.report is not None and window.session.report.name.endswith(":Net"))
    assert window.session.spec.options == {"width": 5}


def test_dropped_file_is_opened(qtbot: QtBot, window: MainWindow, net: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(net))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(QPoint(5, 5), *how), QDropEvent(QPointF(5, 5), *how)):
        QApplication.sendEvent(window, event)
        assert event.isAccepted()
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: window.session.report is not None, timeout=20000)


def test_inputs_of_a_network_that_takes_no_picture_are_shown_in_one_field(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.build_pages()
    file = tmp_path / "mlp.py"
    file.write_text(
        "from torch import nn\n\ndef mlp() -> nn.Module:\n    return nn.Sequential(nn.Linear(7, 3), nn.ReLU())\n"
    )
    open_and_allow(qtbot, window, file)
    assert window.session.report is not None
    assert window.session.report.input_shapes == ((1, 7),)
    assert list(window.network.options.fields) == ["inputs"]
    assert window.network.options.fields["inputs"].text == "7"


_STEPS = """
from torch import nn

class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.time = nn.Conv2d(3, 8, 3, padding=1), nn.Embedding(50, 8)

    def forward(self, x, t):
        return self.conv(x) + self.time(t)[:, :, None, None]
"""


def test_inputs_and_their_kinds_of_number_are_found_shown_and_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "steps.py"
    file.write_text(_STEPS, "utf-8")
    open_and_allow(qtbot, window, file)
    field = window.network.options.fields["inputs"]
    assert field.text == "3,224,224 ():int64"
    with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
        field.type_text("3,16,16 ():int32")
    report, spec = window.session.report, window.session.spec
    assert report is not None
    assert spec is not None
    assert (report.status, report.input_shapes) == ("complete", ((1, 3, 16, 16), (1,)))
    assert (spec.inputs, spec.dtypes) == (((3, 16, 16), ()), ("", "int32"))
    field.type_text("3,16,x")
    assert window.network.options.edited_spec() is None
    assert "is no input shape" in field.error_text
    with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
        save(file, f"{_STEPS}\n# saved", False)
    assert window.session.spec is not None
    assert (window.session.spec.inputs, window.session.spec.dtypes) == (spec.inputs, spec.dtypes)
    window.close()
    remembered = spec_from(window._settings.text("window/network"))
    assert remembered is not None
    assert remembered.inputs == spec.inputs


def test_channels_in_the_inputs_and_in_an_option_say_the_same(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    text = _NET.replace("width: int = 4", "in_channels: int = 3").replace("width * 26", "4 * 26")
    file.write_text(f"input_shape = (3, 28, 28)\n{text.replace('nn.Conv2d(1, width', 'nn.Conv2d(in_channels, 4')}")
    open_and_allow(qtbot, window, file)
    fields = window.network.options.fields
    for name, typed, channels in (("in_channels", "5", 5), ("inputs", "2,28,28", 2)):
        with qtbot.waitSignal(window.session.inspected_changed, timeout=20000):
            fields[name].type_text(typed)
        assert (fields["in_channels"].value(), fields["inputs"].text) == (channels, f"{channels},28,28")
        assert window.session.report is not None
        assert window.session.report.input_shapes == ((1, channels, 28, 28),)


def test_file_whose_text_does_not_tell_is_run_when_it_may_be(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text(_NET, "utf-8")
    file = tmp_path / "star.py"
    file.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nfrom neighbour import *\n", "utf-8")
    window.network.pick("lenet")
    window.own.open(file)
    answer(qtbot, window, "Cancel")
    assert not (tmp_path / "ran").exists()
    assert "has not been run" in window.page("layers").banner.text
    window.own.open(file)
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: window.session.report is not None and window.session.report.name.endswith(":Net"))
    assert own_rows(window) == ["Net  ·  star.py"]
    assert list(window.network.options.fields) == ["width", "inputs"]


def test_options_that_only_running_tells_appear_when_it_was_run(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "neighbour.py").write_text(_NET, "utf-8")
    file = tmp_path / "star.py"
    file.write_text("from neighbour import *\n", "utf-8")
    window.session.set_spec(resolve(f"{file}:Net"))  # as when the window opens with it
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: list(window.network.options.fields) == ["width", "inputs"], timeout=20000)
    window.network.options.fields["width"].type_text("8")
    qtbot.waitUntil(lambda: first_params(window) == 8 * 9 + 8, timeout=20000)


def test_file_that_makes_no_network_when_it_is_run_is_refused(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "none.py"
    file.write_text("from math import *\n", "utf-8")
    window.own.open(file)
    answer(qtbot, window, "Open")
    qtbot.waitUntil(lambda: "There is no network in none.py" in window.page("layers").banner.text, timeout=20000)


def test_notebook_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "net.ipynb"
    cells = [{"cell_type": "code", "source": text} for text in ("%matplotlib inline\n", _NET)]
    file.write_text(json.dumps({"cells": cells, "nbformat": 4}), "utf-8")
    open_and_allow(qtbot, window, file)
    assert own_rows(window) == ["Net  ·  net.ipynb"]


@pytest.mark.parametrize(
    "damage", ['{"own/recent": [1, {', '{"own/recent": {}, "own/trusted": [3]}', '{"own/recent": [4]}']
)
def test_damaged_lists_are_ignored(make_window: MakeWindow, tmp_path: Path, damage: str) -> None:
    (tmp_path / "settings.json").write_text(damage, "utf-8")
    window = make_window()
    assert window.own.architectures() == ()
    assert not window.own.may_run(tmp_path / "net.py", "")


def test_unresolvable_name_raises_as_before(window: MainWindow) -> None:
    with pytest.raises(CnnvizError, match="There is no file"):
        window.network.pick("/nowhere/net.py:Net")


def test_file_that_another_window_forgets_is_asked_about_again(
    qtbot: QtBot, make_window: MakeWindow, net: Path
) -> None:
    first = make_window()
    open_and_allow(qtbot, first, net)
    second = make_window()
    second.own.forget(net)
    first.network.pick("lenet")
    net.write_text(_NET.replace("width: int = 4", "width: int = 5"), "utf-8")
    first.own.open(net)
    answer(qtbot, first, "Cancel")
    assert not Preferences(first._settings.file).mapping("own/trusted")


def test_program_of_another_content_is_asked_about_whatever_its_size_and_date_are(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(nn.Linear(3, 2), (torch.zeros(1, 3),)), file)
    open_and_allow(qtbot, window, file)
    content, status = file.read_bytes(), file.stat()
    window.own._followed.clear()  # as at the next start
    assert not _refused(window, file)
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _refused(window, file)


def test_run_that_carries_a_file_of_code_asks_when_it_is_opened_and_each_time_it_is_to_go_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file, ran = tmp_path / "theirs.py", tmp_path / "ran"
    config = TrainConfig("lenet", "fashion-mnist-sample", resolve("lenet").options, epochs=1, limit=64, device="cpu")
    file.write_text(f"open({str(ran)!r}, 'w').close()\n{_NET}", "utf-8")
    told = [RunStarted(config, "CPU", 64, 20, 1, ("a", "b"), 10), RunFinished("stopped", 0, 0, 1.0)]
    list(record(told, tmp_path / "run"))
    toml = tmp_path / "run" / "config.toml"
    toml.write_text(toml.read_text("utf-8").partition("[options]")[0].replace('"lenet"', f'"{file}:Net"'), "utf-8")
    window.build_pages()
    window.open_run(tmp_path / "run")
    answer(qtbot, window, "Cancel")
    page = window.page("training")
    assert isinstance(page, TrainingPage)
    for said in ("Cancel", "Open"):
        qtbot.waitUntil(page.view.continue_button.isEnabled, timeout=20000)
        with qtbot.waitSignal(page.run_ended, timeout=60000):
            page.go_on()
        assert not ran.exists()
        answer(qtbot, window, said)
    qtbot.waitUntil(ran.exists, timeout=20000)
    qtbot.waitUntil(lambda: window.session.report is not None, timeout=20000)


def test_long_report_is_opened_once_another_thread_has_read_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, waited = tmp_path / "r.json", threading.Event()
    file.write_text(json.dumps(cnnviz.inspect("lenet").to_dict()), "utf-8")
    read = json.loads

    def read_long(*arguments: Any, **named: Any) -> object:
        waited.wait(20)
        return read(*arguments, **named)

    wait_for_no_disk_in(threading.get_ident())
    monkeypatch.setattr("cnnviz.zoo.own.report_entry.json.loads", read_long)
    window.own.open(file)
    assert window.session.spec is None
    waited.set()
    qtbot.waitUntil(lambda: window.session.current is not None, timeout=20000)
    assert own_rows(window) == ["r.json  ·  lenet"]


@pytest.mark.parametrize(
    "name", ["a\0b.py", "\ud800.py", f"{'x' * 5000}.py", "~nobody_/x.py", "/proc/kmsg", "pipe.py", "//server/x/y.py"]
)
def test_no_name_on_the_list_stops_a_start(make_window: MakeWindow, tmp_path: Path, net: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    listed = str(tmp_path / name) if name == "pipe.py" else name
    (tmp_path / "settings.json").write_text(
        json.dumps(
            {
                "own/recent": [listed, str(net)],
                "own/trusted": {listed: "0"},
                "window/network": json.dumps({"name": listed, "options": {}, "inputs": [[1, 28, 28]]}),
            }
        ),
        "utf-8",
    )
    window = make_window()
    assert own_rows(window)[0].startswith("Net")
    window.last_network.pick()
    assert window.session.spec is not None
    assert window.session.spec.name == "vgg11"
    window.own.open(Path(listed))
    assert window.page("layers").banner.text
    window.own.forget(Path(listed))
    assert window.own.unreadable() == ()


def _refused(window: MainWindow, file: Path) -> bool:
    try:
        check_allowed(file, file.read_bytes())
    except NotAllowedError:
        return True
    return False
