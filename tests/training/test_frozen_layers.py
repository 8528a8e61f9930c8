"""Frozen layers keep their weights to the bit, and the run says so; deeper networks begin from shallower ones."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli import run_settings, train_command
from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.events import Event, Noticed, WeightsReady
from cnnviz.training.recording import read_config, record

LENET = TrainConfig(
    "lenet", "fashion-mnist-sample", {"activation": "relu"}, epochs=1, batch_size=32, limit=128, device="cpu",
    deterministic=True,
)  # fmt: skip


def ends(events: list[Event]) -> tuple[WeightsReady, WeightsReady]:
    weights = [event for event in events if isinstance(event, WeightsReady)]
    return weights[0], weights[-1]


def said(events: list[Event]) -> str:
    return " ".join(event.what for event in events if isinstance(event, Noticed))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_frozen_layers_stay_and_the_others_learn(optimizer: str) -> None:
    events = list(train(replace(LENET, freeze="0, 3", optimizer=optimizer, weight_decay=0.1)))
    first, last = ends(events)
    for name, before in first.state.items():
        is_frozen = name.partition(".")[0] in ("0", "3")
        assert np.array_equal(before, last.state[name]) == is_frozen, name
    assert "Frozen: 0, 3, 2,572 of 61,706 parameters." in said(events)
    assert "begin with random weights" in said(events)


def test_layer_that_is_frozen_holds_all_below_it() -> None:
    config = TrainConfig(
        "vgg11", "fashion-mnist-sample", {"width_divisor": 32}, epochs=1, limit=64, resize=32, device="cpu",
        freeze="block1,block5", deterministic=True,
    )  # fmt: skip
    first, last = ends(list(train(config)))
    same = {name for name in first.state if np.array_equal(first.state[name], last.state[name])}
    assert same == {name for name in first.state if name.startswith(("block1.", "block5."))}


def test_batch_norm_in_a_frozen_layer_is_told_of() -> None:
    options = {"activation": "relu", "batch_norm": True}
    assert "BatchNorm in the frozen layers" in said(list(train(replace(LENET, options=options, freeze="1"))))


@pytest.mark.parametrize(
    ("freeze", "why"),
    [("blok1", "no layer 'blok1'"), ("0,", "no layer ''"), ("0,3,7,9,11", "nothing is left"), ("12.5", "no layer")],
)
def test_what_cannot_be_frozen_is_refused(freeze: str, why: str) -> None:
    with pytest.raises(CnnvizError, match=why):
        list(train(replace(LENET, freeze=freeze)))


def test_flag_may_be_given_more_than_once() -> None:
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    words = ["lenet", "--data", "fashion-mnist-sample", "--run-dir", "r", "--freeze", "0", "--freeze", "3"]
    assert run_settings.config_of(parser.parse_args(words)).freeze == "0,3"


def test_run_remembers_what_was_frozen(tmp_path: Path) -> None:
    list(record(train(replace(LENET, freeze="0")), tmp_path / "run"))
    assert read_config(tmp_path / "run").freeze == "0"


def test_each_vgg_begins_with_the_layers_of_the_shallower_one(tmp_path: Path) -> None:
    """Simonyan and Zisserman, section 3.1: deeper configurations begin with the layers of net A."""
    options: dict[str, object] = {"width_divisor": 32}
    before: int | None = None
    trained: Mapping[str, np.ndarray] = {}
    for depth in (11, 13, 16, 19):
        config = TrainConfig(
            f"vgg{depth}", "fashion-mnist-sample", options, epochs=1, limit=32, resize=32, device="cpu",
            freeze="block1", weights=None if before is None else str(tmp_path / str(before)), allow_mismatch=True,
        )  # fmt: skip
        events = list(record(train(config), tmp_path / str(depth)))
        first, last = ends([event for event in events if isinstance(event, WeightsReady | Noticed)])
        if before is not None:
            assert all(np.array_equal(first.state[name], value) for name, value in trained.items())
            assert f"The run begins with what fits of {before}" in said(events)
            assert "Not loaded" in said(events)
            is_told = "For block1.2 nothing was loaded: they keep the random weights" in said(events)
            assert is_told == (depth == 13)  # a VGG-11 has one convolution there, the others have two
        before, trained = depth, last.state
