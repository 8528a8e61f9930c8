"""A network's disk that hangs stops no window: whatever is opened, listed, restored or dropped from it."""

from __future__ import annotations

import builtins
import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from watched import without_processor

from cnnviz import slow_disks
from cnnviz.gui import app
from cnnviz.gui.compare.page import ComparePage
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.parts.file_drop import FileDrop
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.spec_text import spec_as_text
from cnnviz.gui.training.page import TrainingPage
from cnnviz.zoo.catalog import resolve

_MOST_SECONDS = 5.0  # of a machine for itself, where building a window takes two; the share is silent for a minute
_NET = "from torch import nn\nclass Net(nn.Sequential):\n    pass\n"


class Share:
    """A folder whose disk answers nobody until it is let go on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked_by_the_window = folder, list[str]()
        self._answers = threading.Event()

    def hang(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every way to the disk wait, and note those of the window's thread, which do not."""
        for holder, name in (
            (os, "stat"), (os, "lstat"), (os, "open"), (os, "scandir"), (os, "listdir"),
            (builtins, "open"), (io, "open"),
        ):  # fmt: skip
            monkeypatch.setattr(holder, name, self._waiting(name, getattr(holder, name)))

    def answer(self) -> None:
        """Answer everybody."""
        self._answers.set()

    def _waiting(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def ask(path: object, *arguments: object, **named: object) -> object:
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(str(self.folder)):
                if threading.current_thread() is threading.main_thread() and not self._answers.is_set():
                    self.asked_by_the_window.append(f"{name} {path}")
                else:
                    self._answers.wait(60)
            return real(path, *arguments, **named)

        return ask


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Share]:
    folder = tmp_path / "share"
    (folder / "run").mkdir(parents=True)
    (folder / "net.py").write_text(_NET)
    (folder / "report.json").write_text("{}")
    (folder / "cat.png").write_bytes(b"no picture")
    (folder / "w.safetensors").write_bytes(b"no weights")
    share = Share(folder)
    yield share
    share.answer()
    slow_disks.wait_for_no_disk_in(None)
    slow_disks._silent.clear()


def remember(share: Share, settings: Preferences) -> None:
    """Let the window of last time have looked at everything on the share."""
    folder = share.folder
    spec = {"name": f"{folder / 'net.py'}:Net", "options": {}, "inputs": [[3, 8, 8]], "dtypes": [""]}
    settings.store("window/network", json.dumps(spec))
    settings.store("own/recent", [str(folder / "net.py"), str(folder / "report.json"), str(folder / "gone.pt2")])
    for page, choices in {
        "maps": {"picture": str(folder / "cat.png")},
        "training": {"data": str(folder), "runs_folder": str(folder / "run")},
    }.items():
        settings.store_mapping(f"page/{page}", choices)
    settings.save()


def timed(what: str, act: Callable[[], object]) -> None:
    start = time.perf_counter() - without_processor()
    act()
    QApplication.processEvents()
    took = time.perf_counter() - without_processor() - start
    assert took < _MOST_SECONDS, f"{what}: {took:.2f} s"


def dropped(file: Path) -> QDropEvent:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPointF(1, 1), Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.content = content  # type: ignore[attr-defined]  # it must live as long
    return event


