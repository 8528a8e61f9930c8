"""What the session hears of the picked network, and when: kept answers first, fresh ones behind them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.gui.inspector import Inspector
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.maps.wanted import Editions, wanted_of
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.gui.workers.warmup import make_qt_types
from cnnviz.inspection import kept_reports
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.kept_reports import Kept
from cnnviz.inspection.made_with import MadeWith, made_here
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec, resolve
from cnnviz.zoo.own.own_names import own_name
from cnnviz.zoo.own.permission import ask_before_running, check_allowed

MakeReport = Callable[..., Report]
_VGG, _LENET = resolve("vgg11"), resolve("lenet")
_OLD = MadeWith("0.0.1", "1.0", "0.1")


@dataclass
class Memory:
    """Reports by the names of their networks."""

    answers: dict[str, Kept] = field(default_factory=dict)
    told: list[tuple[ModelSpec, Inspected]] = field(default_factory=list)

    def recall(self, spec: ModelSpec) -> Kept | None:
        return self.answers.get(spec.name)

    def keep(self, asked: ModelSpec, inspected: Inspected) -> None:
        self.told.append((asked, inspected))


@pytest.fixture
def memory(make_report: MakeReport) -> Memory:
    return Memory({"vgg11": Kept(Inspected(_VGG, make_report()), _OLD)})


@pytest.fixture
def cold(memory: Memory, make_report: MakeReport) -> Iterator[Session]:
    """A session that waits for torch, with an inspector that finds what is kept."""
    session = Session()
    inspector = Inspector(session, lambda spec: Inspected(spec, make_report()), memory)
    yield session
    inspector.close()


def test_kept_answer_is_shown_before_torch_and_is_not_taken_for_a_fresh_one(cold: Session) -> None:
    cold.set_spec(_VGG)
    QApplication.processEvents()
    assert cold.current is not None
    assert cold.kept == _OLD
    assert cold.confirmed is None
    assert wanted_of(cold, Scaling(), Editions()).inspected is None  # maps are captured by its indices


def test_answer_that_is_confirmed_changes_no_more_than_that(qtbot: QtBot, cold: Session, memory: Memory) -> None:
    cold.set_spec(_VGG)
    QApplication.processEvents()
    shown, told = cold.inspected, list[object]()
    cold.inspected_changed.connect(told.append)
    with qtbot.waitSignal(cold.kept_changed, timeout=3000):
        cold.announce_torch()
    assert (cold.inspected, cold.confirmed, cold.kept, told) == (shown, shown, None, [])
    qtbot.waitUntil(lambda: memory.told == [(_VGG, shown)], timeout=3000)


def test_answer_that_is_found_to_differ_is_replaced(
    qtbot: QtBot, cold: Session, memory: Memory, make_report: MakeReport
) -> None:
    memory.answers["vgg11"] = Kept(Inspected(_VGG, make_report(macs=7)), made_here())
    cold.set_spec(_VGG)
    QApplication.processEvents()
    assert cold.report is not None
    assert cold.report.totals.macs == 7
    with qtbot.waitSignal(cold.inspected_changed, timeout=3000):
        cold.announce_torch()
    assert cold.report.totals.macs == 1000
    assert cold.kept is None


def test_kept_answer_of_a_guessed_input_settles_it_once_everybody_heard_of_the_guess(
    cold: Session, memory: Memory
) -> None:
    fitting, heard = resolve("vgg11", None, (1, 64, 64)), list[ModelSpec]()
    memory.answers["vgg11"] = replace(memory.answers["vgg11"], inspected=Inspected(fitting, cold_report(memory)))
    cold.spec_changed.connect(heard.append)
    cold.set_spec(_VGG)
    QApplication.processEvents()
    assert heard == [_VGG, fitting]
    assert cold.current is not None


def cold_report(memory: Memory) -> Report:
    return memory.answers["vgg11"].inspected.report


def test_network_that_is_picked_again_before_it_is_confirmed_is_confirmed(
    qtbot: QtBot, cold: Session, memory: Memory
) -> None:
    cold.announce_torch()
    cold.set_spec(_VGG)
    cold.set_spec(_LENET)
    cold.set_spec(_VGG)
    qtbot.waitUntil(lambda: cold.confirmed is not None, timeout=3000)
    assert cold.spec == _VGG


def test_kept_answer_with_torch_there_is_shown_while_the_network_is_inspected(
    qtbot: QtBot, memory: Memory, make_report: MakeReport
) -> None:
    session, go_on = Session(), threading.Event()
    session.announce_torch()

    def inspect(spec: ModelSpec) -> Inspected:
        go_on.wait(3)
        return Inspected(spec, make_report())

    inspector = Inspector(session, inspect, memory)
    with qtbot.waitSignal(session.inspected_changed, timeout=3000):
        session.set_spec(_VGG)
    assert session.kept == _OLD
    go_on.set()
    qtbot.waitUntil(lambda: session.confirmed is not None, timeout=3000)
    inspector.close()


def test_failure_stands_beside_the_kept_answer(qtbot: QtBot, memory: Memory) -> None:
    def inspect(spec: ModelSpec) -> Inspected:
        raise CnnvizError("It cannot be built.")

    session = Session()
    inspector = Inspector(session, inspect, memory)
    session.set_spec(_VGG)
    QApplication.processEvents()
    with qtbot.waitSignal(session.failure_changed, timeout=3000):
        session.announce_torch()
    assert session.current is not None
    assert session.kept == _OLD
    inspector.close()


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path, memory: Memory, make_report: MakeReport) -> Iterator[MainWindow]:
    """A window that waits for torch. It inspects a file of the user's only where that may run."""

    def inspect(spec: ModelSpec) -> Inspected:
        name = own_name(spec.name)
        if name is not None:
            check_allowed(name.file, name.file.read_bytes())
        return Inspected(spec, make_report())

    window = MainWindow(Session(), theme, Preferences(tmp_path / "settings.json"), inspect, memory)
    ask_before_running(window.own.may_run)
    yield window
    window.close()


