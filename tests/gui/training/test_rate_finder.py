"""A learning rate is found in the form: the button, the plot, Use it, Cancel, and what a run does to it."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from resumed_runs import small_config

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.fit_check import FitCheck
from cnnviz.gui.training.page import TrainingPage
from cnnviz.gui.training.rate_search import RateSearch
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import Preparing
from cnnviz.training.rate_curve import QUICK, SLOW, RangeTest, RateTried
from cnnviz.zoo.catalog import resolve

_RATES = tuple(QUICK.rate(number) for number in range(1, 4))
_FOUND = RangeTest(_RATES, (2.3, 2.0, 9.0), (2.3, 2.1, 5.0), "diverged", 0.0032, 0.0032, 0.01, "0.0032, as was found.")


@pytest.fixture
def page(lenet_page: TrainingPage) -> TrainingPage:
    lenet_page.form.fields["device"].type_text("cpu")
    return lenet_page


def _searching(page: TrainingPage, events: list[object], asked: list[TrainConfig]) -> RateSearch:
    """A search whose events are made by hand; after the last it waits for a stop unless a result was among them."""

    def open_stream(config: TrainConfig, control: Control) -> Generator[object, None, None]:
        asked.append(config)
        yield from events
        while not isinstance(events[-1], RangeTest | Exception) and not control.stop_requested:
            time.sleep(0.005)
            yield Preparing("waiting")

    page.search._open_stream = open_stream
    return page.search


def _tried(number: int, sweep: object = QUICK) -> RateTried:
    return RateTried(number, sweep, sweep.rate(number), 2.3)  # type: ignore[arg-type, attr-defined]


def test_plot_takes_no_room_before_it_is_asked_for(page: TrainingPage) -> None:
    finder = page.form.finder
    assert finder.view.isHidden()
    assert finder.use_button.isHidden()
    assert finder.end_button.isHidden()


def test_suggestion_is_marked_and_typed_into_the_field(qtbot: QtBot, page: TrainingPage) -> None:
    asked: list[TrainConfig] = []
    _searching(page, [Preparing("Reading"), _tried(1), _tried(2), _FOUND], asked)
    finder = page.form.finder
    page.form.fields["optimizer"].type_text("sgd")
    finder.find_button.click()
    qtbot.waitUntil(lambda: not finder.running)
    assert [config.optimizer for config in asked] == ["sgd"]
    assert finder.said.text() == "0.0032, as was found."
    assert [place.value for place in finder.view.content.places] == [0.0032]
    assert finder.view.content.x_axis().logarithmic
    finder.use_button.click()
    assert page.form.fields["learning_rate"].text == "0.0032"
    finder.grab()
    finder.end_button.click()
    assert finder.view.isHidden()


def test_cancel_ends_it_and_leaves_the_field(qtbot: QtBot, page: TrainingPage) -> None:
    _searching(page, [_tried(1), _tried(2)], [])
    finder = page.form.finder
    finder.find_button.click()
    qtbot.waitUntil(lambda: "waiting" in finder.said.text())
    assert not finder.find_button.isEnabled()
    finder.end_button.click()
    qtbot.waitUntil(lambda: not finder.running)
    assert finder.find_button.isEnabled()
    assert finder.view.isHidden()
    assert page.form.fields["learning_rate"].text == "0.001"


def test_settings_that_change_meanwhile_end_it_and_no_rate_of_the_old_ones_is_offered(
    qtbot: QtBot, page: TrainingPage
) -> None:
    finder = page.form.finder
    _searching(page, [_tried(1), _FOUND], [])
    finder.find_button.click()
    page.form.fields["optimizer"].type_text("sgd")
    qtbot.waitUntil(lambda: not finder.running)
    assert finder.use_button.isHidden()
    assert "The settings are others now" in page.banner.text
    _searching(page, [_tried(1)], [])
    finder.find_button.click()
    qtbot.waitUntil(lambda: "waiting" in finder.said.text())
    page.form.fields["batch_size"].type_text("32")
    qtbot.waitUntil(lambda: not finder.running)


def test_slower_sweep_begins_its_plot_anew_and_says_why(page: TrainingPage) -> None:
    finder = page.form.finder
    finder.begin("")
    for each in (_tried(1), _tried(2), _tried(1, SLOW)):
        finder.add(each)
    finder.show_newest()
    assert "more slowly now" in finder.said.text()
    assert len(finder.view.content.series[0].xs) == 1
    assert finder.view.content.x_axis().low == SLOW.lowest
    finder.end_with(None)


def test_form_that_is_refused_is_said_and_nothing_is_tried(page: TrainingPage) -> None:
    asked: list[TrainConfig] = []
    _searching(page, [_FOUND], asked)
    page.form.fields["batch_size"].type_text("0")
    page.form.finder.find_button.click()
    assert asked == []
    assert "Batch size cannot be 0" in page.banner.text
    assert page.form.fields["batch_size"].error_text


def test_run_ends_a_search_and_offers_none_meanwhile(qtbot: QtBot, page: TrainingPage) -> None:
    search = _searching(page, [_tried(1)], [])
    page.form.finder.find_button.click()
    qtbot.waitUntil(lambda: "waiting" in page.form.finder.said.text())
    search.allow(False)
    qtbot.waitUntil(lambda: not page.form.finder.running)
    assert not page.form.finder.find_button.isEnabled()
    search.allow(True)
    assert page.form.finder.find_button.isEnabled()
    assert isinstance(page.fit, FitCheck)


def test_failure_is_a_banner(qtbot: QtBot, page: TrainingPage) -> None:
    def open_stream(_config: TrainConfig, _control: Control) -> Generator[object, None, None]:
        yield Preparing("Reading")
        raise CnnvizError("The data are gone.", "Put them back.")

    search = _searching(page, [_FOUND], [])
    search._open_stream = open_stream
    page.form.finder.find_button.click()
    qtbot.waitUntil(lambda: not page.form.finder.running)
    assert "The data are gone." in page.banner.text


def test_real_network_is_given_a_rate(qtbot: QtBot, page: TrainingPage, session: Session, tmp_path: Path) -> None:
    session.set_spec(resolve(small_config(tmp_path).model))
    page.form.fields["batch_size"].type_text("20")
    page.form.finder.find_button.click()
    qtbot.waitUntil(lambda: not page.form.finder.running, timeout=120_000)
    assert "falls fastest at" in page.form.finder.said.text()
    page.form.finder.use_button.click()
    assert 0.0001 < float(page.form.fields["learning_rate"].text) < 0.1


def test_rate_found_for_something_else_is_not_shown(qtbot: QtBot, page: TrainingPage) -> None:
    finder, fields = page.form.finder, page.form.fields
    for name, text, is_kept in (("epochs", "3", True), ("batch_size", "128", False)):
        _searching(page, [_tried(1), _FOUND], [])
        finder.find_button.click()
        qtbot.waitUntil(lambda: not finder.running and not finder.use_button.isHidden())
        fields[name].type_text(text)
        assert finder.view.isHidden() is not is_kept, name
    _searching(page, [_tried(1), _FOUND], [])
    finder.find_button.click()
    qtbot.waitUntil(lambda: not finder.running and not finder.use_button.isHidden())
    page.shelf.take_settings(TrainConfig("lenet", "fashion-mnist-sample", batch_size=32))  # another run is opened
    assert finder.view.isHidden()
