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
    said = (
        "Test accuracy after epoch 2, the last that both have: lr 0.001 60.0%, lr 0.01 10.0%. "
        "They differ in learning rate alone."
    )
    assert compared([slow, fast]) == said
    assert compared([slow]) == ""
    assert compared([slow, result("none yet")]) == ""


def test_what_a_longer_run_came_to_is_told_and_many_differences_are_counted() -> None:
    changes = {"optimizer": "sgd", "batch_size": 8, "weight_decay": 0.1, "label_smoothing": 0.1, "clip_gradient": 1.0}
    short, long = result("short", 0.4), result("long", 0.3, 0.8, learning_rate=0.1, **changes)
    said = compared([short, long])
    assert "after epoch 1, the last that both have: short 40.0%, long 30.0%. Further on, long came to 80.0%" in said
    assert "They differ in learning rate, optimizer, batch size, weight decay and 2 more: change one" in said


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


def test_runs_alike_to_the_last_digit_are_said_to_be_the_same_and_no_play_of_chance() -> None:
    one = replace(result("first", 0.9, 0.91), losses=(0.3, 0.25))
    said = compared([one, replace(one, name="second")])
    assert "They are the same to the last digit: the same settings and seed repeat to the same numbers." in said
    assert "chance may" not in said
    other_loss = replace(one, name="second", losses=(0.3, 0.26))
    assert "the same to the last digit" not in compared([one, other_loss]).replace("repeats to the last digit", "")
    assert "Sums that are made in another order round differently" in compared([one, other_loss])
    assert "which changed nothing" in compared([one, replace(one, config=replace(CONFIG, clip_gradient=1e6))])
    third = result("third", 0.2, 0.3, learning_rate=9.0)
    assert "first and second are the same to the last digit." in compared([one, third, replace(one, name="second")])
    coarse = replace(other_loss, config=replace(CONFIG, precision="bf16"))
    fine = replace(one, config=replace(CONFIG, precision="fp32"))
    assert "They were computed in fp32 and bf16, which round differently." in compared([fine, coarse])


def test_run_that_diverged_or_waits_keeps_no_other_from_being_compared() -> None:
    good, better = result("lr 0.1", 0.7, 0.8, 0.9), result("lr 0.2", 0.7, 0.85, 0.95, learning_rate=0.2)
    lost = replace(result("lr 9", 0.1, learning_rate=9.0), has_diverged=True)
    said = compared([good, lost, better, result("lr 0.3", learning_rate=0.3)])
    assert said.startswith(
        "Test accuracy after epoch 3: lr 0.2 95.0%, lr 0.1 90.0%. "
        "lr 9 diverged in epoch 2: its loss is no number any more. lr 0.3 is not tested yet."
    )
    assert compared([lost, good]).endswith("any more. They differ in learning rate alone.")
    assert compared([lost, replace(lost, name="lr 8")]).startswith("lr 9 diverged in epoch 2: its loss")
    assert compared([lost, result("none yet")]) == ""


def test_runs_no_better_than_guessing_are_not_ranked_by_chance() -> None:
    runs = [replace(result(name, share), classes=10) for name, share in (("a", 0.1), ("b", 0.104))]
    assert "Neither is better than guessing yet, 10.0%" in compared(runs)
    assert "guessing" not in compared([*runs, replace(result("c", 0.5), classes=10)])


def test_all_that_chance_may_have_put_first_are_counted() -> None:
    runs = [result(name, share) for name, share in (("a", 0.9), ("b", 0.895), ("c", 0.89), ("d", 0.7), ("e", 0.9))]
    assert "The first four are no farther apart" in compared(runs)


def test_long_name_keeps_both_its_ends() -> None:
    name = "学习率很小的那一次训练" * 9 + "，第二次"
    said = compared([result(name, 0.9), result("b", 0.2, learning_rate=0.1)])
    assert "学习率很小的那一次" in said
    assert "，第二次 90.0%" in said
    assert name not in said


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
    assert "Their settings and seed are the same." in compared(before)
