"""The run on the page while another program trains it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.session import Session
from cnnviz.gui.training.page import TrainingPage
from cnnviz.runs.journal import START
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import EpochDone, Event, RunFinished, RunStarted, StepsDone, WeightsReady
from cnnviz.training.recording import read_run
from cnnviz.training.run_writer import RunWriter
from cnnviz.zoo.catalog import resolve

CONFIG = TrainConfig(
    "lenet",
    "fashion-mnist-sample",
    options=dict(resolve("lenet").options),
    epochs=2,
    resize=28,
    device="cpu",
    precision="fp32",
)
WEIGHTS = WeightsReady(2, 4, {"0.weight": np.zeros(1, np.float32)})


def steps_done(epoch: int) -> StepsDone:
    return StepsDone(epoch, 2 * epoch - 1, (1.0, 0.9), (0.1, 0.2), 10.0)


def epoch_done(epoch: int) -> EpochDone:
    return EpochDone(epoch, 2 * epoch, 1.0, 0.2, 0.9, 0.5, 2.0, 10.0)


class Elsewhere:
    """Another program that trains: it writes what it is told to."""

    def __init__(self, folder: Path, again: bool = False) -> None:
        self.folder = folder
        self._writer = RunWriter(folder, None, again=again)
        self._writer.open()

    def tell(self, *events: Event) -> None:
        for event in events:
            list(self._writer.note(event))

    def end(self) -> None:
        self._writer.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    made = Elsewhere(tmp_path / "run")
    made.tell(RunStarted(CONFIG, "CPU", 100, 20, 2, ("a", "b"), 10), steps_done(1))
    yield made
    made.end()


def open_run(qtbot: QtBot, session: Session, page: TrainingPage, folder: Path, count: int = 2) -> None:
    session.set_run(folder)
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) == count, timeout=5000)


def test_curves_grow_as_the_journal_does(
    qtbot: QtBot, session: Session, page: TrainingPage, elsewhere: Elsewhere
) -> None:
    open_run(qtbot, session, page, elsewhere.folder)
    assert page.view.state.text().startswith("Trained by another program  ·  Epoch 1 of 2")
    assert not page.view.continue_button.isEnabled()
    page.view.pick_view("data")
    elsewhere.tell(epoch_done(1), steps_done(2))
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) == 4 and page.epochs.rowCount() == 1, timeout=5000)
    assert page.view.switch.chosen == "data"
    elsewhere.tell(epoch_done(2), WEIGHTS, RunFinished("finished", 2, 4, 7.5))
    elsewhere.end()
    qtbot.waitUntil(lambda: "Finished" in page.view.state.text(), timeout=8000)
    assert list(page.plots.buffer.steps.values) == [1, 2, 3, 4]
    assert page.epochs.rowCount() == 2
    assert not page.past.following.is_going
    assert page.view.export.button.isEnabled()


def test_run_that_loses_its_folder_is_going_on_no_more(
    qtbot: QtBot, session: Session, page: TrainingPage, elsewhere: Elsewhere
) -> None:
    open_run(qtbot, session, page, elsewhere.folder)
    shutil.rmtree(elsewhere.folder)
    qtbot.waitUntil(lambda: not page.past.following.is_going, timeout=8000)
    assert "holds no run" in page.banner.text
    assert "broke off without a word" in page.view.state.text()
    assert len(page.plots.buffer.steps) == 2


def test_run_that_ended_is_followed_when_another_program_goes_on_with_it(
    qtbot: QtBot, session: Session, page: TrainingPage, elsewhere: Elsewhere
) -> None:
    elsewhere.tell(epoch_done(1), steps_done(2), WEIGHTS, RunFinished("stopped", 1, 4, 7.5))
    elsewhere.end()
    folder = elsewhere.folder
    open_run(qtbot, session, page, folder, count=4)
    again = Elsewhere(folder, again=True)
    again.tell(RunStarted(CONFIG, "CPU", 100, 20, 2, ("a", "b"), 10), steps_done(1))
    qtbot.waitUntil(lambda: page.past.following.is_going and len(page.plots.buffer.steps) == 2, timeout=5000)
    assert page.epochs.rowCount() == 0
    again.end()


def test_this_window_reads_nothing_of_a_run_of_its_own(
    qtbot: QtBot, session: Session, page: TrainingPage, elsewhere: Elsewhere
) -> None:
    open_run(qtbot, session, page, elsewhere.folder)
    page.past.following.leave()
    elsewhere.tell(epoch_done(1), steps_done(2))
    assert not page.past.following._watch._files
    assert not page.past.following._silence.isActive()


def tick(qtbot: QtBot, page: TrainingPage, *folders: Path, count: int = 1) -> None:
    page.view.runs.model.set_beside(folders)
    qtbot.waitUntil(lambda: len(page.plots.others) == count, timeout=5000)


def test_curves_beside_grow_as_their_journal_does(qtbot: QtBot, page: TrainingPage, elsewhere: Elsewhere) -> None:
    tick(qtbot, page, elsewhere.folder)
    beside = page.plots.others[0]
    assert list(beside.buffer.steps.values) == [1, 2]
    elsewhere.tell(epoch_done(1), steps_done(2))
    qtbot.waitUntil(lambda: len(beside.buffer.steps) == 4 and len(beside.buffer.test_steps) == 1, timeout=5000)
    elsewhere.tell(epoch_done(2), WEIGHTS, RunFinished("finished", 2, 4, 7.5))
    elsewhere.end()
    qtbot.waitUntil(lambda: len(beside.buffer.test_steps) == 2, timeout=8000)
    assert list(beside.buffer.steps.values) == [1, 2, 3, 4]


def test_curves_beside_begin_anew_with_their_journal(qtbot: QtBot, page: TrainingPage, elsewhere: Elsewhere) -> None:
    elsewhere.tell(epoch_done(1), steps_done(2), WEIGHTS, RunFinished("stopped", 1, 4, 7.5))
    elsewhere.end()
    tick(qtbot, page, elsewhere.folder)
    beside = page.plots.others[0]
    again = Elsewhere(elsewhere.folder, again=True)
    again.tell(RunStarted(CONFIG, "CPU", 100, 20, 2, ("a", "b"), 10), steps_done(1))
    qtbot.waitUntil(lambda: list(beside.buffer.steps.values) == [1, 2], timeout=5000)
    assert not len(beside.buffer.test_steps)
    again.end()


def test_run_that_cannot_be_read_loses_its_tick_and_the_others_are_drawn(
    qtbot: QtBot, page: TrainingPage, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    tick(qtbot, page, tmp_path / "gone", elsewhere.folder)
    assert page.plots.others[0].folder == elsewhere.folder
    assert page.view.runs.model.beside == (elsewhere.folder,)
    assert "holds no run" in page.banner.text


def test_run_beside_is_followed_no_more_once_its_tick_is_off(
    qtbot: QtBot, page: TrainingPage, elsewhere: Elsewhere
) -> None:
    tick(qtbot, page, elsewhere.folder)
    beside = page.plots.others[0]
    tick(qtbot, page, count=0)
    assert not page.findChildren(type(page.past.following))[1:]
    elsewhere.tell(epoch_done(1), steps_done(2))
    assert len(beside.buffer.steps) == 2


def test_events_behind_a_mark_are_those_that_came_since(elsewhere: Elsewhere) -> None:
    whole = read_run(elsewhere.folder)
    elsewhere.tell(epoch_done(1))
    further = read_run(elsewhere.folder, whole.mark)
    assert whole.is_whole
    assert not further.is_whole
    assert further.events == (epoch_done(1),)
    assert read_run(elsewhere.folder, further.mark).events == ()


def test_journal_that_was_written_anew_is_read_whole(elsewhere: Elsewhere) -> None:
    elsewhere.tell(epoch_done(1))
    whole = read_run(elsewhere.folder)
    journal = elsewhere.folder / "metrics.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    beside = journal.with_name("beside")
    beside.write_bytes(b"".join([*lines[:-1], json.dumps({"kind": "notice", "what": "x" * 1000}).encode() + b"\n"]))
    beside.replace(journal)
    again = read_run(elsewhere.folder, whole.mark)
    assert again.is_whole
    assert len(again.events) == len(whole.events)
    assert read_run(elsewhere.folder, START).events == again.events
