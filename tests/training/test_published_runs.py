from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.training.config import TrainConfig
from cnnviz.training.events import EpochDone, LearningRateChanged, RunFinished, RunStarted
from cnnviz.training.published_runs import comparable, judged, published_runs
from cnnviz.training.recipes import find_recipe


def book(network: str, recipe: str = "d2l") -> TrainConfig:
    return TrainConfig(**find_recipe(network, recipe).applied({"model": network, "data": "fashion-mnist"}))


def run(config: TrainConfig, test_accuracy: float, loss: float = 0.46, epochs: int = 10) -> list[object]:
    made: list[object] = [RunStarted(config, "CPU", 60_000, 10_000, 235, ("a",) * 10, 61_706)]
    made += [EpochDone(at, 235 * at, loss, 0.82, 0.5, test_accuracy, 1.0, 1e4) for at in range(1, epochs + 1)]
    return [*made, RunFinished("finished", epochs, 235 * epochs, 10.0)]


@pytest.mark.parametrize("network", ["lenet", "alexnet", "vgg11", "nin", "googlenet", "resnet18", "densenet"])
def test_books_recipe_is_comparable_with_many_published_runs(network: str) -> None:
    published, why = comparable(book(network))
    assert why == ""
    assert published is not None
    assert published.count > 100
    assert published.epoch == 10
    assert 0 < published.test_accuracy.low < published.test_accuracy.high < 1


def test_batch_norm_has_a_band_of_its_own() -> None:
    plain, normed = (comparable(book("lenet", name))[0] for name in ("d2l", "d2l-batchnorm"))
    assert plain is not None
    assert normed is not None
    assert plain.count == 185
    assert normed.count == 127


def test_verdict_says_where_the_run_is_and_whose_runs_they_are() -> None:
    config = book("lenet")
    for accuracy, where in ((0.80, "inside"), (0.90, "above"), (0.76, "below")):
        judgement = judged(run(config, accuracy))
        assert judgement is not None
        assert judgement.where == where
        assert judgement.sentence.startswith(f"Test accuracy {accuracy:.3f} after epoch 10: {where} the middle 90 %")
        assert "185 published runs (Dive into Deep Learning (Zhang et al., 2023), section 7.6)" in judgement.sentence
        assert "0.774 to 0.824" in judgement.sentence
    below = judged(run(config, 0.76))
    assert below is not None
    assert "all of these: 0.752 to 0.828" in below.sentence


def test_longer_run_is_judged_by_the_epoch_that_was_published() -> None:
    judgement = judged(run(replace(book("lenet"), epochs=20), 0.80, epochs=20))
    assert judgement is not None
    assert judgement.where == "inside"


def test_networks_whose_published_runs_got_stuck_say_so() -> None:
    judgement = judged(run(book("nin"), 0.85))
    assert judgement is not None
    assert "the middle 90 % of 98 of 106 published runs (" in judgement.sentence
    assert judgement.sentence.endswith(
        "Of the published runs 8 stayed at chance and are left out, 28 got stuck halfway."
    )


def test_single_run_has_no_band() -> None:
    config = book("vgg11", "course")
    judgement = judged(run(config, 0.912, epochs=5))
    assert judgement is not None
    assert judgement.where == "unknown"
    assert "0.006 below one published run" in judgement.sentence
    assert published_runs("vgg11")[1].by_epoch == (0.859, 0.902, 0.908, 0.914, 0.918)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"learning_rate": 0.1}, "learning rate 0.1, theirs 0.9"),
        ({"epochs": 5}, "epochs 5, theirs 10"),
        ({"data": "fashion-mnist-sample"}, "other data than Fashion-MNIST"),
        ({"data": "mnist"}, "other data than Fashion-MNIST"),
        ({"limit": 1000}, "section 7.6): images at most 1000, theirs all."),
        ({"schedule": "cosine"}, "schedule cosine, theirs constant"),
        ({"weights": "/some/run"}, "begin with /some/run, theirs fresh weights"),
        ({"options": {"activation": "relu"}}, "Activation relu, theirs sigmoid"),
    ],
)
def test_other_settings_are_not_comparable_and_it_says_which(change: dict[str, object], why: str) -> None:
    published, sentence = comparable(replace(book("lenet"), **change))
    assert published is None
    assert why in sentence
    assert sentence.startswith("Not comparable with")


def test_what_leaves_a_result_as_it_is_may_differ() -> None:
    config = replace(book("lenet"), seed=7, precision="bf16", device="cuda", resize=None)
    assert comparable(config)[0] is not None
    assert comparable(replace(config, data="/usr/share/datasets/fashion-mnist"), 60_000)[0] is not None
    assert comparable(replace(config, data="/usr/share/datasets/fashion-mnist"), 50_000)[0] is None


def test_network_without_published_results_says_so() -> None:
    assert comparable(TrainConfig("torchvision/resnet18", "fashion-mnist"))[1].startswith("No published results of")
    assert judged([]) is None
    early = judged(run(book("lenet"), 0.8, epochs=3))
    assert early is not None
    assert "ended before epoch 10" in early.sentence


def test_run_whose_learning_rate_was_changed_on_the_way_is_not_comparable() -> None:
    heard = run(replace(book("lenet"), epochs=20), 0.80, epochs=20)
    changed = judged([*heard[:5], LearningRateChanged(5, 940, 0.1), *heard[5:]])
    later = judged([*heard[:13], LearningRateChanged(13, 2820, 0.1), *heard[13:]])
    assert changed is not None
    assert changed.where == "unknown"
    assert "its learning rate was changed on the way" in changed.sentence
    assert later is not None
    assert later.where == "inside"  # judged by epoch 10, before the change
