"""For each rule a network that has the fault, and its neighbour that has not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection import export
from cnnviz.inspection.advice import advise
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo.catalog import architectures


def _rules(network: nn.Module, *shape: int) -> list[str]:
    return [advice.rule for advice in advise(inspect(network, shape))]


def _chain(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers)


class WithSpare(nn.Module):
    """A head that is called, or not."""

    def __init__(self, called: bool) -> None:
        super().__init__()
        self.body, self.spare = nn.Conv2d(1, 2, 3), nn.Sequential(nn.ReLU(), nn.Conv2d(2, 2, 1))
        self.called = called

    def forward(self, data: Tensor) -> Tensor:
        out = self.body(data)
        return self.spare(out) if self.called else out


class Lender(nn.Module):
    """Hands a layer's weights to a function, as Swin does, and iterates over a container that is never called."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.steps = nn.ModuleList([nn.Identity(), nn.Linear(4, 4)])

    def forward(self, data: Tensor) -> Tensor:
        data = functional.relu(functional.linear(data, self.layer.weight, self.layer.bias))
        for step in self.steps:
            data = step(data)
        return data


class Branches(nn.Module):
    """A convolution whose output BatchNorm and an addition read: its bias reaches the addition."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)

    def forward(self, data: Tensor) -> Tensor:
        out = self.conv(data)
        return out + self.norm(out)


_FAULTS: dict[str, tuple[tuple[int, ...], Callable[[], nn.Module], Callable[[], nn.Module]]] = {
    "pixels dropped": (
        (1, 8, 8),
        lambda: nn.Conv2d(1, 2, 3, stride=2),
        lambda: nn.Conv2d(1, 2, 3, stride=2, padding=1),
    ),
    "bias before BatchNorm": (
        (1, 8, 8),
        lambda: _chain(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)),
        lambda: _chain(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2)),
    ),
    "one layer holds most parameters": (
        (1, 34, 34),
        lambda: _chain(nn.Conv2d(1, 16, 3), nn.Flatten(), nn.ReLU(), nn.Linear(16 * 32 * 32, 64)),
        lambda: _chain(nn.Conv2d(1, 16, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.ReLU(), nn.Linear(16, 64)),
    ),
    "part that never ran": ((1, 8, 8), lambda: WithSpare(False), lambda: WithSpare(True)),
    "uneven transposed convolution": (
        (1, 8, 8),
        lambda: nn.ConvTranspose2d(1, 2, 3, stride=2),
        lambda: nn.ConvTranspose2d(1, 2, 4, stride=2),
    ),
    "no activation between layers": (
        (4, 8, 8),
        lambda: _chain(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3)),
        lambda: _chain(nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3)),
    ),
    "kernel larger than its map": (
        (1, 3, 3),
        lambda: nn.Conv2d(1, 2, 5, padding=2),
        lambda: nn.Conv2d(1, 2, 3, padding=1),
    ),
    "softmax before the loss": (
        (4,),
        lambda: _chain(nn.Linear(4, 3), nn.Softmax(1)),
        lambda: _chain(nn.Linear(4, 3), nn.LogSoftmax(1)),
    ),
    "dropout before BatchNorm": (
        (1, 8, 8),
        lambda: _chain(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Dropout(), nn.Conv2d(2, 2, 3, bias=False), nn.BatchNorm2d(2)),
        lambda: _chain(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(), nn.Conv2d(2, 2, 3)),
    ),
}


@pytest.mark.parametrize("rule", _FAULTS)
def test_rule_finds_its_fault_and_nothing_in_the_neighbour(rule: str) -> None:
    shape, faulty, sound = _FAULTS[rule]
    assert rule in _rules(faulty(), *shape)
    assert rule not in _rules(sound(), *shape)


def test_pixels_that_only_padding_makes_are_not_missed() -> None:
    # (7 + 2·3 − 7) % 2 = 0; (8 + 2·3 − 7) % 2 = 1, and what is lost is padding: torchvision's ResNet at 224.
    assert _rules(nn.Conv2d(1, 2, 7, stride=2, padding=3), 1, 8, 8) == []
    assert _rules(nn.MaxPool2d(2), 1, 7, 7) == ["pixels dropped"]
    assert _rules(nn.MaxPool2d(2, ceil_mode=True), 1, 7, 7) == []
    assert _rules(nn.Conv2d(1, 2, 1, stride=2, bias=False), 1, 8, 8) == []


def test_pooling_as_a_function_is_seen_too() -> None:
    class Pooled(nn.Module):
        def forward(self, data: Tensor) -> Tensor:
            return functional.max_pool2d(data, 2)

    assert _rules(Pooled(), 1, 7, 7) == ["pixels dropped"]


def test_bias_that_somebody_else_reads_too_is_needed() -> None:
    assert _rules(Branches(), 1, 8, 8) == []


@pytest.mark.parametrize(
    "network",
    [
        _chain(nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)),  # through fewer channels
        _chain(nn.Conv2d(16, 16, 1), nn.Conv2d(16, 64, 1)),  # MobileNetV3's projection and expansion
        _chain(nn.Conv2d(16, 16, 3, groups=16), nn.Conv2d(16, 32, 1)),  # depthwise and pointwise
        _chain(nn.Conv2d(16, 16, (1, 3)), nn.Conv2d(16, 16, (3, 1))),  # rows and columns apart
    ],
)
def test_factorisations_lack_no_activation(network: nn.Module) -> None:
    assert _rules(network, 16, 8, 8) == []


def test_weights_that_a_function_reads_are_no_idle_part() -> None:
    assert inspect(Lender(), (4,)).never_ran == ()


def test_largest_idle_part_is_named_with_all_its_parameters() -> None:
    (part,) = inspect(WithSpare(False), (1, 8, 8)).never_ran
    assert (part.path, part.kind, part.params) == ("spare", "Sequential", 6)
    assert [part.path for part in inspect("torchvision/googlenet").never_ran] == ["aux1", "aux2"]
    assert inspect("torchvision/googlenet", train_mode=True).never_ran == ()


def test_what_is_true_of_several_layers_is_said_once() -> None:
    blocks = [layer for _ in range(3) for layer in (nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.ReLU())]
    (advice,) = advise(inspect(_chain(*blocks), (2, 4, 4)))
    assert (advice.call, advice.also) == (1, (4, 7))


def test_partial_report_is_advised_about_what_ran() -> None:
    network = _chain(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(5, 2), nn.Softmax(1))
    assert _rules(network, 1, 8, 8) == ["bias before BatchNorm"]


def test_attention_and_inputs_without_batch_raise_no_alarm() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    assert advise(inspect(layer, inputs=(torch.zeros(1, 5, 16),))) == ()


@pytest.mark.parametrize(
    "name",
    [
        entry.name
        for entry in architectures()
        if entry.family.startswith(("MobileNet", "EfficientNet", "MNASNet", "ConvNeXt", "ResNet", "ShuffleNet"))
    ],
)
def test_published_networks_lack_no_activation(name: str) -> None:
    assert "no activation between layers" not in [advice.rule for advice in advise(inspect(name))]


def test_advice_is_in_the_json_and_below_the_table() -> None:
    report = inspect("torchvision/vgg11_bn")
    first, second = json.loads(export.as_json(report))["advice"]
    assert (first["rule"], len(first["calls"])) == ("bias before BatchNorm", 8)
    assert second["what"] == "classifier.0 (Linear) holds 102.8 M of 132.9 M parameters."
    text = export.advice_table(report)
    assert text.startswith("notes       2\n")
    assert "do    Set bias=False." in text
    assert export.advice_table(inspect("lenet")) == "notes       none"
