from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot
from torch.nn import Module

from cnnviz.gui.training.drawing_canvas import SIDE, DrawingCanvas
from cnnviz.gui.training.try_view import TryView
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import CheckpointWritten, RunStarted
from cnnviz.training.recording import read_run, record
from cnnviz.zoo import resolve, weights
from cnnviz.zoo.catalog import ModelSpec

CONFIG = TrainConfig("lenet", "fashion-mnist-sample", epochs=1, limit=320, device="cpu", deterministic=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    list(record(train(CONFIG), folder))
    return folder


@pytest.fixture
def view(qtbot: QtBot, run: Path):
    made = TryView()
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.follow(run)
    made.begin(next(event for event in read_run(run).events if isinstance(event, RunStarted)))
    yield made
    made.end()


def test_drawing_is_light_on_dark_and_is_rubbed_out(qtbot: QtBot) -> None:
    canvas = DrawingCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(SIDE * 10, SIDE * 10)
    canvas.show()
    assert canvas.is_empty
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(145, 145))
    drawn = canvas.pixels
    assert drawn.shape == (1, SIDE, SIDE)
    assert drawn[0, 14, 14] > 200
    assert drawn[0, :5].max() == 0
    qtbot.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(145, 145))
    assert canvas.is_empty
    canvas.draw_line(QPointF(2, 2), QPointF(20, 20))
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.is_empty


def test_what_is_drawn_is_told_by_the_weights_of_the_run(qtbot: QtBot, view: TryView) -> None:
    view.show()
    view.canvas.draw_line(QPointF(6, 4), QPointF(20, 24))
    qtbot.waitUntil(lambda: len(view.classes.rows) == 5, timeout=15000)
    assert view.heading.text() == view.classes.rows[0][0]
    assert view.message.text() == "Told by the weights after 5 steps."
    view.canvas.clear()
    qtbot.waitUntil(lambda: view.classes.rows == (), timeout=5000)


def test_network_is_kept_only_while_it_is_seen(qtbot: QtBot, view: TryView, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[weakref.ref[Module]] = []
    build = weights.built

    def remember(spec: ModelSpec) -> Module:
        network = build(spec)
        built.append(weakref.ref(network))
        return network

    monkeypatch.setattr(weights, "built", remember)
    view.show()
    view.canvas.draw_line(QPointF(6, 4), QPointF(20, 24))
    qtbot.waitUntil(lambda: len(view.classes.rows) == 5, timeout=15000)
    view.hide()
    gc.collect()
    assert [each() for each in built] == [None]
    view.show()
    view.canvas.draw_line(QPointF(6, 4), QPointF(4, 24))
    qtbot.waitUntil(lambda: len(built) == 2, timeout=15000)


def test_picture_on_disk_is_told_and_one_that_cannot_be_read_says_why(
    qtbot: QtBot, view: TryView, tmp_path: Path
) -> None:
    Image.new("RGB", (50, 40), (200, 10, 10)).save(tmp_path / "red.png")
    view.show()
    view.open(tmp_path / "red.png")
    qtbot.waitUntil(lambda: len(view.classes.rows) == 5, timeout=15000)
    (tmp_path / "bad.png").write_bytes(b"nothing")
    view.open(tmp_path / "bad.png")
    qtbot.waitUntil(lambda: "bad.png" in view.message.text(), timeout=15000)
    assert view.classes.rows == ()


def test_run_without_weights_says_so_and_is_asked_again_when_they_are_written(
    qtbot: QtBot, view: TryView, run: Path, tmp_path: Path
) -> None:
    view.follow(tmp_path / "empty")
    view.show()
    view.canvas.draw_line(QPointF(6, 4), QPointF(20, 24))
    qtbot.waitUntil(lambda: "not there any more" in view.message.text(), timeout=15000)
    view.follow(run)
    view.take([CheckpointWritten(1, 5)])
    qtbot.waitUntil(lambda: len(view.classes.rows) == 5, timeout=15000)


def test_without_a_run_weights_that_come_with_cnnviz_tell(qtbot: QtBot, run: Path) -> None:
    view = TryView()
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.offer(resolve("lenet"))
    view.show()
    view.canvas.draw_line(QPointF(6, 4), QPointF(20, 24))
    qtbot.waitUntil(lambda: len(view.classes.rows) == 5, timeout=15000)
    assert view.message.text() == "Told by weights that come with cnnviz, after 2,350 steps."
    view.offer(resolve("nin"))
    assert view.classes.rows == ()
    assert "Start a run" in view.message.text()
    view.follow(run)
    view.begin(next(event for event in read_run(run).events if isinstance(event, RunStarted)))
    qtbot.waitUntil(lambda: view.message.text() == "Told by the weights after 5 steps.", timeout=15000)
    view.end()
