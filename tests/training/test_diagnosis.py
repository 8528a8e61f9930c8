from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.training.config import SETTINGS, TrainConfig
from cnnviz.training.diagnosis import Block, _percent, is_guessing
from cnnviz.training.engine import train
from cnnviz.training.events import (
    Diagnosed,
    EpochDone,
    Event,
    LayerSeen,
    LayersSeen,
    RunFinished,
    RunStarted,
    StepsDone,
)
from cnnviz.training.observing import observed
from cnnviz.training.recipes import find_recipe
from cnnviz.training.recording import read_run, record
from cnnviz.training.wording import line_of

CONFIG = TrainConfig("lenet", "fashion-mnist-sample", optimizer="sgd", learning_rate=0.9, init="xavier")
TEN = tuple("abcdefghij")


def started(steps_per_epoch: int = 157, **changes: object) -> RunStarted:
    config = replace(CONFIG, **changes)
    return RunStarted(config, "a CPU", 64 * steps_per_epoch, 1000, steps_per_epoch, TEN, 61706)


def steps(count: int, loss: float, accuracy: float, first: int = 1) -> Iterator[StepsDone]:
    for at in range(first, first + count):
        yield StepsDone(1, at, (loss,), (accuracy,), 1000.0)


def epoch(number: int, train_loss: float, test_loss: float, gap: float = 0.0, **more: float) -> EpochDone:
    return EpochDone(number, 157 * number, train_loss, 0.9, test_loss, 0.9 - gap, 20.0, 500.0, **more)


def diagnoses(*events: Event) -> list[Diagnosed]:
    return [event for event in observed(events) if isinstance(event, Diagnosed)]


def test_guessing_is_ln_c_and_one_in_c() -> None:
    assert is_guessing(Block(math.log(10), 0.1, 3200), 10)
    assert not is_guessing(Block(math.log(10), 0.2, 3200), 10)
    assert not is_guessing(Block(0.97 * math.log(10), 0.1, 3200), 10)
    assert not is_guessing(Block(0.0, 1.0, 3200), 1)


def test_first_epoch_of_sigmoid_lenet_at_chance_is_no_alarm() -> None:
    sits = (*steps(235, 2.304, 0.1), epoch(1, 2.304, 2.303))
    learns = steps(2000, 1.0, 0.6, first=236)
    assert diagnoses(started(235), *sits, *learns) == []


def test_run_that_guesses_for_a_thousand_steps_is_told_so_once() -> None:
    (found,) = diagnoses(started(), *steps(3000, 2.303, 0.1))
    assert found.name == "chance"
    assert found.step == 1000
    assert "ln 10 = 2.303" in found.why
    assert (found.setting, found.value) == ("learning_rate", "0.1")


def test_short_run_that_ends_at_chance_is_told_before_its_last_event_to_train_longer() -> None:
    tested = EpochDone(2, 314, 2.303, 0.1, 2.303, 0.1, 20.0, 500.0)
    events = list(observed((started(), *steps(314, 2.303, 0.1), tested, RunFinished("finished", 2, 314, 9.0))))
    found = events[-2]
    assert isinstance(found, Diagnosed)
    assert (found.setting, found.value) == ("epochs", "10")
    assert isinstance(events[-1], RunFinished)


def test_short_run_at_chance_whose_rate_is_far_too_high_is_not_told_to_train_longer() -> None:
    tested = EpochDone(4, 400, 2.32, 0.1, 2.31, 0.1, 20.0, 500.0)
    begun = started()
    begun = replace(begun, config=replace(begun.config, optimizer="adam", learning_rate=0.1))
    (found,) = diagnoses(begun, *steps(400, 2.32, 0.1), tested, RunFinished("finished", 4, 400, 9.0))
    assert (found.setting, found.value) == ("learning_rate", "0.001")


