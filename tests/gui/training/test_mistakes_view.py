from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.epoch_slider import EpochSlider
from cnnviz.gui.training.mistakes_view import MistakesView
from cnnviz.runs.judged_file import Judged, write_judged
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.browsing import contents
from cnnviz.training.events import ClassesJudged, RunStarted

DATA = "fashion-mnist-sample"


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path):
    found = contents(DATA)
    labels = found.test.part.labels
    predictions = labels.copy()
    wrong = np.flatnonzero(labels == 6)[:3]
    predictions[wrong] = 0
    losses = np.full(len(labels), 0.1, np.float32)
    losses[wrong] = [1.0, 3.0, 2.0]
    for epoch in (1, 2):
        write_judged(tmp_path, epoch, Judged(labels, predictions if epoch == 2 else labels, losses))
    made = MistakesView()
    qtbot.addWidget(made)
    made.wrong = [int(wrong[at]) for at in (1, 2, 0)]
    config = TrainConfig("lenet", DATA, {"in_channels": 1}, resize=28)
    made.follow(tmp_path)
    made.begin(RunStarted(config, "a CPU", 10000, len(labels), 157, found.class_names, 61706))
    yield made
    made.end()


def judged(epoch: int) -> ClassesJudged:
    return ClassesJudged(epoch, 157 * epoch, (200,) * 10, (200,) * 10)


def test_worst_mistakes_of_the_newest_epoch_are_shown_as_pictures(qtbot: QtBot, view: MistakesView) -> None:
    view.take([judged(1), judged(2)])
    assert view.matrix.chosen is None
    view.resize(900, 500)
    view.show()
    qtbot.waitUntil(lambda: view.gallery.count() == 3, timeout=10000)
    assert [view.gallery.item(at).text() for at in range(3)] == [
        f"Shirt\n→ T-shirt/top\nloss {loss}" for loss in ("3.00", "2.00", "1.00")
    ]
    assert view.heading.text() == "3 mistakes in 2,000 pictures, worst first"
    assert not view.gallery.item(0).icon().isNull()


def test_cell_that_is_clicked_shows_its_pictures_and_an_earlier_epoch_has_none(
    qtbot: QtBot, view: MistakesView
) -> None:
    view.resize(900, 500)
    view.show()
    view.take([judged(1), judged(2)])
    qtbot.waitUntil(lambda: view.gallery.count() == 3, timeout=10000)
    left, top, side = view.matrix._frame()
    place = QPoint(int(left + 0.5 * side), int(top + 6.5 * side))
    qtbot.mouseClick(view.matrix, Qt.MouseButton.LeftButton, pos=place)
    assert view.matrix.chosen == (6, 0)
    assert view.heading.text() == "Shirt, taken for T-shirt/top: 3 pictures"
    qtbot.keyClick(view.matrix, Qt.Key.Key_Down)
    assert view.matrix.chosen == (7, 0)
    view.slider.slider.setValue(0)
    qtbot.waitUntil(lambda: view.readout.text().startswith("Test accuracy 100.00%"), timeout=10000)
    view._show_worst()
    qtbot.waitUntil(lambda: view.gallery.count() == 0, timeout=10000)


def test_pictures_are_not_shown_where_the_data_are_others(qtbot: QtBot, view: MistakesView, tmp_path: Path) -> None:
    write_judged(tmp_path, 2, Judged(np.zeros(5, int), np.ones(5, int), np.ones(5, np.float32)))
    view.show()
    view.take([judged(2)])
    qtbot.waitUntil(lambda: "others now" in view.message.text(), timeout=10000)
    assert view.gallery.count() == 0


def test_nothing_is_read_while_nobody_looks(qtbot: QtBot, view: MistakesView) -> None:
    view.take([judged(1)])
    assert not view._jobs.busy
    view.show()
    assert view._jobs.busy


def test_slider_follows_the_run_from_its_right_end_only(qtbot: QtBot) -> None:
    slider = EpochSlider()
    qtbot.addWidget(slider)
    slider.add([1, 2, 3])
    assert slider.epoch == 3
    slider.add([4])
    assert slider.epoch == 4
    slider.slider.setValue(0)
    slider.add([5])
    assert slider.epoch == 1
