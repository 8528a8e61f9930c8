"""The range test on real networks and data: what it suggests, what it leaves alone, and how it stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from resumed_runs import small_config

import cnnviz
from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.engine import train
from cnnviz.training.events import WeightsReady
from cnnviz.training.range_test import search_rate
from cnnviz.training.rate_curve import QUICK, SLOW, RangeTest, RateTried

_SAMPLE = "fashion-mnist-sample"
_NET = """
import torch
from torch import nn

input_shape = (1, 28, 28)

class Sick(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.head = nn.Linear(784, num_classes)

    def forward(self, x):
        return self.head(x.flatten(1)) * float("nan")
"""


pytestmark = pytest.mark.usefixtures("one_thread")


def test_network_that_learns_is_given_a_rate_that_it_learns_with(tmp_path: Path) -> None:
    config = small_config(tmp_path, optimizer="sgd", momentum=0.9, limit=None)
    *events, found = search_rate(config)
    assert isinstance(found, RangeTest)
    assert found.suggested is not None
    assert 0.001 <= found.suggested <= 0.3
    steps = [event for event in events if isinstance(event, RateTried)]
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert found.rates == tuple(step.rate for step in steps[: len(found.rates)])


def test_sigmoids_that_never_get_away_from_chance_are_given_more_steps_and_no_rate() -> None:
    config = TrainConfig("lenet", _SAMPLE, device="cpu", optimizer="sgd", batch_size=16)
    *events, found = search_rate(config)
    assert isinstance(found, RangeTest)
    assert found.suggested is None
    assert {event.sweep for event in events if isinstance(event, RateTried)} == {QUICK, SLOW}
    assert "Take a recipe's rate" in found.sentence


def test_loss_that_is_no_number_at_once_ends_after_one_step(tmp_path: Path) -> None:
    (tmp_path / "sick.py").write_text(_NET, "utf-8")
    *events, found = search_rate(TrainConfig(f"{tmp_path / 'sick.py'}:Sick", _SAMPLE, device="cpu"))
    assert len([event for event in events if isinstance(event, RateTried)]) == 1
    assert isinstance(found, RangeTest)
    assert found.ended == "not finite"
    assert "no number from the first step on" in found.sentence


def test_few_pictures_are_shown_over_and_over(tmp_path: Path) -> None:
    config = small_config(tmp_path, limit=7, batch_size=4, optimizer="adam")
    *events, found = search_rate(config)
    assert isinstance(found, RangeTest)
    assert len([event for event in events if isinstance(event, RateTried)]) > 20


def test_random_numbers_and_a_run_beside_it_are_as_without_it(tmp_path: Path) -> None:
    config = small_config(tmp_path, limit=60, epochs=2, deterministic=True)
    alone = [event for event in train(config) if isinstance(event, WeightsReady)][-1]
    before = torch.get_rng_state()
    search = search_rate(config)
    beside = None
    for event in train(config):
        next(search, None)
        beside = event if isinstance(event, WeightsReady) else beside
    search.close()  # type: ignore[attr-defined]
    assert beside is not None
    assert all((alone.state[name] == beside.state[name]).all() for name in alone.state)
    assert torch.equal(torch.get_rng_state(), before)


def test_same_settings_give_the_same_curve_whatever_their_rate_and_schedule(tmp_path: Path) -> None:
    config = small_config(tmp_path, limit=200, deterministic=True)
    other = replace(config, schedule="step", warm_up=2, learning_rate=7.0, epochs=9)
    assert cnnviz.find_rate(config) == cnnviz.find_rate(other)


def test_stop_ends_it_without_a_result(tmp_path: Path) -> None:
    control, seen = Control(), []
    for event in search_rate(small_config(tmp_path), control):
        seen.append(event)
        if isinstance(event, RateTried) and event.number == 5:
            control.stop()
    assert isinstance(seen[-1], RateTried)
    assert seen[-1].number == 5


def test_stop_ends_it_within_a_batch(tmp_path: Path) -> None:
    control = Control()
    file = tmp_path / "slow.py"
    file.write_text(
        "import time\nfrom torch import nn\n"
        "class Slow(nn.Flatten):\n"
        "    def forward(self, x):\n"
        "        if self.training: time.sleep(0.5)\n"
        "        return super().forward(x)\n"
        "input_shape = (1, 28, 28)\n"
        "def net(num_classes: int = 10):\n"
        "    return nn.Sequential(Slow(), nn.Linear(784, num_classes))\n",
        "utf-8",
    )
    events = search_rate(TrainConfig(f"{file}:net", _SAMPLE, device="cpu"), control)
    tried = next(event for event in events if isinstance(event, RateTried))
    control.stop()
    assert tried.number == 1
    assert list(events) == []


def test_what_a_run_would_be_refused_for_is_refused_here_too(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="Batch size cannot be 0"):
        cnnviz.find_rate(small_config(tmp_path, batch_size=0))
    with pytest.raises(CnnvizError, match="no-such-data"):
        cnnviz.find_rate(TrainConfig("lenet", "no-such-data"))