@pytest.mark.parametrize(
    "changes", [{"learning_rate": 0.05}, {"learning_rate": 0.05, "momentum": 0.5}, {"init": "default"}]
)
def test_run_at_chance_is_told_how_the_book_trains_this_very_network(changes: dict[str, object]) -> None:
    """Sigmoid LeNet stays there at a twentieth of the book's rate, and at that rate from default weights too."""
    tested = EpochDone(3, 471, 2.304, 0.1, 2.303, 0.1, 20.0, 500.0)
    short = (*steps(471, 2.304, 0.1), tested, RunFinished("finished", 3, 471, 9.0))
    for told in (short, steps(3000, 2.303, 0.1)):
        (found,) = diagnoses(started(**changes), *told)
        assert (found.setting, found.value) == ("recipe", "d2l")
        assert "sgd at 0.9 in batches of 256" in found.remedy
        assert ("xavier" in found.remedy) == ("init" in changes)
        assert "Dive into Deep Learning (Zhang et al., 2023), section 7.6" in found.remedy
        assert line_of(found).endswith("(--recipe d2l)")


def test_book_says_nothing_of_another_activation_or_optimizer_than_its_own() -> None:
    tested = EpochDone(3, 471, 2.304, 0.1, 2.303, 0.1, 20.0, 500.0)
    short = (*steps(471, 2.304, 0.1), tested, RunFinished("finished", 3, 471, 9.0))
    for change in ({"options": {"activation": "relu"}}, {"optimizer": "rmsprop"}):
        (found,) = diagnoses(started(learning_rate=0.001, **change), *short)
        assert found.setting == "epochs"


def test_run_whose_test_shows_that_it_begins_to_learn_is_no_alarm() -> None:
    tested = EpochDone(1, 150, 2.288, 0.11, 2.235, 0.3, 20.0, 500.0)
    assert diagnoses(started(), *steps(150, 2.288, 0.11), tested, RunFinished("finished", 1, 150, 9.0)) == []


def test_run_of_a_few_steps_or_one_that_was_stopped_is_not_judged() -> None:
    assert diagnoses(started(), *steps(90, 2.303, 0.1), RunFinished("finished", 1, 90, 9.0)) == []
    assert diagnoses(started(), *steps(500, 2.303, 0.1), RunFinished("stopped", 3, 500, 9.0)) == []


def test_loss_that_runs_away_is_diverging_and_one_high_batch_is_not() -> None:
    good = tuple(steps(200, 1.0, 0.6))
    assert diagnoses(started(), *good, *steps(5, 40.0, 0.1, 201), *steps(195, 1.0, 0.6, 206)) == []
    (found,) = diagnoses(started(), *good, *steps(100, 40.0, 0.1, 201))
    assert (found.name, found.setting, found.value) == ("diverging", "learning_rate", "0.09")


@pytest.mark.parametrize(("first", "last", "named"), [(2.3, 40.0, True), (50.0, 40.0, False), (2.3, 4.0, False)])
def test_short_run_that_ends_far_off_is_diverging(first: float, last: float, named: bool) -> None:
    """Fifteen steps are no three blocks, of which means could be taken."""
    told = (*steps(1, first, 0.1), *steps(14, last, 0.1, first=2), epoch(1, last, last))
    found = diagnoses(started(15), *told, RunFinished("finished", 1, 15, 3.0))
    assert [each.name for each in found] == ["diverging"] * named
    assert diagnoses(started(15), *told) == []


def test_overfitting_is_a_test_loss_that_rises_for_epochs_while_the_training_loss_falls() -> None:
    falling = [epoch(n, 1 / n, loss, gap=0.1) for n, loss in enumerate((0.6, 0.5, 0.55, 0.6, 0.7), 1)]
    (found,) = diagnoses(started(), *falling)
    assert (found.name, found.epoch, found.setting, found.value) == ("overfitting", 5, "weight_decay", "0.0005")
    (found,) = diagnoses(started(weight_decay=0.1), *falling)
    assert (found.setting, found.value) == ("augment", "crop")
    (found,) = diagnoses(started(weight_decay=0.1, augment="flip"), *falling)
    assert (found.setting, found.value, found.remedy[:18]) == ("epochs", "2", "End after 2 epochs")
    flat = [epoch(n, 1 / n, loss, gap=0.1) for n, loss in enumerate((0.6, 0.5, 0.52, 0.51, 0.53), 1)]
    assert diagnoses(started(), *flat) == []


