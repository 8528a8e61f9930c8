from __future__ import annotations

import math

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.theme import PlotColors
from cnnviz.gui.training.curve_buffer import CurveBuffer
from cnnviz.gui.training.live_plots import LivePlots
from cnnviz.gui.training.plot_readout import as_csv, values_at
from cnnviz.gui.training.run_curves import (
    References,
    RunCurves,
    best_epoch_of,
    other_series,
    own_series,
    rate_series,
    references_of,
)
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import Diagnosed, EpochDone, RunStarted, StepsDone
from cnnviz.training.recipes import find_recipe

COLORS = PlotColors("#000001", "#000002", "#000003", "#000004", "#000005", "#000006")


def curves(network: str = "lenet", recipe: str = "d2l", **changes: object) -> RunCurves:
    values = {"model": network, "data": "fashion-mnist", **changes}
    made = RunCurves(CurveBuffer())
    made.start(
        RunStarted(
            TrainConfig(**find_recipe(network, recipe).applied(values)), "CPU", 60_000, 10_000, 2, ("a",) * 10, 9
        )
    )
    made.buffer.add_steps(StepsDone(1, 1, (2.0, 1.0, 0.5), (0.1, 0.2, 0.3), 10.0))
    made.buffer.add_epoch(EpochDone(1, 2, 1.5, 0.15, 0.9, 0.6, 1.0, 10.0))
    return made


def test_time_is_counted_in_epochs() -> None:
    smoothed, raw, test = own_series(curves(), "loss", COLORS, by_epoch=False)
    assert list(raw.xs) == list(smoothed.xs) == [0.5, 1.0, 1.5]
    assert list(raw.ys) == [2.0, 1.0, 0.5]
    assert (list(test.xs), list(test.ys)) == ([1.0], [0.9])


def test_epochs_are_drawn_as_what_they_came_to() -> None:
    trained, test = own_series(curves(), "accuracy", COLORS, by_epoch=True)
    assert (list(trained.ys), list(test.ys)) == ([0.15], [0.6])


def test_step_that_ended_the_run_is_a_gap_at_its_end() -> None:
    made = curves()
    made.take([StepsDone(2, 4, (0.4,), (0.4,), 10.0), Diagnosed("not finite", 2, 5, "", "", "")])
    _, raw, _ = own_series(made, "loss", COLORS, by_epoch=False)
    assert list(raw.xs[-2:]) == [2.0, 2.5]
    assert raw.ys[-2] == 0.4
    assert math.isnan(raw.ys[-1])


def test_run_beside_is_of_one_colour_and_named_once() -> None:
    made = curves()
    made.name = "lr 0.1"
    both = other_series(made, "loss", "#123456", by_epoch=False)
    assert {each.color for each in both} == {"#123456"}
    assert [each.name for each in both] == ["lr 0.1", ""]


def test_guessing_and_the_band_of_published_runs_stand_behind_the_books_recipe() -> None:
    loss, accuracy = (references_of(curves(), quantity, "") for quantity in ("loss", "accuracy"))
    assert loss.levels[0].value == pytest.approx(math.log(10))
    assert accuracy.levels[0].value == pytest.approx(0.1)
    (band,) = accuracy.bands
    assert (band.low, band.high, band.first, band.last) == (0.774, 0.824, 10, 10)
    assert loss.bands[0].first == 9
    assert "185 published runs" in band.text


def test_single_published_run_is_a_curve_of_its_own() -> None:
    behind = references_of(curves("vgg11", "course"), "accuracy", "")
    assert list(behind.series[0].ys) == [0.859, 0.902, 0.908, 0.914, 0.918]
    assert not behind.bands


def test_best_epoch_has_a_place_once_there_is_more_than_one() -> None:
    made = curves()
    assert best_epoch_of(made) == ()
    made.take([EpochDone(2, 4, 1.0, 0.5, 0.8, 0.9, 1.0, 10.0), EpochDone(3, 6, 1.0, 0.5, 0.9, 0.9, 1.0, 10.0)])
    (place,) = best_epoch_of(made)
    assert (place.value, place.text) == (2.0, "best")


def test_run_with_other_settings_has_no_band() -> None:
    made = curves()
    made.train_images = 10_000
    assert not references_of(made, "loss", "").bands
    assert not references_of(RunCurves(CurveBuffer()), "loss", "").levels


def test_learning_rate_is_drawn_as_planned() -> None:
    (planned,) = rate_series(curves("lenet", "fast"), "")
    assert planned.ys[0] == pytest.approx(0.003)
    assert planned.ys[-1] < 0.003
    assert planned.xs[-1] == 5.0


def test_numbers_of_each_step_as_csv() -> None:
    lines = as_csv([curves()]).splitlines()
    assert lines[0].split(",")[:4] == ["run", "epoch", "step", "train_loss"]
    assert lines[1].startswith(",1,1,2,0.1,2,0.1,")
    assert lines[2].endswith(",1.5,0.15,0.9,0.6")
    assert lines[3].startswith(",2,3,0.5,")
    assert values_at(curves(), 1.0).startswith("step 2")
    assert values_at(RunCurves(CurveBuffer()), 1.0) == ""


def test_run_beside_one_that_has_not_begun_is_still_drawn_over_its_epochs(qtbot) -> None:
    plots = LivePlots()
    qtbot.addWidget(plots)
    plots.show_beside((curves(),))
    assert plots._content((), References()).x_title == "epoch"


def test_runs_beside_each_other_are_compared_in_words_once_each_was_tested(qtbot: QtBot) -> None:
    plots, other = LivePlots(), curves(recipe="course")
    qtbot.addWidget(plots)
    other.name, begun = "adam", RunStarted(curves().config, "CPU", 60_000, 10_000, 2, ("a",) * 10, 9)
    plots.begin(begun)
    plots.show_beside((other,), "sgd")
    assert plots.comparison.isHidden()
    plots.append([EpochDone(1, 2, 1.5, 0.15, 0.9, 0.3, 1.0, 10.0)])
    assert not plots.comparison.isHidden()
    assert plots.comparison.text().startswith("Test accuracy after epoch 1: adam 60.0%, sgd 30.0%. They differ in")
    plots.show_beside(())
    assert plots.comparison.isHidden()


def test_plots_beside_each_other_begin_at_the_same_height(qtbot: QtBot) -> None:
    plots = LivePlots()
    qtbot.addWidget(plots)
    plots.resize(560, 300)
    plots.begin(RunStarted(curves().config, "CPU", 60_000, 10_000, 2, ("a",) * 10, 9))
    plots.show()
    qtbot.waitUntil(lambda: plots.loss.legend_height() > plots.loss.fontMetrics().height() * 1.5)
    qtbot.waitUntil(lambda: plots.loss.view.y() == plots.accuracy.view.y())