def test_nothing_that_is_on_a_silent_share_stops_the_window(
    qtbot: QtBot, qapp: QApplication, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(share, Preferences())
    share.hang(monkeypatch)
    made: list[MainWindow] = []
    timed("start", lambda: made.append(app.make_window(qapp)))
    window = made[0]
    qtbot.addWidget(window)
    window.build_pages()  # which imports for seconds
    timed("show", window.show)
    for name in ("net.py", "report.json", "new.ipynb"):
        timed(f"open {name}", lambda name=name: window.own.open(share.folder / name))
        drop = next(each for each in window.children() if isinstance(each, FileDrop))
        timed(f"drop {name}", lambda name=name, drop=drop: drop.eventFilter(window, dropped(share.folder / name)))
    timed("picture", lambda: window.open_picture(share.folder / "cat.png"))
    timed("run", lambda: window.open_run(share.folder / "run"))
    maps, training = window.page("maps"), window.page("training")
    assert isinstance(maps, FeatureMapsPage)
    assert isinstance(training, TrainingPage)
    timed("weights", lambda: maps.view.header.weights.take(share.folder / "w.safetensors"))
    timed("weights of a run", lambda: training.view.follow_weights(share.folder / "run"))
    timed("forget", lambda: window.own.forget(share.folder / "net.py"))
    timed("settings", window.tabs.remember_choices)
    monkeypatch.setattr("cnnviz.gui.workers.latest_job._PATIENCE", 0.1)
    share_asked = list(share.asked_by_the_window)
    share.answer()
    window.close()
    assert share_asked == []


@contextmanager
def window_without_answer(
    qtbot: QtBot, qapp: QApplication, share: Share, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """Yield a window that remembers what lies on the share, which answers it only behind."""
    remember(share, Preferences())
    with monkeypatch.context() as patch:
        share.hang(patch)
        window = app.make_window(qapp)
        qtbot.addWidget(window)
        yield window
        share.answer()


def test_what_a_share_holds_is_listed_once_it_answers(
    qtbot: QtBot, qapp: QApplication, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    with window_without_answer(qtbot, qapp, share, monkeypatch) as window:
        assert window.own.architectures() == ()
    qtbot.waitUntil(lambda: any(each.title == "Net" for each in window.own.architectures()), timeout=5000)


@pytest.mark.parametrize("meanwhile", [None, "lenet"])
def test_network_that_was_picked_last_is_picked_once_its_disk_answers_unless_another_one_is(
    qtbot: QtBot, qapp: QApplication, share: Share, monkeypatch: pytest.MonkeyPatch, meanwhile: str | None
) -> None:
    with window_without_answer(qtbot, qapp, share, monkeypatch) as window:
        window.last_network.remember()
        assert window._settings.text("window/network") == Preferences().text("window/network")
        if meanwhile is not None:
            window.session.set_spec(resolve(meanwhile))
    wanted = meanwhile or f"{share.folder / 'net.py'}:Net"
    with qtbot.waitSignal(window.last_network.activity_changed, timeout=5000):
        pass
    assert window.session.spec is not None
    assert window.session.spec.name == wanted
    window.last_network.remember()
    assert json.loads(window._settings.text("window/network"))["name"] == wanted


def test_networks_that_are_compared_come_once_their_disk_answers_and_stay_remembered(
    qtbot: QtBot, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = {"name": f"{share.folder / 'net.py'}:Net", "options": {}, "inputs": [[3, 8, 8]], "dtypes": [""]}
    choices = {"0": json.dumps(spec), "1": spec_as_text(resolve("lenet"))}
    page = ComparePage(Session())
    qtbot.addWidget(page)
    slow_disks.wait_for_no_disk_in(threading.get_ident())
    with monkeypatch.context() as patch:
        share.hang(patch)
        page.choose(choices)
        assert set(page.choices().values()) == set(choices.values())
        share.answer()
    qtbot.waitUntil(lambda: len(page.contestants) == 2, timeout=5000)
    assert {each.spec.name for each in page.contestants} == {"lenet", spec["name"]}
    page.end()


def test_a_program_of_its_own_waits_for_any_disk(tmp_path: Path) -> None:
    assert slow_disks.answered(lambda: time.sleep(0.6) or "late", tmp_path) == "late"


def test_a_silent_disk_is_asked_once(tmp_path: Path, share: Share) -> None:
    slow_disks.wait_for_no_disk_in(threading.get_ident())
    asked: list[int] = []
    gate = threading.Event()

    def ask() -> None:
        asked.append(1)
        gate.wait(20)

    for _ in range(3):
        with pytest.raises(slow_disks.SlowDiskError, match="does not answer"):
            slow_disks.answered(ask, tmp_path / "a")
    assert len(asked) == 1
    assert slow_disks.answered(lambda: "here", tmp_path.parent / "b" / "c") == "here"
    gate.set()
