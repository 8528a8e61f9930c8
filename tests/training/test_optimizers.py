from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.optimizers import OPTIMIZERS, OptimizerEntry, find_optimizer, make_optimizer

CPU = torch.device("cpu")


def test_names_are_each_there_once() -> None:
    assert [entry.name for entry in OPTIMIZERS] == ["sgd", "adam", "adamw", "rmsprop"]


@pytest.mark.parametrize("entry", OPTIMIZERS, ids=lambda entry: entry.name)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_what_an_entry_says_of_its_memory_is_what_torch_keeps(entry: OptimizerEntry, momentum: float) -> None:
    network = nn.Linear(30, 20)
    config = TrainConfig("", "", optimizer=entry.name, momentum=momentum)
    optimizer = make_optimizer(network, config, CPU)
    network(torch.ones(1, 30)).sum().backward()
    optimizer.step()
    kept = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    numbers = sum(value.numel() for value in kept if value.dim() > 0)  # Adam also counts its steps
    assert numbers == entry.numbers_kept(momentum) * (30 * 20 + 20)


@pytest.mark.parametrize(
    ("name", "made"), [("sgd", "SGD"), ("adam", "Adam"), ("adamw", "AdamW"), ("rmsprop", "RMSprop")]
)
def test_settings_reach_the_optimizer(name: str, made: str) -> None:
    config = TrainConfig("", "", optimizer=name, learning_rate=0.3, momentum=0.9, weight_decay=0.2)
    optimizer = make_optimizer(nn.Linear(2, 2), config, CPU)
    assert type(optimizer).__name__ == made
    assert optimizer.defaults["lr"] == 0.3
    assert optimizer.defaults["weight_decay"] == 0.2
    assert optimizer.defaults.get("momentum", 0.9) == 0.9
    assert ("momentum" in optimizer.defaults) == ("momentum" in find_optimizer(name).uses)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_fused_form_is_used_where_there_is_one(name: str) -> None:
    assert make_optimizer(nn.Linear(2, 2), TrainConfig("", "", optimizer=name), CPU).defaults["fused"]


def test_unknown_optimizer_is_refused_with_those_there_are() -> None:
    with pytest.raises(CnnvizError, match=r"'lion'.* sgd, adam, adamw, rmsprop"):
        find_optimizer("lion")


@pytest.mark.parametrize(("momentum", "ahead"), [(0.9, True), (0.0, False)])
def test_nesterov_s_momentum_needs_momentum(momentum: float, ahead: bool) -> None:
    config = TrainConfig("", "", optimizer="sgd", momentum=momentum, nesterov=True)
    assert make_optimizer(nn.Linear(2, 2), config, CPU).defaults["nesterov"] is ahead


def test_usual_learning_rate_of_sgd_is_ten_times_as_much_without_its_momentum() -> None:
    sgd, adam = find_optimizer("sgd"), find_optimizer("adam")
    assert sgd.rate_beside(sgd.usual_momentum) == pytest.approx(0.01)
    assert sgd.rate_beside(0.0) == pytest.approx(0.1)
    assert adam.rate_beside(0.9) == 0.001
