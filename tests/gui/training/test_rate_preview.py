"""The form shows the learning rate over the run that it asks for."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.train_form import TrainForm
from cnnviz.training.recipes import find_recipe
from cnnviz.zoo.catalog import resolve


@pytest.fixture
def form(qtbot: QtBot) -> TrainForm:
    form = TrainForm()
    qtbot.addWidget(form)
    form.show_spec(resolve("lenet"))
    return form


def _drawn(form: TrainForm) -> list[tuple[float, float]]:
    (line,) = form.rate.view.content.series
    return list(zip(line.xs.tolist(), line.ys.tolist(), strict=True))


def test_preview_follows_the_fields_as_they_are_typed(form: TrainForm) -> None:
    assert {rate for _, rate in _drawn(form)} == {0.001}
    form.fields["learning_rate"].type_text("0.5")
    form.fields["epochs"].type_text("4")
    form.fields["schedule"].type_text("step")
    drawn = _drawn(form)
    assert drawn[0] == (0.0, 0.5)
    assert drawn[-1] == (pytest.approx(4, abs=0.02), pytest.approx(0.005))
    assert form.rate.view.content.x_axis().high == 4
    form.fields["schedule"].type_text("constant")
    form.fields["warm_up"].type_text("2")
    halfway = min(_drawn(form), key=lambda point: abs(point[0] - 1))
    assert halfway == (pytest.approx(1, abs=0.02), pytest.approx(0.25, rel=0.03))


def test_preview_follows_a_recipe_and_another_optimizer(form: TrainForm) -> None:
    form.recipe.picked.emit(find_recipe("lenet", "d2l"))
    assert {rate for _, rate in _drawn(form)} == {0.9}
    form.fields["optimizer"].type_text("adam")
    assert {rate for _, rate in _drawn(form)} == {0.001}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("learning_rate", "fast"),
        ("epochs", "0"),
        ("warm_up", "-1"),
        ("learning_rate", "1e300"),
        ("learning_rate", "5e-324"),
    ],
)
def test_what_cannot_be_drawn_leaves_the_plot_empty_and_says_nothing(form: TrainForm, name: str, text: str) -> None:
    form.fields[name].type_text(text)
    assert not any(len(each.xs) for each in form.rate.view.content.series)
    assert form.fields[name].error_text == ""
    form.grab()


def test_longest_run_is_drawn_with_few_points(form: TrainForm) -> None:
    form.fields["epochs"].type_text("1000000")
    form.fields["schedule"].type_text("one-cycle")
    assert len(_drawn(form)) == 300
    form.rate.view.grab()
