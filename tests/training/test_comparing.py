"""What is said of runs beside each other, in closed form."""

from __future__ import annotations

from dataclasses import replace

from cnnviz.training.comparing import RunResult, compared
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import LearningRateChanged
from cnnviz.training.run_list import told_apart

CONFIG = TrainConfig("lenet", "fashion-mnist-sample", options={"activation": "sigmoid"})


def result(name: str, *accuracies: float, **changes: object) -> RunResult:
    return RunResult(name, replace(CONFIG, **changes), accuracies, 2000)


def test_runs_are_compared_after_the_last_epoch_that_all_have_best_first() -> None:
    slow, fast = result("lr 0.01", 0.1, 0.1, 0.1, learning_rate=0.01), result("lr 0.001", 0.36, 0.6)
    said = "Test accuracy after epoch 2: lr 0.001 60.0%, lr 0.01 10.0%. They differ in learning rate alone."
    assert compared([slow, fast]) == said
    assert compared([slow]) == ""
    assert compared([slow, result("none yet")]) == ""


def test_several_differences_are_all_named_and_none_gets_the_credit() -> None:
    other = result("b", 0.6, learning_rate=0.1, batch_size=256, epochs=9)
    assert compared([result("a", 0.2), other]).endswith(
        "They differ in learning rate and batch size: change one at a time to see which of these it is."
    )
    cosine = result("b", 0.6, epochs=9, schedule="cosine")
    assert "They differ in epochs and schedule:" in compared([result("a", 0.2), cosine])
    vgg = result("b", 0.6, model="vgg11", options={"width_divisor": 8})
    assert compared([result("a", 0.2), vgg]).endswith("They differ in network alone.")


def test_a_gap_that_chance_may_make_is_called_so() -> None:
    """1.96 √(2 · 0.9 · 0.1 / 2000) is 1.86 points."""
    said = compared([result("seed 0", 0.9), result("seed 1", 0.9, seed=1)])
    assert said.endswith(
        "Only their seed differs. They are no farther apart than chance may bring them on 2,000 pictures, ±1.9 points."
    )
    assert "chance" not in compared([result("a", 0.9), result("b", 0.88)])
    three = [result("a", 0.9), result("b", 0.2), result("c", 0.9)]
    assert "The first two are no farther apart" in compared(three)


def test_runs_of_other_data_are_not_said_to_be_better() -> None:
    said = compared([result("a", 0.9), result("b", 0.9, data="mnist")])
    assert said.endswith("Their data differ: which learned better, these figures do not tell.")


def test_run_that_waits_for_its_data_differs_in_no_option_that_it_has_not_decided() -> None:
    decided = replace(CONFIG, options={"activation": "sigmoid", "num_classes": 10})
    assert told_apart([CONFIG, decided], briefly=True) == ["", ""]


def test_rate_chosen_while_a_run_went_on_is_what_runs_differ_in_once_it_counts() -> None:
    one, other = result("first", 0.5, 0.6, 0.7), result("second", 0.5, 0.8, 0.9)
    other = replace(other, rate_changes=(LearningRateChanged(2, 10, 0.01),))
    assert "They differ in learning rate alone." in compared([one, other])
    before = [replace(run, accuracies=run.accuracies[:1]) for run in (one, other)]
    assert "Their settings are the same." in compared(before)