def test_layer_whose_units_hardly_ever_fire_is_named_where_enough_pictures_were_looked_at() -> None:
    begun = (LayerSeen("1", "ReLU", units=16, dead=0.9),)
    assert diagnoses(started(), LayersSeen(1, 157, 256, begun)) == []
    layers = (LayerSeen("1", "ReLU", units=16, dead=0.25), LayerSeen("4", "ReLU", units=32, dead=1.0))
    assert diagnoses(started(), LayersSeen(1, 157, 64, layers)) == []
    (found,) = diagnoses(started(), LayersSeen(1, 157, 256, layers), LayersSeen(2, 314, 256, layers))
    assert found.what.startswith("100% of the 32 units of layer 4 are dead")


def test_epoch_that_waited_for_its_pictures_is_told() -> None:
    assert diagnoses(started(), epoch(1, 1.0, 1.0, waiting_seconds=8.0)) == []
    (found,) = diagnoses(started(), epoch(1, 1.0, 1.0, waiting_seconds=15.0))
    assert found.name == "reading"
    (found,) = diagnoses(started(augment="rotation,flip"), epoch(1, 1.0, 1.0, waiting_seconds=15.0))
    assert "changing them (flip, rotation)" in found.why
    assert found.remedy.startswith("Try fewer augmentations.")


@pytest.mark.parametrize("device", ["cpu", "elsewhere"])
def test_first_layer_that_returns_no_number_is_named(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.training.engine.look_at_each_loss", lambda _device: device == "cpu")
    config = TrainConfig(
        "lenet",
        "fashion-mnist-sample",
        {"activation": "relu"},
        epochs=1,
        limit=640,
        optimizer="sgd",
        learning_rate=1e4,
        device="cpu",
        deterministic=True,
    )
    events = list(train(config))
    (found,) = (event for event in events if isinstance(event, Diagnosed))
    assert found.name == "not finite"
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "diverged"
    assert found.step == events[-1].step
    if device == "cpu":
        assert found.why.startswith("It was given")
    else:  # by then every weight has been overwritten
        assert "first layer whose result is no number is 0" in found.what
    assert found.value == "0.1"


def test_every_setting_that_is_named_exists_and_takes_the_value() -> None:
    rows = {row.name: row for row in SETTINGS}
    found = [
        *diagnoses(started(), *steps(1000, 2.303, 0.1)),
        *diagnoses(started(init="default"), *steps(1000, 2.303, 0.1)),
        *diagnoses(started(learning_rate=0.001), *steps(1000, 2.303, 0.1)),
        *diagnoses(started(), epoch(1, 1.0, 1.0, waiting_seconds=15.0)),
    ]
    assert len({event.setting for event in found}) == 3
    for event in found:
        if event.setting == "recipe":
            assert find_recipe("lenet", event.value)
        else:
            rows[event.setting].check(event.value)


def test_diagnosis_and_layers_stand_in_the_journal_and_the_log(tmp_path: Path) -> None:
    found = Diagnosed("chance", 1, 5, "What.", "Why.", "Remedy.", "learning_rate", "0.1")
    seen = LayersSeen(
        1, 5, 256, (LayerSeen("0", "Conv2d", 0.5, 0.25, 0.001), LayerSeen("1", "ReLU", 0.5, None, None, 6, 0.5))
    )
    begun = started(options={"in_channels": 1, "num_classes": 10}, resize=28, precision="fp32")
    list(record((begun, seen, found, RunFinished("stopped", 1, 5, 1.0)), tmp_path / "run"))
    events = read_run(tmp_path / "run").events
    assert found in events
    assert seen in events
    assert line_of(found) == "diagnosis: What. Why. Try: Remedy. (--lr 0.1)"
    assert line_of(found) in (tmp_path / "run" / "log.txt").read_text("utf-8")


def test_chance_among_a_thousand_classes_is_not_said_to_be_none() -> None:
    """It read: right once in 1,000 times, 0%."""
    assert [_percent(share) for share in (0.1, 0.001, 0.0007, 0.0)] == ["10%", "0.1%", "0.07%", "0%"]
