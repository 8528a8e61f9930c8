from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from cnnviz.training.layer_looks import LayerLook, first_not_finite
from cnnviz.training.step import Way, find_gradients

WAY = Way(channels_last=False)


class Odd(nn.Module):
    """Returns what is no plain tensor of numbers, and uses one ReLU twice."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 6)
        self.relu = nn.ReLU()
        self.sparse, self.empty, self.whole = Sparse(), Empty(), Whole()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.fc(x.flatten(1)))
        self.sparse(x), self.empty(x), self.whole(x)
        return self.relu(x - 1e6)


class Sparse(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to_sparse()


class Empty(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:0]


class Whole(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.long()


def batch() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.rand(8, 1, 2, 2), torch.arange(8) % 6


def test_layers_that_return_no_plain_numbers_are_left_out_and_a_second_call_has_a_row() -> None:
    network = Odd().eval()
    look = LayerLook(network)
    look.evaluate(network, *batch(), WAY)
    rows = {row.path: row for row in look.told(1, 5).layers}
    assert list(rows) == ["fc", "relu", "relu (2)"]
    assert rows["relu (2)"].dead == 1
    assert rows["relu"].units == 6
    assert not any(module._forward_hooks for module in network.modules())


def test_gradient_and_step_are_those_of_the_last_batch() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 6))
    weights = [weight.detach().clone() for weight in network.parameters()]
    optimizer = torch.optim.SGD(network.parameters(), 0.5)
    look = LayerLook(network)
    find_gradients(network, optimizer, WAY.scaler(torch.device("cpu")), *batch(), WAY)
    look.before_step()
    optimizer.step()
    look.after_step()
    (row,) = look.told(1, 1).layers
    gradient = math.sqrt(sum(float((weight.grad**2).sum()) for weight in network.parameters()))
    assert row.gradient == pytest.approx(gradient, rel=1e-5)
    size = math.sqrt(sum(float((weight**2).sum()) for weight in weights))
    assert row.update == pytest.approx(0.5 * gradient / size, rel=1e-4)
    assert row.dead is None


def test_first_layer_beyond_floats_is_named_with_what_it_was_given() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 6), nn.Linear(6, 6))
    with torch.no_grad():
        network[1].weight.fill_(1e30)
        network[2].weight.fill_(1e30)
    layer, cause = first_not_finite(network, lambda: network(torch.ones(1, 1, 2, 2)))
    assert layer == "2"
    assert "4e+30" in cause
    with torch.no_grad():
        network[1].bias.fill_(math.nan)
    layer, cause = first_not_finite(network, lambda: network(torch.ones(1, 1, 2, 2)))
    assert layer == "1"
    assert cause.startswith("Its weights are no numbers")


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1, 1, 1, 1, 1), (5, 3), (8,)])
def test_spread_is_of_all_pictures_however_they_come(sizes: tuple[int, ...]) -> None:
    """Pictures in the order of their classes differ from batch to batch more than within one."""
    network, (images, labels) = nn.Sequential(nn.Flatten(), nn.Linear(4, 6)).eval(), batch()
    images = images + torch.arange(8.0).reshape(8, 1, 1, 1)
    look = LayerLook(network)
    for some, their_labels in zip(images.split(list(sizes)), labels.split(list(sizes)), strict=True):
        look.evaluate(network, some, their_labels, WAY)
    whole = network(images).detach().std(correction=0).item()
    assert look.told(1, 5).layers[-1].spread == pytest.approx(whole, rel=1e-5)
