"""The learning rate is changed while a run goes on: the real page, the real engine, a network that is small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.page import TrainingPage
from cnnviz.gui.training.rate_change import RateChange
from cnnviz.training.control import Control


@pytest.fixture
def rate(qtbot: QtBot) -> RateChange:
    made = RateChange()
    qtbot.addWidget(made)
    return made


def test_button_waits_for_another_rate_and_asks_once(qtbot: QtBot, rate: RateChange) -> None:
    assert not rate.button.isEnabled()  # the run's own is not known yet
    rate.show_rate(0.1)
    assert (rate.field.text, rate.button.isEnabled()) == ("0.1", False)
    rate.field.type_text("0.10")
    assert not rate.button.isEnabled()
    rate.field.type_text("-1")
    assert not rate.button.isEnabled()
    assert "cannot be -1" in rate.field.error_text
    rate.field.type_text("0.01")
    with qtbot.waitSignal(rate.wanted) as asked:
        rate.button.click()
    assert asked.args == [0.01]
    assert not rate.button.isEnabled()
    rate.show_rate(0.01)
    assert not rate.button.isEnabled()


@pytest.fixture
def page(lenet_page: TrainingPage) -> TrainingPage:
    for name, text in (("epochs", "2000"), ("limit", "256"), ("device", "cpu"), ("schedule", "cosine")):
        lenet_page.form.fields[name].type_text(text)
    lenet_page.form.fields["deterministic"].set_value(True)
    return lenet_page


def test_rate_changed_in_the_page_is_that_of_the_next_steps_and_stands_in_the_journal(
    qtbot: QtBot, page: TrainingPage
) -> None:
    assert page.view.rate.isHidden()
    page.start()
    assert not page.view.rate.isHidden()
    qtbot.waitUntil(lambda: len(page.plots.buffer.rates) > 0, timeout=60_000)
    assert page.view.rate.field.text == "0.001"
    page.pause_or_resume()
    page.view.rate.field.type_text("0.0625")
    page.view.rate.button.click()
    before = len(page.plots.buffer.rates)
    page.pause_or_resume()
    qtbot.waitUntil(lambda: len(page.plots.buffer.rates) > before + 20, timeout=60_000)
    assert page.plots.buffer.rates.values[-1] == pytest.approx(0.0625, rel=0.2)
    with qtbot.waitSignal(page.run_ended, timeout=60_000):
        page.stop()
    assert page.view.rate.isHidden()
    folder = page.shown.folder
    assert isinstance(folder, Path)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["learning_rate"] for row in rows if row["kind"] == "learning_rate"] == [0.0625]


def test_page_without_a_run_changes_nothing(page: TrainingPage, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []
    monkeypatch.setattr(Control, "change_learning_rate", lambda _control, rate: heard.append(rate))
    page.change_learning_rate(0.5)
    assert heard == []
