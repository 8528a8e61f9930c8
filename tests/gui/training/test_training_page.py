from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from run_events import WHOLE

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.live_plots import LivePlots
from cnnviz.gui.training.page import TrainingPage
from cnnviz.gui.training.run_naming import run_title
from cnnviz.gui.training.run_view import Phase
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import (
    CheckpointWritten,
    EpochDone,
    Event,
    FolderLost,
    FolderTaken,
    Heard,
    Journalled,
    Preparing,
    RunFinished,
    RunStarted,
    StepsDone,
)
from cnnviz.training.recording import record
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights_source import Weights

MakePage = Callable[..., TrainingPage]
Script = Callable[[TrainConfig, Control, Path], Generator[Journalled, None, None]]


def one_epoch(config: TrainConfig, control: Control, folder: Path) -> Generator[Journalled, None, None]:
    yield Preparing("Reading", 0.5)
    yield RunStarted(config, "CPU", 20, 10, 2, ("a", "b"), 1234)
    yield StepsDone(1, 1, (2.0, 1.0), (0.1, 0.3), 100.0)
    yield EpochDone(1, 2, 1.5, 0.2, 0.9, 0.6, 0.2, 100.0)
    yield CheckpointWritten(1, 2)
    yield RunFinished("finished", 1, 2, 0.5)


def until_stopped(config: TrainConfig, control: Control, folder: Path) -> Generator[Journalled, None, None]:
    yield RunStarted(config, "CPU", 20, 10, 1000, ("a", "b"), 1234)
    step, wait = 0, threading.Event()
    while not control.stop_requested:
        control.wait_while_paused()
        step += 1
        yield StepsDone(1, step, (2.0,), (0.1,), 100.0)
        wait.wait(0.002)
    yield RunFinished("stopped", 0, step, 0.5)


@pytest.fixture
def make_page(qtbot: QtBot, session: Session) -> Iterator[MakePage]:
    pages: list[TrainingPage] = []

    def make(script: Script = one_epoch) -> TrainingPage:
        session.set_spec(resolve("lenet"))
        page = TrainingPage(session, script)
        qtbot.addWidget(page)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.end()


