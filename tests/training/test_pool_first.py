from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from whole_data import drained

from cnnviz.training import calibrate
from cnnviz.training.calibrate import USUAL, fastest_way
from cnnviz.training.control import Control
from cnnviz.training.pool_first import PoolFirst, has_hooks
from cnnviz.training.step import Way, evaluate_batch, train_step
from cnnviz.zoo import catalog, registry

FIRST = Way(channels_last=True, pool_first=True)
BOTH = Way(channels_last=True, precision="bf16", pool_first=True)


class Net(nn.Module):
    """A convolution, whatever is tried, and a classifier."""

    def __init__(self, between: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.bn, self.head = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.LazyLinear(3)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.between(self.bn(self.conv(x))).flatten(1))


def net(between: Callable[[Tensor], Tensor]) -> Net:
    torch.manual_seed(0)
    made = Net(between)
    made(torch.zeros(2, 1, 12, 12))
    return made


def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 1, 12, 12, generator=generator), torch.arange(8) % 3


def trained(network: nn.Module, way: Way, steps: int = 3) -> tuple[list[float], dict[str, Tensor]]:
    """Return the losses and the state after some steps on a copy."""
    trial = copy.deepcopy(network).to(memory_format=way.memory_format)
    optimizer = torch.optim.SGD(trial.parameters(), 0.1, momentum=0.9)
    torch.manual_seed(2)
    losses = [
        train_step(trial, optimizer, way.scaler(torch.device("cpu")), *batch(), way)[0].item() for _ in range(steps)
    ]
    return losses, trial.state_dict()


def swapped(network: nn.Module) -> int:
    with torch.no_grad(), PoolFirst() as order:
        network(batch()[0])
    return order.swapped


def pool(x: Tensor) -> Tensor:
    return functional.max_pool2d(x, 3, 2, ceil_mode=True)


def read_twice(x: Tensor) -> Tensor:
    active = functional.relu(x)
    return pool(active) + active[..., :5, :5]


def read_before(x: Tensor) -> Tensor:
    active = functional.relu(x)
    return active.mean((2, 3), keepdim=True) + pool(active)


def kept_negative(x: Tensor) -> Tensor:
    return pool(functional.relu(x)) + functional.adaptive_avg_pool2d(x, 5)


def written_after(x: Tensor) -> Tensor:
    active = functional.relu(x)
    x.mul_(-1)
    return pool(active) + pool(x)


def in_place_read_by_name(x: Tensor) -> Tensor:
    x = x * 2
    functional.relu(x, inplace=True)
    return pool(x) + x[..., :5, :5]


def in_a_list(x: Tensor) -> Tensor:
    active = functional.relu(x)
    return torch.cat([pool(active), functional.avg_pool2d(active, 3, 2, ceil_mode=True)], 1)


ORDERS = {
    "module": (nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)), 1),
    "in place": (nn.Sequential(nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)), 1),
    "method": (lambda x: pool(x.relu()), 1),
    "torch's": (lambda x: torch.max_pool2d(torch.relu(x), 2), 1),
    "in place method": (lambda x: pool((x * 2).relu_()), 1),
    "overlapping": (lambda x: functional.max_pool2d(functional.relu(x), 3, 1), 1),
    "first already": (lambda x: functional.relu(pool(x)), 0),
    "average": (lambda x: functional.avg_pool2d(functional.relu(x), 2), 0),
    "sigmoid": (lambda x: pool(torch.sigmoid(x)), 0),
    "indices": (lambda x: functional.max_pool2d(functional.relu(x), 2, return_indices=True)[0], 0),
    "twice": (read_twice, 1),
    "before": (read_before, 0),
    "negative": (kept_negative, 1),
    "written after": (written_after, 0),
    "by name": (in_place_read_by_name, 1),
    "in a list": (in_a_list, 1),
    "two of one": (lambda x: pool(functional.relu(x)) + functional.max_pool2d(functional.relu(x), 4, 2, 1), 2),
}


@pytest.mark.parametrize("way", [FIRST, BOTH], ids=str)
@pytest.mark.parametrize("between", [pytest.param(each, id=name) for name, (each, _count) in ORDERS.items()])
def test_losses_and_state_are_the_same_bits(between: Callable[[Tensor], Tensor], way: Way) -> None:
    network = net(between)
    plain = Way(way.channels_last, way.precision)
    (losses, state), (expected, expected_state) = trained(network, way), trained(network, plain)
    assert losses == expected
    assert all(torch.equal(value, expected_state[name]) for name, value in state.items())
    judged = [evaluate_batch(network.eval(), *batch(), each) for each in (way, plain)]
    assert torch.equal(*judged)


@pytest.mark.parametrize(("between", "count"), [pytest.param(*each, id=name) for name, each in ORDERS.items()])
def test_poolings_come_first_where_they_read_a_relu(between: Callable[[Tensor], Tensor], count: int) -> None:
    assert swapped(net(between)) == count


@pytest.mark.parametrize("name", ["vgg11", "nin", "resnet18", "googlenet", "densenet121", "alexnet"])
def test_textbook_networks_pool_first(name: str) -> None:
    torch.manual_seed(0)
    spec = catalog.resolve(name, {}, (1, 224, 224) if name == "alexnet" else (1, 96, 96))
    network = registry.build(spec).eval()
    images = torch.randn(1, *spec.input_shape)
    with torch.no_grad():
        expected = network(images)
        with PoolFirst() as order:
            assert torch.equal(network(images), expected)
    assert order.swapped > 0


def chosen(network: nn.Module, monkeypatch: pytest.MonkeyPatch) -> Way:
    """Return what is chosen where pooling first is always faster."""

    def measured(trials: object, _count: int) -> calibrate.Steps[calibrate.Turns]:
        yield
        return [{way: 0.5 if way.pool_first else {USUAL: 1.0}.get(way, 2.0) for way in trials}]  # type: ignore[attr-defined]

    monkeypatch.setattr(calibrate, "take_turns", measured)
    make = lambda trial: torch.optim.Adam(trial.parameters(), 0.1)  # noqa: E731
    return drained(fastest_way(network, *batch(), make, "fp32", Control()))[1].way


def test_pooling_first_is_chosen_where_it_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(net(ORDERS["module"][0]), monkeypatch) == FIRST
    assert chosen(net(ORDERS["average"][0]), monkeypatch) == USUAL


def test_networks_whose_hooks_would_see_it_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    network = net(ORDERS["module"][0])
    assert not has_hooks(network)
    network.between[0].register_forward_hook(lambda *_seen: None)  # type: ignore[index, union-attr]
    assert has_hooks(network)
    assert chosen(network, monkeypatch) == USUAL


class _Hidden(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: object, x: Tensor) -> Tensor:
        return x * 1

    @staticmethod
    def backward(_ctx: object, grad: Tensor) -> Tensor:
        return grad


def keeping(x: Tensor) -> Tensor:
    """Reads the ReLU where no mode sees it."""
    active = functional.relu(x)
    return pool(active) + _Hidden.apply(active)[..., :5, :5]


def test_networks_that_read_a_relu_out_of_sight_are_found_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert swapped(net(keeping)) == 1
    assert chosen(net(keeping), monkeypatch) == USUAL
