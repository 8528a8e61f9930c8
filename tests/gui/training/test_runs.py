"""The list of runs, those beside the one on the page, and what is done to them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.gui.training.page import TrainingPage
from cnnviz.gui.training.run_table_model import RunTableModel
from cnnviz.gui.training.runs_plot import Dot, RunsPlot
from cnnviz.runs.status import Status
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import EpochDone, RunFinished, RunStarted, StepsDone, WeightsReady
from cnnviz.training.recording import record
from cnnviz.training.run_list import list_runs
from cnnviz.zoo.catalog import resolve

CONFIG = TrainConfig(
    "lenet", "fashion-mnist-sample", options=dict(resolve("lenet").options), resize=28, device="cpu", precision="fp32"
)


def make_run(folder: Path, config: TrainConfig) -> Path:
    made = [
        RunStarted(config, "CPU", 100, 20, 2, ("a", "b"), 10),
        StepsDone(1, 1, (1.0, 0.9), (0.1, 0.2), 10.0),
        EpochDone(1, 2, 1.0, 0.2, 0.9, 0.5, 2.0, 10.0),
        WeightsReady(1, 2, {"0.weight": np.zeros(1, np.float32)}),
        RunFinished("finished", 1, 2, 7.5),
    ]
    list(record(made, folder))
    return folder


@pytest.fixture
def runs(user_folders: Path) -> Path:
    folder = user_folders / "data" / "cnnviz" / "runs"
    folder.mkdir(parents=True)
    make_run(folder / "first", replace(CONFIG, learning_rate=0.1, epochs=1))
    make_run(folder / "second", replace(CONFIG, learning_rate=0.2, optimizer="sgd", batch_size=32))
    return folder


@pytest.fixture
def page(qtbot: QtBot, session: Session, runs: Path) -> Iterator[TrainingPage]:
    session.set_spec(resolve("vgg11"))
    made = TrainingPage(session)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.view.runs.model.rowCount() == 2, timeout=5000)
    yield made
    made.end()


def open_run(qtbot: QtBot, page: TrainingPage, folder: Path) -> None:
    page.view.runs.open_wanted.emit(folder)
    qtbot.waitUntil(lambda: page.shown.folder == folder and page.epochs.rowCount() == 1, timeout=5000)


def test_runs_on_disk_are_there_after_a_restart(page: TrainingPage) -> None:
    assert page.view.title.text() == "No run is open"
    assert page.view.state.text().startswith("2 runs are kept")
    assert page.view.switch.button("runs").text() == "Runs (2)"
    texts = {page.view.runs.model.index(row, 2).data() for row in range(2)}
    assert texts == {"lr 0.1, adam, batch 64, epochs 1", "lr 0.2, sgd, batch 32, epochs 5"}


def test_what_differs_leaves_out_the_data_which_have_a_column_of_their_own(runs: Path) -> None:
    make_run(runs / "third", replace(CONFIG, data="mnist"))
    model = RunTableModel()
    model.show_runs(list_runs(runs))
    texts = {model.index(row, 2).data() for row in range(3)}
    assert texts == {"lr 0.1, epochs 1", "lr 0.2, sgd, batch 32", "lr 0.001"}
    assert not any("mnist" in text for text in texts)


def test_rate_chosen_while_a_run_went_on_is_in_the_list_and_in_the_legend(
    qtbot: QtBot, page: TrainingPage, runs: Path
) -> None:
    row = {"kind": "learning_rate", "epoch": 1, "step": 1, "learning_rate": 0.05}
    with (runs / "first" / "metrics.jsonl").open("a") as journal:
        journal.write(f"{json.dumps(row)}\n")
    page.shelf.list_runs()
    texts = {"lr 0.1 → 0.05, adam, batch 64, epochs 1", "lr 0.2, sgd, batch 32, epochs 5"}
    model = page.view.runs.model
    qtbot.waitUntil(lambda: {model.index(row, 2).data() for row in range(2)} == texts, timeout=5000)
    open_run(qtbot, page, runs / "second")
    model.set_beside([runs / "first"])
    qtbot.waitUntil(lambda: len(page.plots.others) == 1, timeout=5000)
    assert (page.plots.curves.name, page.plots.others[0].name) == ("lr 0.2", "lr 0.1 → 0.05")


def test_opened_run_has_its_settings_in_the_form(
    qtbot: QtBot, page: TrainingPage, session: Session, runs: Path
) -> None:
    open_run(qtbot, page, runs / "second")
    config = page.form.config()
    assert (config.learning_rate, config.optimizer, config.batch_size) == (0.2, "sgd", 32)
    assert session.spec is not None
    assert session.spec.name == "lenet"
    assert config.device == "auto"


def test_run_is_repeated_with_a_change_without_being_opened(page: TrainingPage, session: Session, runs: Path) -> None:
    page.view.runs.select(runs / "second")
    (repeat,) = (command for command in page.commands() if command.title == "Repeat with a change")
    repeat.trigger()
    assert page.form.config().learning_rate == 0.2
    assert session.spec is not None
    assert session.spec.name == "lenet"
    assert page.banner.text.startswith("The form has the settings of second.")
    assert page.shown.folder is None


def test_ticked_run_is_drawn_beside_and_named_by_what_differs(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    open_run(qtbot, page, runs / "second")
    page.view.runs.model.set_beside([runs / "first"])
    qtbot.waitUntil(lambda: len(page.plots.others) == 1, timeout=5000)
    page.plots.paint_now()
    assert [series.name for series in page.plots.loss.view.content.series if series.name] == [
        "lr 0.2",
        "each step",
        "its test",
        "lr 0.1",
    ]
    page.view.runs.model.set_beside([])
    qtbot.waitUntil(lambda: not page.plots.others, timeout=5000)
    page.plots.paint_now()
    assert page.plots.loss.view.content.series[0].name == "training"


def test_runs_beside_are_named_before_the_one_on_the_page_has_started(
    qtbot: QtBot, page: TrainingPage, runs: Path
) -> None:
    open_run(qtbot, page, runs / "second")
    page.view.runs.model.set_beside([runs / "first"])
    qtbot.waitUntil(lambda: len(page.plots.others) == 1, timeout=5000)
    page.plots.others[0].name = ""
    page.shown.clear_for(replace(CONFIG, learning_rate=0.3), runs / "third")
    page.shelf.show_open()
    assert page.plots.others[0].name == "lr 0.1"


def test_runs_that_differ_in_nothing_are_told_apart_by_their_folders(
    qtbot: QtBot, page: TrainingPage, runs: Path
) -> None:
    shutil.copytree(runs / "second", runs / "again")
    open_run(qtbot, page, runs / "second")
    page.view.runs.model.set_beside([runs / "again"])
    qtbot.waitUntil(lambda: len(page.plots.others) == 1, timeout=5000)
    assert (page.plots.curves.name, page.plots.others[0].name) == ("second", "again")


def test_new_run_keeps_the_curves_of_the_one_before(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    open_run(qtbot, page, runs / "first")
    page.shelf.keep_beside(CONFIG)
    assert page.view.runs.model.beside == (runs / "first",)
    page.view.runs.model.set_beside([runs / "second", runs / "first"])  # the second was ticked
    page.shelf.keep_beside(replace(CONFIG, data="mnist"))
    assert page.view.runs.model.beside == (runs / "second",)
    page.view.runs.model.set_beside([])
    page.shelf.keep_beside(replace(CONFIG, data="mnist"))
    assert page.view.runs.model.beside == ()
    page.shown.clear_for(CONFIG, runs / "failed before it began")
    page.shelf.keep_beside(CONFIG)
    assert page.view.runs.model.beside == ()


def test_run_is_renamed_and_the_page_follows(qtbot: QtBot, page: TrainingPage, session: Session, runs: Path) -> None:
    open_run(qtbot, page, runs / "first")
    page.view.runs.rename_wanted.emit(runs / "first")
    dialog = page.findChild(QInputDialog)
    dialog.textValueSelected.emit("baseline")
    dialog.reject()
    qtbot.waitUntil(lambda: session.run == runs / "baseline", timeout=5000)
    qtbot.waitUntil(
        lambda: {each.folder.name for each in page.view.runs.model.runs} == {"baseline", "second"}, timeout=5000
    )
    assert page.shown.folder == runs / "baseline"
    assert page.view.state.text().startswith("baseline: Finished")
    assert page.view.files.title == "baseline"


def test_note_is_kept(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    page.shelf.deeds.note(runs / "first", "the best")
    qtbot.waitUntil(lambda: "the best" in {each.note for each in page.view.runs.model.runs}, timeout=5000)
    assert (runs / "first" / "note.txt").read_text("utf-8") == "the best"


def test_deeds_are_done_one_after_another(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    for name in ("first", "second", "first"):
        page.shelf.deeds.note(runs / name, f"of {name}")
    page.shelf.deeds.rename(runs / "second", "third")
    qtbot.waitUntil(
        lambda: (
            {each.note for each in page.view.runs.model.runs} == {"of first", "of second"}
            and {each.folder.name for each in page.view.runs.model.runs} == {"first", "third"}
        ),
        timeout=5000,
    )


def test_run_is_moved_to_the_trash(qtbot: QtBot, page: TrainingPage, runs: Path, user_folders: Path) -> None:
    page.view.runs.model.set_beside([page.view.runs.model.runs[0].folder])
    qtbot.waitUntil(lambda: len(page.plots.others) == 1, timeout=5000)
    page.shelf.deeds.move_to_trash(page.view.runs.model.runs[0])
    qtbot.waitUntil(lambda: page.view.runs.model.rowCount() == 1, timeout=5000)
    assert "is in the trash" in page.banner.text
    qtbot.waitUntil(lambda: not page.plots.others, timeout=5000)
    assert len(list(runs.iterdir())) == 1
    assert list(user_folders.rglob("metrics.jsonl"))


def test_opening_a_run_is_said_while_it_is_read(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    said: list[str] = []
    page.activity_changed.connect(said.append)
    page._session.set_run(runs / "second")
    qtbot.waitUntil(lambda: page.shown.folder == runs / "second", timeout=5000)
    assert said == ["Opening second…", ""]


def test_run_is_put_back_from_the_trash(qtbot: QtBot, page: TrainingPage, runs: Path, user_folders: Path) -> None:
    before = {each.folder.name for each in page.view.runs.model.runs}
    page.shelf.deeds.move_to_trash(page.view.runs.model.runs[0])
    qtbot.waitUntil(lambda: page.view.runs.model.rowCount() == 1, timeout=5000)
    (button,) = [each for each in page.banner.findChildren(QPushButton) if each.text() == "Put it back"]
    button.click()
    qtbot.waitUntil(lambda: "is back" in page.banner.text, timeout=5000)
    assert {each.name for each in runs.iterdir()} == before
    assert not list(user_folders.rglob("*.trashinfo"))
    qtbot.waitUntil(lambda: page.view.runs.model.rowCount() == 2, timeout=5000)


def test_run_is_not_put_back_over_another(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    listed = page.view.runs.model.runs[0]
    page.shelf.deeds.move_to_trash(listed)
    with qtbot.waitSignal(page.shelf.deeds.trashed, timeout=5000) as trashed:
        pass
    make_run(listed.folder, CONFIG)
    page.shelf.deeds.put_back(*trashed.args)
    qtbot.waitUntil(lambda: f"There is a {listed.folder.name} again." in page.banner.text, timeout=5000)
    assert trashed.args[1].exists()


def test_run_that_another_window_goes_on_with_stays(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    listed = next(each for each in page.view.runs.model.runs if each.folder.name == "first")
    status = Status(runs / "first")
    status.take_up()
    try:
        page.shelf.deeds.move_to_trash(listed)
        qtbot.waitUntil(lambda: "going on" in page.banner.text, timeout=5000)
        assert (runs / "first" / "metrics.jsonl").exists()
    finally:
        status.end()


def test_run_around_data_of_somebodys_stays(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    (runs / "first" / "pictures").mkdir()
    listed = next(each for each in page.view.runs.model.runs if each.folder.name == "first")
    page.shelf.deeds.move_to_trash(listed)
    qtbot.waitUntil(lambda: "holds pictures too" in page.banner.text, timeout=5000)
    assert (runs / "first" / "pictures").exists()


def test_link_is_moved_to_the_trash_and_not_what_it_leads_to(
    qtbot: QtBot, page: TrainingPage, runs: Path, tmp_path: Path
) -> None:
    (runs / "first").rename(tmp_path / "elsewhere")
    (runs / "link").symlink_to(tmp_path / "elsewhere")
    page.shelf.deeds.move_to_trash(replace(page.view.runs.model.runs[0], folder=runs / "link"))
    qtbot.waitUntil(lambda: "is in the trash" in page.banner.text, timeout=5000)
    assert not (runs / "link").is_symlink()
    assert (tmp_path / "elsewhere" / "metrics.jsonl").exists()


def test_name_of_a_folder_is_shown_as_text(page: TrainingPage) -> None:
    run = page.view.runs.model.runs[0]
    page.view.runs.note_wanted.emit(replace(run, folder=run.folder.with_name("<h1>Update now")))
    dialog = page.findChild(QInputDialog)
    shown = [each for each in dialog.findChildren(QLabel) if "<h1>" in each.text()]
    assert [each.textFormat() for each in shown] == [Qt.TextFormat.PlainText]
    dialog.reject()


def test_model_keeps_to_its_word_empty_full_sorted_and_ticked(
    qtbot: QtBot, qtmodeltester: ModelTester, runs: Path
) -> None:
    model = RunTableModel()
    qtmodeltester.check(model)
    model.show_runs(list_runs(runs))
    qtmodeltester.check(model)
    model.sort(3, Qt.SortOrder.DescendingOrder)
    first = model.index(0, 0)
    with qtbot.waitSignal(model.beside_changed):
        assert model.setData(first, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert first.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    stale = model.index(1, 0)
    model.show_runs(())
    assert model.data(stale) is None
    assert model.beside == ()


def test_run_of_another_network_is_begun_with_in_part(qtbot: QtBot, page: TrainingPage, runs: Path) -> None:
    page.view.runs.select(runs / "first")
    commands = {command.id: command for command in page.view.runs.commands()}
    commands["training.begin-with-run"].trigger()
    config = page.form.config()
    assert (config.model, config.weights, config.allow_mismatch) == ("vgg11", str(runs / "first"), True)
    assert "with what fits of it" in page.banner.text


def test_runs_are_drawn_against_what_they_cost_and_a_click_selects_one(
    qtbot: QtBot, page: TrainingPage, session: Session, runs: Path
) -> None:
    session.announce_torch()
    page.view.pick_view("runs")
    plot = page.view.runs.plot
    qtbot.waitUntil(lambda: len(plot.over_macs.places) == 2, timeout=20000)
    assert plot.over_time.places == {runs / "first": (7.5, 0.5), runs / "second": (7.5, 0.5)}
    assert plot.over_macs.places[runs / "first"] == (416_520, 0.5)
    plot.chosen.emit(runs / "second")
    assert page.view.runs.selected is not None
    assert page.view.runs.selected.folder == runs / "second"
    plot.over_time.pointed.emit(plot.over_time._dots[0])
    assert "LeNet-5 on Fashion-MNIST sample, 50.00%" in plot.readout


def test_no_accuracy_is_below_none_nor_above_all(qtbot: QtBot, theme: Theme) -> None:
    plot = RunsPlot()
    qtbot.addWidget(plot)
    for accuracies in ((0.1, 0.1), (0.0, 0.02), (1.0, 0.99), (0.1, 0.9)):
        folders = [Path(str(at)) for at in range(len(accuracies))]
        plot.show_dots([Dot(each, "a", "b", share, 10, 2.0) for each, share in zip(folders, accuracies, strict=True)])
        _, (low, high) = plot.over_time.getViewBox().viewRange()
        assert -0.05 < low < min(accuracies)
        assert max(accuracies) < high < 1.05
        assert high - low >= 0.1


def test_run_of_another_program_comes_into_the_list_while_one_looks_at_it(
    qtbot: QtBot, page: TrainingPage, runs: Path
) -> None:
    page.show()
    page.view.pick_view("runs")
    make_run(runs / "third", CONFIG)
    qtbot.waitUntil(lambda: page.view.runs.model.rowCount() == 3, timeout=10_000)


def test_selection_stays_while_the_list_is_read_again(page: TrainingPage, runs: Path) -> None:
    panel = page.view.runs
    panel.show_runs(panel.model.runs, runs / "second")
    assert panel.selected is not None
    assert panel.selected.folder == runs / "second"
    panel.select(runs / "first")
    panel.show_runs(panel.model.runs, runs.parent / "of another folder")
    assert panel.selected is not None
    panel.show_runs(panel.model.runs, runs / "second")
    panel.select(runs / "first")
    listed = [replace(run, epochs=run.epochs + 1) for run in panel.model.runs]
    panel.show_runs(listed, runs / "second")
    assert panel.selected is not None
    assert panel.selected.folder == runs / "first"


def test_run_whose_data_are_gone_is_not_repeated_with_others(qtbot: QtBot, page: TrainingPage, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    page.shelf.take_settings(replace(CONFIG, data=str(gone)))
    assert page.form.config().data == str(gone)
    with qtbot.waitSignal(page.run_ended, timeout=60_000):
        page.start()
    assert f"There is no folder {gone}" in page.banner.text
    page.shelf.take_settings(replace(CONFIG, data=(tmp_path / "a b").as_uri()))
    assert page.form.config().data == str(tmp_path / "a b")