def test_run_fills_curves_table_and_progress(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    assert page.epochs.rowCount() == 1
    assert list(page.plots.buffer.loss.raw.values) == [2.0, 1.0]
    assert list(page.plots.buffer.test_accuracy.values) == [0.6]
    assert page.view.state.text().startswith("Finished")
    assert page.phase is Phase.IDLE


def test_session_hears_of_the_run_and_of_its_checkpoints(qtbot: QtBot, session: Session, make_page: MakePage) -> None:
    page = make_page()
    written: list[Path] = []
    session.run_weights_written.connect(written.append)
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    assert session.run is not None
    assert session.run.name.startswith("lenet-")
    assert written == [session.run]


def test_run_is_started_paused_and_stopped_by_keys_that_its_buttons_tell(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(until_stopped)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    view, ctrl = page.view, Qt.KeyboardModifier.ControlModifier
    assert view.start_button.toolTip() == "Start a run (Ctrl+R)"
    assert view.continue_button.toolTip().endswith("(Ctrl+Shift+R)")
    field = page.form.fields["learning_rate"]
    field.setFocus()
    phases = []
    for key in (Qt.Key.Key_R, Qt.Key.Key_P, Qt.Key.Key_P, Qt.Key.Key_R, Qt.Key.Key_Period):
        QTest.keyClick(page, key, ctrl)
        phases.append(page.phase)
    assert phases == [Phase.RUNNING, Phase.PAUSED, Phase.RUNNING, Phase.RUNNING, Phase.STOPPING]
    qtbot.waitUntil(lambda: page.phase is Phase.IDLE, timeout=3000)
    page.hide()


def test_rate_that_can_be_changed_is_the_runs_from_its_start(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(until_stopped)
    page.view.rate.show_rate(0.1)  # of the run before
    page.form.fields["learning_rate"].type_text("0.25")
    page.start()
    assert page.view.rate.field.text == "0.25"


def test_second_start_is_ignored_while_a_run_is_under_way(qtbot: QtBot, make_page: MakePage) -> None:
    opened: list[Path] = []

    def counted(config: TrainConfig, control: Control, folder: Path) -> Generator[Journalled, None, None]:
        opened.append(folder)
        yield from until_stopped(config, control, folder)

    page = make_page(counted)
    page.start()
    page.start()
    page.view.start_button.click()
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > 0, timeout=3000)
    assert not page.view.start_button.isEnabled()
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()
    assert len(opened) == 1


def without_its_folder(config: TrainConfig, control: Control, folder: Path) -> Generator[Heard, None, None]:
    yield RunStarted(config, "CPU", 20, 10, 1000, ("a", "b"), 1234)
    while not control.stop_requested:
        control.pause()
        yield FolderLost(f"The run's folder {folder} is gone.")
        control.wait_while_paused()
        if (other := control.take_folder()) is not None:
            yield FolderTaken(other)
            yield from until_stopped(config, control, other)


def buttons(page: TrainingPage) -> dict[str, QPushButton]:
    return {each.text(): each for each in page.banner.findChildren(QPushButton) if each.isVisibleTo(page)}


def test_run_without_its_folder_pauses_and_goes_on_in_another(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    page = make_page(without_its_folder)
    page.start()
    first = session.run
    qtbot.waitUntil(lambda: page.phase is Phase.PAUSED, timeout=3000)
    assert "is gone" in page.banner.text
    assert "are held" in page.banner.text
    assert page.view.state.text().startswith("Paused")
    buttons(page)["Go on in another folder…"].click()
    dialog = page.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.reject()
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > 0, timeout=3000)
    assert session.run == tmp_path / first.name
    assert page.phase is Phase.RUNNING
    assert "goes on in" in page.banner.text
    assert "Stop" not in buttons(page)
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()


def test_run_without_its_folder_can_be_stopped_or_tried_again(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(without_its_folder)
    page.start()
    qtbot.waitUntil(lambda: page.phase is Phase.PAUSED, timeout=3000)
    page.banner.clear()
    page.pause_or_resume()
    qtbot.waitUntil(lambda: page.phase is Phase.PAUSED, timeout=3000)
    qtbot.waitUntil(lambda: "Stop" in buttons(page), timeout=3000)
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        buttons(page)["Stop"].click()


def test_stop_ends_the_run_and_keeps_its_last_events(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(until_stopped)
    page.start()
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > 2, timeout=3000)
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()
        assert page.phase is Phase.STOPPING
        page.stop()
    assert page.view.state.text().startswith("Stopped by you")


def test_pause_holds_the_run_and_resume_goes_on(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(until_stopped)
    page.start()
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > 2, timeout=3000)
    page.pause_or_resume()
    assert page.phase is Phase.PAUSED
    assert page.view.state.text().startswith("Paused")
    assert page._control.paused
    page.pause_or_resume()
    at = len(page.plots.buffer.steps)
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > at + 2, timeout=3000)
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()


def test_stop_ends_a_paused_run(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(until_stopped)
    page.start()
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > 2, timeout=3000)
    page.pause_or_resume()
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()


def test_refusal_of_the_engine_is_a_banner_and_the_page_can_start_again(qtbot: QtBot, make_page: MakePage) -> None:
    def refusing(config: TrainConfig, control: Control, folder: Path) -> Generator[Journalled, None, None]:
        yield Preparing("Reading")
        raise CnnvizError("The network has 30 classes, the data 10.", "Set Classes to 10.")

    page = make_page(refusing)
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    assert page.banner.text == "The network has 30 classes, the data 10. Set Classes to 10."
    assert page.view.start_button.isEnabled()


def test_value_that_makes_no_sense_is_told_and_no_run_starts(make_page: MakePage) -> None:
    page = make_page()
    page.form.fields["learning_rate"].type_text("")
    page.start()
    assert page.banner.text == "Learning rate cannot be empty. Choose a number above 0."
    page.form.fields["learning_rate"].type_text("fast")
    page.start()
    assert not page.running
    assert "Learning rate" in page.banner.text
    assert page.form.fields["learning_rate"].error_text


def test_refused_field_is_brought_into_sight(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    page.resize(1000, 500)
    page.show()
    field = page.form.fields["seed"]
    field.type_text("-1")
    assert not field.isVisible()  # it is folded away, far below
    page.start()
    qtbot.waitUntil(lambda: not field.visibleRegion().isEmpty())
    assert field.focusProxy() is page.focusWidget()


def test_picking_another_network_does_not_disturb_the_run(qtbot: QtBot, session: Session, make_page: MakePage) -> None:
    page = make_page(until_stopped)
    page.start()
    session.set_spec(resolve("vgg11"))
    qtbot.waitUntil(lambda: len(page.plots.buffer.steps) > 2, timeout=3000)
    assert page.view.title.text().startswith("LeNet-5 on")
    assert page.form.config().model == "vgg11"
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()


def test_feature_maps_of_the_run_are_those_of_its_own_network(
    qtbot: QtBot, session: Session, make_page: MakePage
) -> None:
    page = make_page()
    page.form.fields["resize"].type_text("32")
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    session.set_spec(resolve("vgg11"))
    with qtbot.waitSignal(page.page_wanted, timeout=1000, check_params_cb=lambda id_: id_ == "maps"):
        page.view.look.click()
    assert session.spec == resolve("lenet", None, (1, 32, 32))
    assert session.weights == Weights("run", file=session.run)


def test_form_says_what_the_size_means(make_page: MakePage) -> None:
    page = make_page()
    page.form.show_spec(resolve("vgg11"))
    assert "64 times the work" in page.form._size_note.text()
    assert page.form.config().resize == 224


def test_crosshair_reads_the_nearest_step_and_the_last_test(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    text = page.plots.values_at(1.0)  # epochs: 2 steps each
    assert text.startswith("step 2  ·  loss 1.0000")
    assert "test loss 0.9000, test accuracy 60.0%" in text


def test_runs_are_kept_where_the_user_says_in_any_script(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    page = make_page()
    page.form.keep_runs_in(tmp_path / "训练 结果")
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    assert session.run is not None
    assert session.run.parent == tmp_path / "训练 结果"


@pytest.mark.parametrize(("chosen", "trained"), [(1000, None), (30, 30)])
def test_classes_that_nobody_chose_are_left_to_the_data(qtbot: QtBot, chosen: int, trained: int | None) -> None:
    form = TrainForm()
    qtbot.addWidget(form)
    form.show_spec(resolve("torchvision/resnet18", {"num_classes": chosen}))
    assert form.config().options.get("num_classes") == trained


def test_folder_without_a_run_is_refused_and_the_run_before_stays(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    page = make_page()
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.start()
    run, title = session.run, page.view.title.text()
    session.set_run(tmp_path)
    qtbot.waitUntil(lambda: "holds no run" in page.banner.text, timeout=5000)
    assert session.run == run
    assert (page.view.title.text(), page.view.state.text()[:8]) == (title, "Finished")


def test_another_run_is_not_opened_while_one_is_under_way(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    page = make_page(until_stopped)
    page.start()
    run = session.run
    session.set_run(tmp_path)
    assert page.banner.text.startswith("A run is under way.")
    assert session.run == run
    with qtbot.waitSignal(page.run_ended, timeout=3000):
        page.stop()


def test_title_of_a_run_names_a_network_of_another_version_too() -> None:
    assert run_title(TrainConfig("lenet", "fashion-mnist-sample")) == "LeNet-5 on Fashion-MNIST sample"
    assert run_title(TrainConfig("lenet2077", "/pictures/leaves")) == "lenet2077 on leaves"


def test_axes_stay_where_values_can_be(qtbot: QtBot) -> None:
    plots = LivePlots()
    qtbot.addWidget(plots)
    plots.begin(RunStarted(TrainConfig("lenet", "fashion-mnist-sample", epochs=3), "CPU", 640, 10, 10, (), 1))
    plots.append([StepsDone(1, 1, (2.3,), (0.1,), 100.0)])
    plots.paint_now()
    accuracy, loss = plots.accuracy.view.frame, plots.loss.view.frame
    assert (accuracy.y.low, accuracy.y.high) == (0.0, 1.0)
    assert (loss.y.low, loss.y.high) == (0.0, 2.5)
    assert accuracy.x.high == loss.x.high < 3.0
    plots.bar.logarithmic.setChecked(True)
    plots.append([StepsDone(1, 2, (0.002,), (0.2,), 100.0)])
    plots.paint_now()
    assert (plots.loss.view.frame.y.low, plots.loss.view.frame.y.high) == (0.001, 10.0)


def test_plots_that_nobody_sees_are_not_drawn(qtbot: QtBot) -> None:
    plots = LivePlots()
    qtbot.addWidget(plots)
    plots.append([StepsDone(1, 1, (2.3, 2.2), (0.1, 0.2), 100.0)])
    qtbot.wait(50)
    assert not plots.loss.view.content.series
    plots.show()
    qtbot.waitUntil(lambda: plots.loss.view.drawn, timeout=3000)
    assert list(plots.loss.view.content.series[1].ys) == [2.3, 2.2]


def test_finished_run_is_drawn_from_its_journal_as_it_was_live(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    list(record(WHOLE, folder))
    page = make_page()
    session.set_run(folder)
    qtbot.waitUntil(lambda: page.view.state.text().startswith("run: Finished  ·  1 epoch, 2 steps"), timeout=5000)
    assert list(page.plots.buffer.loss.raw.values) == [2.5, 2.25]
    assert page.epochs.rowCount() == 1
    assert page.view.look.isEnabled()
    assert not page.running


def test_run_whose_folder_is_gone_offers_no_feature_maps(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    list(record(WHOLE, folder))
    page = make_page()
    session.set_run(folder)
    qtbot.waitUntil(page.view.look.isEnabled, timeout=5000)
    folder.rename(tmp_path / "elsewhere")
    qtbot.waitUntil(lambda: not page.view.look.isEnabled(), timeout=5000)


def test_run_that_failed_says_why_when_it_is_opened(
    qtbot: QtBot, session: Session, make_page: MakePage, tmp_path: Path
) -> None:
    def failing() -> Iterator[Event]:
        yield from WHOLE[:4]
        raise CnnvizError("The GPU has no memory left.", "Choose a smaller batch size.")

    folder = tmp_path / "run"
    with pytest.raises(CnnvizError):
        list(record(failing(), folder))
    page = make_page()
    session.set_run(folder)
    words = "run: The run failed. The GPU has no memory left. Choose a smaller batch size."
    qtbot.waitUntil(lambda: page.view.state.text() == words, timeout=5000)


def test_commands_are_enabled_as_the_run_allows(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(until_stopped)

    def enabled() -> set[str]:
        return {command.id for command in page.commands() if command.enabled()}

    assert enabled() == {"training.start"}
    assert page.work is None
    commands = {command.id: command for command in page.commands()}
    with qtbot.waitSignal(page.work_ended, timeout=3000):
        commands["training.start"].trigger()
        assert enabled() == {"training.pause", "training.rate", "training.stop"}
        assert page.work is not None
        commands["training.pause"].trigger()
        assert page.phase is Phase.PAUSED
        commands["training.stop"].trigger()
        assert enabled() == set()
    assert "training.start" in enabled()
    assert page.work is None
