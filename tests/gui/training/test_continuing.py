"""A run that ended goes on in the window: the real page, the real engine, a network that is small."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from full_disk import no_space
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.page import TrainingPage
from cnnviz.runs import checkpoint
from cnnviz.runs.status import Status
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.engine import train
from cnnviz.training.events import StepsDone
from cnnviz.training.recording import read_run, record

_CONFIG = TrainConfig("lenet", "fashion-mnist-sample", epochs=2, limit=256, device="cpu", deterministic=True)


def stopped(folder: Path) -> Path:
    control = Control()
    for event in record(train(_CONFIG, control), folder):
        if isinstance(event, StepsDone):
            control.stop()
    return folder


def opened(qtbot: QtBot, session: Session, page: TrainingPage, folder: Path) -> None:
    session.set_run(folder)
    qtbot.waitUntil(lambda: page.shown.folder == folder, timeout=10_000)


def test_stopped_run_goes_on_to_its_end_and_a_finished_one_gets_more_epochs(
    qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path
) -> None:
    folder = stopped(tmp_path / "run")
    assert not page.view.continue_button.isEnabled()
    opened(qtbot, session, page, folder)
    qtbot.waitUntil(page.view.continue_button.isEnabled, timeout=10_000)
    page.form.fields["epochs"].set_value("nonsense")  # a run that has epochs left does not ask the form
    with qtbot.waitSignal(page.run_ended, timeout=120_000):
        page.view.continue_button.click()
        assert not page.view.continue_button.isEnabled()
    assert page.view.state.text().startswith("Finished")
    assert page.epochs.rowCount() == 2
    assert list(page.plots.buffer.steps.values) == [1, 2, 3, 4, 5, 6, 7, 8]
    page.form.fields["epochs"].set_value("1e9")
    page.view.continue_button.click()
    assert not page.running
    assert "Epochs cannot be" in page.form.fields["epochs"].error_text
    page.form.fields["epochs"].set_value(1)
    with qtbot.waitSignal(page.run_ended, timeout=120_000):
        page.view.continue_button.click()
    assert page.epochs.rowCount() == 3
    assert read_run(folder).config.epochs == 3
    assert read_run(folder).state == "finished"


def test_run_whose_checkpoints_are_gone_says_so_on_the_button(
    qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path
) -> None:
    folder = stopped(tmp_path / "run")
    shutil.rmtree(folder / "checkpoints")
    opened(qtbot, session, page, folder)
    assert not page.view.continue_button.isEnabled()
    assert "checkpoints are gone" in page.view.continue_button.toolTip()


def test_run_whose_folder_is_gone_says_so_on_the_button(
    qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path
) -> None:
    folder = stopped(tmp_path / "run")
    opened(qtbot, session, page, folder)
    qtbot.waitUntil(page.view.continue_button.isEnabled, timeout=10_000)
    shutil.rmtree(folder)
    page.view.follow_weights(folder)
    assert not page.view.continue_button.isEnabled()
    assert page.view.continue_button.toolTip() == "Its folder is not there."


def test_run_that_has_weights_alone_is_not_gone_on_with(
    qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path
) -> None:
    folder = stopped(tmp_path / "run")
    for file in folder.rglob("state.safetensors"):
        file.unlink()
    opened(qtbot, session, page, folder)
    assert page.view.look.isEnabled()
    assert not page.view.continue_button.isEnabled()
    page.go_on()
    qtbot.waitUntil(lambda: "hold weights alone" in page.banner.text, timeout=30_000)


def ready_to_go_on(qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path) -> None:
    """Open a run that was stopped."""
    opened(qtbot, session, page, stopped(tmp_path / "run"))
    qtbot.waitUntil(page.view.continue_button.isEnabled, timeout=10_000)


def test_run_that_is_refused_to_go_on_stays_on_the_page_as_it_ended(
    qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_to_go_on(qtbot, session, page, tmp_path)
    steps = list(page.plots.buffer.steps.values)

    def refuse(_status: Status) -> None:
        raise CnnvizError("The run is going on.", "Stop it, or wait for its end.")

    monkeypatch.setattr(Status, "take_up", refuse)
    with qtbot.waitSignal(page.run_ended, timeout=120_000):
        page.go_on()
    assert page.banner.text.startswith("The run is going on.")
    assert list(page.plots.buffer.steps.values) == steps
    assert page.view.state.text().startswith("Stopped")


def test_stop_on_a_full_disk_says_that_it_was_stopped_and_what_is_kept(
    qtbot: QtBot, session: Session, page: TrainingPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_to_go_on(qtbot, session, page, tmp_path)
    monkeypatch.setattr(checkpoint, "_save", no_space)
    page.go_on()
    qtbot.waitUntil(lambda: page.epochs.rowCount() >= 1, timeout=60_000)
    with qtbot.waitSignal(page.run_ended, timeout=60_000):
        page.stop()
    assert page.view.state.text() == "Stopped by you, with an error."
    assert "Kept so far: epoch 0, step " in page.banner.text
    assert "Free some disk space, then go on from there" in page.banner.text
