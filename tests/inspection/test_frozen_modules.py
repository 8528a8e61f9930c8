from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from cnnviz.inspection.call import Call
from cnnviz.inspection.frozen_modules import (
    frozen_up_to,
    frozen_with,
    frozen_without,
    is_frozen,
    learning_paths,
    params_of,
    paths_in,
    trainable_params,
    unknown_paths,
)
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import build, resolve


@pytest.fixture(scope="module")
def report() -> Report:
    return inspect(resolve("vgg11", {"width_divisor": 8}))


def call(report: Report, path: str) -> Call:
    found = report.find(path)
    assert found is not None
    return found


def test_path_freezes_all_below_it_and_nothing_that_only_begins_like_it() -> None:
    assert is_frozen("block1.0", ("block1",))
    assert not is_frozen("block10.0", ("block1",))
    assert paths_in(" block1, block2 ,") == ("block1", "block2")
    assert paths_in(None) == ()


def test_up_to_here_names_whole_modules_where_all_of_them_is_meant(report: Report) -> None:
    assert frozen_up_to(report, call(report, "block3.0")) == ("block1", "block2", "block3.0")
    assert frozen_up_to(report, call(report, "block3")) == ("block1", "block2", "block3")
    assert frozen_up_to(report, call(report, "block3.1")) == ("block1", "block2", "block3.0")


def test_freeing_one_layer_of_a_frozen_module_keeps_the_others_frozen(report: Report) -> None:
    assert frozen_without(report, ("block1", "block3"), call(report, "block3.2")) == ("block1", "block3.0")
    assert frozen_with(report, ("block1", "block3.0"), call(report, "block3.2")) == ("block1", "block3")


def test_parameters_that_learn_are_all_but_those_of_frozen_layers(report: Report) -> None:
    learning = trainable_params(report, ("block1", "classifier"))
    frozen = call(report, "block1").params + call(report, "classifier").params
    assert learning[0] == report.totals.params - frozen
    assert learning[call(report, "block1.0").index] == 0
    assert learning[call(report, "block2").index] == call(report, "block2").params


def test_what_is_no_layer_is_found(report: Report) -> None:
    assert unknown_paths(report, ("block1", "block9", "block1.0")) == ("block9",)


class Tied(nn.Module):
    """Two layers of one weight, and each of a bias; a third lies in a list that PyTorch does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.head = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2)
        self.b.weight = self.a.weight
        self.hidden = [nn.Linear(6, 6)]

    def forward(self, x: Any) -> Any:
        return self.head(self.hidden[0](self.b(self.a(x))))


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mixing, self.head = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.head(self.mixing(x, x, x)[0])


class Twins(nn.Module):
    """Layers of one weight beside each other, neither of which reads what the other makes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, 6, bias=False), nn.Linear(6, 6, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: Any) -> Any:
        return self.first(x) + self.second(x)


def learning_in_torch(network: nn.Module, frozen: tuple[str, ...]) -> int:
    for path in frozen:
        network.get_submodule(path).requires_grad_(False)
    return sum(each.numel() for each in network.parameters() if each.requires_grad)


@pytest.mark.parametrize("frozen", [("a",), ("b",), ("a", "b"), ("head",), ("b", "head")])
def test_weight_that_is_shared_learns_where_none_that_holds_it_is_frozen(frozen: tuple[str, ...]) -> None:
    report = inspect(Tied(), (6,))
    params, learning = params_of(report, frozen)
    assert params == sum(each.numel() for each in Tied().parameters())
    assert learning == learning_in_torch(Tied(), frozen)
    assert [(held.holders, held.params) for held in report.held_elsewhere] == [(("a", "b"), 36)]


@pytest.mark.parametrize("frozen", [("mixing",), ("mixing.out_proj",), ("head",)])
def test_weights_that_a_function_reads_are_frozen_with_the_module_that_holds_them(frozen: tuple[str, ...]) -> None:
    report = inspect(Attending(), (3, 4))
    assert unknown_paths(report, frozen) == ()
    assert params_of(report, frozen)[1] == learning_in_torch(Attending(), frozen)


def test_helping_heads_that_run_in_training_alone_can_be_frozen() -> None:
    report = inspect("torchvision/googlenet")
    assert unknown_paths(report, ("aux1",)) == ()
    learning = params_of(report, ("aux1",))[1]
    with torch.device("meta"):
        network = build(resolve("torchvision/googlenet"))
    assert learning == learning_in_torch(network, ("aux1",))


def test_layers_that_share_a_weight_all_hold_what_learns() -> None:
    report = inspect(Twins(), (6,))
    assert learning_paths(report, ()) == {"first", "second"}
    assert learning_paths(report, ("second",)) == set()
    assert frozen_with(report, (), call(report, "second")) == ("second",)