def test_window_says_of_what_versions_kept_numbers_are_until_they_are_confirmed(
    qtbot: QtBot, window: MainWindow
) -> None:
    mark = window.status._kept
    window.session.set_spec(_VGG)
    QApplication.processEvents()
    assert window.page("layers").has_rows()
    assert "PyTorch 1.0" in mark.text()
    assert not mark.isHidden()
    with qtbot.waitSignal(window.session.kept_changed, timeout=3000):
        window.session.announce_torch()
    assert mark.isHidden()


def test_kept_answer_of_a_file_allows_it_nothing(
    qtbot: QtBot, window: MainWindow, memory: Memory, tmp_path: Path, make_report: MakeReport
) -> None:
    file = tmp_path / "net.py"
    file.write_text("from torch import nn\nclass Net(nn.Module):\n    pass\n")
    spec = resolve(f"{file}:Net")
    memory.answers[spec.name] = Kept(Inspected(spec, make_report()), made_here())
    window.session.set_spec(spec)
    QApplication.processEvents()
    assert window.session.current is not None
    assert not window.own.may_run(file, spec.revision)
    with qtbot.waitSignal(window.session.failure_changed, timeout=3000):
        window.session.announce_torch()
    box = window.findChild(QMessageBox)
    assert box is not None
    assert not window.own.may_run(file, spec.revision)
    with qtbot.waitSignal(window.session.kept_changed, timeout=3000):
        next(button for button in box.buttons() if button.text() == "Open").click()
    assert window.own.may_run(file, spec.revision)
    assert window.session.failure is None


@pytest.mark.parametrize("shapes", [[[1, 3, 10, 12]], [], [[4]]])
def test_saved_report_opens_in_every_page_before_torch_and_needs_no_confirmation(
    window: MainWindow, tmp_path: Path, make_report: MakeReport, shapes: list[list[int]]
) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps({**make_report().to_dict(), "input_shapes": shapes}), "utf-8")
    window.inspector._memory = kept_reports
    window.own.open(file)
    QApplication.processEvents()
    assert window.session.confirmed is not None
    assert window.status._kept.isHidden()
    assert window.windowTitle() == "r.json – cnnviz"
    make_qt_types()  # as the window does before it builds them: a graph is laid out in a thread
    window.build_pages()
    window.show()
    for entry in window.tabs.entries:
        window.tabs.show_page(entry.id)
        QApplication.processEvents()


_FIRST_FRAME = """
import os, sys
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from cnnviz.gui.app import make_window
from cnnviz.zoo.catalog import resolve

class Eye(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print(view.model().rowCount(view.model().index(0, 0)), "torch" in sys.modules, flush=True)
            os._exit(0)
        return False

app = QApplication([])
window = make_window(app, resolve(sys.argv[1]))
view, eye = window.page("layers").view, Eye()
view.viewport().installEventFilter(eye)
window.show()
app.exec()
"""


@pytest.mark.parametrize(("name", "rows"), [("vgg11", 6), ("torchvision/fasterrcnn_resnet50_fpn", 11)])
def test_first_frame_has_the_table_and_torch_is_not_imported(name: str, rows: int) -> None:
    command = [sys.executable, "-c", _FIRST_FRAME, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [str(rows), "False"], done.stderr
