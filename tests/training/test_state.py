"""What is captured in the middle of an epoch goes on, in a run that was prepared anew, to the same bits."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import Preparing
from cnnviz.training.prepare import Prepared, prepare
from cnnviz.training.state import state_arrays
from cnnviz.training.step import train_step

_NET = """
from torch import nn

input_shape = (1, 28, 28)

def net(num_classes: int = 10):
    return nn.Sequential(nn.Conv2d(1, 4, 5, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5),
                         nn.Linear(4 * 12 * 12, num_classes))
"""
_BATCHES = 5  # an epoch


@pytest.fixture(autouse=True)
def own_random_numbers() -> Iterator[None]:
    with torch.random.fork_rng():
        yield


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    file = tmp_path / "net.py"
    file.write_text(_NET, "utf-8")
    data, limit = "fashion-mnist-sample", 8 * _BATCHES
    return TrainConfig(f"{file}:net", data, epochs=2, batch_size=8, limit=limit, deterministic=True, schedule="cosine")


def _prepared(config: TrainConfig) -> Prepared:
    torch.manual_seed(config.seed)
    found: list[Prepared | None] = []

    def work() -> Generator[Preparing, None, None]:
        found.append((yield from prepare(config, torch.device("cpu"), Control())))

    list(work())
    assert found[0] is not None
    return found[0]


def _go_on(prepared: Prepared, until: int) -> None:
    """Make the steps up to ``until``, over the ends of epochs."""
    state = prepared.state
    state.network.train()
    while True:
        for images, labels in state.batches(prepared.training):
            state.learning_rate.set_for(state.optimizer, state.step)
            train_step(state.network, state.optimizer, images, labels, state.way)
            state.count_step()
            if state.step == until:
                return
        state.end_epoch()


@pytest.mark.parametrize("at", [1, 3, _BATCHES, _BATCHES + 2])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_captured_run_goes_on_to_the_same_bits(config: TrainConfig, optimizer: str, at: int) -> None:
    config = TrainConfig(**{**_values(config), "optimizer": optimizer, "momentum": 0.9 if optimizer == "sgd" else 0.0})
    whole = _prepared(config)
    _go_on(whole, 2 * _BATCHES)

    first = _prepared(config)
    _go_on(first, at)
    captured = first.state.capture()
    _go_on(first, at + 1)  # nothing that goes on changes what was captured

    second = _prepared(config)
    torch.rand(17)
    second.state.restore(captured)
    assert (second.state.step, second.state.epoch) == (at, at // _BATCHES if at > _BATCHES else 0)
    _go_on(second, 2 * _BATCHES)
    expected, found = state_arrays(whole.state.network), state_arrays(second.state.network)
    assert expected.keys() == found.keys()
    assert all(np.array_equal(expected[name], found[name]) for name in expected)


def _values(config: TrainConfig) -> dict[str, object]:
    return {name: getattr(config, name) for name in TrainConfig.__dataclass_fields__}
