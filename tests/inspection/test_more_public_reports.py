"""Further public reports of users of comparable programs, each named by its thread: the right values, by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection.tracer import inspect


class Net(nn.Module):
    """A function, and the layers that it uses."""

    def __init__(self, run: Callable[..., Any], **layers: Any) -> None:
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.run = run

    def forward(self, *inputs: Any) -> Any:
        return self.run(self, *inputs)


class ReZero(nn.Sequential):
    """Has a parameter of its own beside its blocks (torchinfo 137)."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__(*blocks)
        self.register_parameter("weights", nn.Parameter(torch.zeros(len(blocks))))

    def forward(self, data: Tensor) -> Tensor:
        for weight, block in zip(self.weights, self, strict=True):  # type: ignore[call-overload]
            data = data + weight * block(data)
        return data


class SamePadding(nn.Conv2d):
    """A convolution whose forward calls a function (ptflops 59: EfficientNet)."""

    def forward(self, data: Tensor) -> Tensor:
        return functional.conv2d(functional.pad(data, (1, 1, 1, 1)), self.weight, self.bias, self.stride)


class InMine(nn.Module):
    """A plain list under the name of a method (torchview 99)."""

    def __init__(self) -> None:
        super().__init__()
        self.modules = [nn.Conv2d(3, 4, 3)]  # type: ignore[assignment]

    def forward(self, data: Tensor) -> Tensor:
        return self.modules[0](data)  # type: ignore[index, no-any-return]


class MadeLate(nn.Module):
    """Makes in forward what the constructor left open (torchinfo 117)."""

    def __init__(self) -> None:
        super().__init__()
        self.gain: nn.Parameter = nn.UninitializedParameter()

    def forward(self, data: Tensor) -> Tensor:
        self.gain = nn.Parameter(torch.zeros(1))
        return data


class Mixture(nn.Module):
    """Experts, and gates in a ParameterList (torchinfo 190)."""

    def __init__(self) -> None:
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(9, 4) for _ in range(3))
        self.gates = nn.ParameterList(nn.Parameter(torch.randn(9, 3)) for _ in range(2))
        self.towers = nn.ModuleList(nn.Linear(4, 1) for _ in range(2))

    def forward(self, data: Tensor) -> list[Tensor]:
        made = torch.stack([expert(data) for expert in self.experts])  # (3, N, 4)
        shares = [(data @ gate).softmax(-1).T[..., None] for gate in self.gates]
        return [tower((share * made).sum(0)) for tower, share in zip(self.towers, shares, strict=True)]


def _shared_activation() -> nn.Module:
    """One ReLU in all blocks (torchinfo 327, 396, 262)."""
    shared = nn.ReLU()
    return nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), shared, nn.Linear(4, 4), shared) for _ in range(3)])


def _tied() -> nn.Module:
    model = Net(lambda net, words: net.head(net.embed(words)), embed=nn.Embedding(50, 8), head=nn.Linear(8, 50, False))
    model.head.weight = model.embed.weight  # type: ignore[union-attr]
    return model


def _by_name(net: Any, data: Tensor) -> Tensor:
    """A ModuleDict that is not called itself (torchinfo 157)."""
    for number in (1, 2):
        data = torch.relu(net.block[f"norm{number}"](net.block[f"conv{number}"](data)))
    return data


def _block() -> nn.ModuleDict:
    layers = {f"conv{number}": nn.Conv2d(8, 8, 3, padding="same", dilation=2**number) for number in (1, 2)}
    return nn.ModuleDict({**layers, **{f"norm{number}": nn.BatchNorm2d(8) for number in (1, 2)}})


def _attention(heads: int, **options: Any) -> nn.Module:
    return Net(lambda net, data: net.attend(data, data, data)[0], attend=nn.MultiheadAttention(16, heads, **options))


def _crossing() -> nn.Module:
    attend = nn.MultiheadAttention(16, 4, kdim=10, vdim=12)
    return Net(lambda net, query, key, value: net.attend(query, key, value)[0], attend=attend)


def _past_its_call() -> nn.Module:
    """Layers whose forward is called, and not they (torchinfo 366)."""
    inner = Net(lambda net, x: net.fc.forward(x), fc=nn.Linear(3, 5))
    return Net(lambda net, x: net.fc(net.layer.forward(x)), layer=inner, fc=nn.Linear(5, 5))


def _scaled_in_place(net: Any, data: Tensor) -> Tensor:
    data *= net.scale
    return net.conv(data)  # type: ignore[no-any-return]


def _perceptron() -> nn.Module:
    layers = nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    return nn.Sequential(nn.Flatten(), *layers)


def _product() -> nn.Module:
    return Net(lambda _net, left, right: torch.matmul(left, right))


_PROJECTIONS = 4 * 16 * 16
_REPORTS: dict[str, tuple[Callable[[], nn.Module], list[Any], int, int]] = {
    "torchinfo 137": (lambda: ReZero(nn.Linear(2, 2), nn.Linear(2, 2)), [(3, 2)], 14, 3 * 8),
    "torchinfo 54": (lambda: Net(lambda net, _data: net.w, w=nn.Parameter(torch.zeros(16, 64))), [(1,)], 1024, 0),
    "torchinfo 117": (MadeLate, [(1, 1)], 1, 0),
    "torchinfo 142": (
        lambda: Net(lambda net, x: net.conv(x) * net.w.sum(), w=nn.Parameter(torch.zeros(64)), conv=nn.Conv2d(3, 6, 3)),
        [(1, 3, 8, 8)], 64 + 168, 6 * 36 * 27,
    ),
    "torchinfo 157": (lambda: Net(_by_name, block=_block()), [(2, 8, 16, 16)], 2 * (584 + 16), 2 * 2 * 256 * 576),
    "torchinfo 190": (Mixture, [(10, 9)], 120 + 54 + 10, 10 * (3 * 36 + 2 * 27 + 2 * 4)),
    "torchinfo 327": (_shared_activation, [(1, 4)], 120, 96),
    "torchinfo 377": (_tied, [torch.zeros(2, 6, dtype=torch.int64)], 400, 12 * 400),
    "fvcore 78": (lambda: nn.ConvTranspose2d(32, 1, 3), [(1, 32, 1, 1)], 289, 32 * 9),
    "fvcore 109": (
        lambda: nn.Sequential(nn.DataParallel(nn.Conv2d(3, 4, 3)), nn.DataParallel(nn.Conv2d(4, 5, 1))),
        [(2, 3, 8, 8)], 112 + 25, 2 * 36 * (4 * 27 + 20),
    ),
    "fvcore 153, 4 heads": (lambda: _attention(4), [(9, 1, 16)], 1088, 9 * _PROJECTIONS + 2 * 81 * 16),
    "fvcore 153, 8 heads": (lambda: _attention(8), [(9, 1, 16)], 1088, 9 * _PROJECTIONS + 2 * 81 * 16),
    "ptflops 59": (lambda: SamePadding(3, 8, 3, stride=2), [(1, 3, 16, 16)], 224, 8 * 64 * 27),
    "ptflops 65": (lambda: _attention(4, batch_first=True), [(1, 9, 16)], 1088, 9 * _PROJECTIONS + 2 * 81 * 16),
    "ptflops 105": (
        lambda: Net(lambda net, x: torch.einsum("nchw,cd->ndhw", x, net.w), w=nn.Parameter(torch.zeros(6, 5))),
        [(1, 6, 7, 7)], 30, 49 * 30,
    ),
    "ptflops 143": (
        lambda: nn.Sequential(nn.Conv1d(1, 20, 5), nn.ReLU(), nn.Conv1d(20, 20, 5), nn.ReLU()),
        [(1, 48_000)], 2140, 47_996 * 20 * 5 + 47_992 * 20 * 100,
    ),
    "thop 71": (lambda: nn.Linear(8153, 7533, bias=False), [(1, 8153)], 61_416_549, 61_416_549),
    "thop 157, other widths": (
        _crossing, [(5, 2, 16), (7, 2, 10), (7, 2, 12)],
        16 * (16 + 10 + 12 + 16) + 4 * 16, 2 * (2 * 5 * 256 + 7 * 160 + 7 * 192 + 2 * 5 * 7 * 16),
    ),
    "thop 157, further keys": (
        lambda: _attention(4, add_bias_kv=True, add_zero_attn=True), [(5, 2, 16)],
        1088 + 2 * 16, 2 * (5 * _PROJECTIONS + 2 * 5 * 7 * 16),
    ),
    "thop 157, no batch": (lambda: _attention(4), [(5, 16)], 1088, 5 * _PROJECTIONS + 2 * 25 * 16),
    "torchinfo 366": (_past_its_call, [(32, 3)], 50, 32 * (15 + 25)),
    "torchsummary 148": (
        lambda: Net(_scaled_in_place, scale=nn.Parameter(torch.zeros(1)), conv=nn.Conv1d(1, 2, 3)),
        [(64, 1, 10)], 9, 64 * 2 * 8 * 3,
    ),
    "ptflops 28": (lambda: nn.Linear(16, 4), [(2, 5, 16)], 68, 2 * 5 * 64),
    "ptflops 98": (lambda: nn.Conv2d(3, 32, 7, 2, 3), [(1, 3, 224, 224)], 4736, 112 * 112 * 32 * 147),
    "fvcore 108": (_perceptron, [(1, 28, 28)], 669_706, 784 * 512 + 512 * 512 + 5120),
    "DeepSpeed 8419, vectors": (_product, [(8,), (8,)], 0, 8),
    "DeepSpeed 8419, matrix and vector": (_product, [(4, 8), (8,)], 0, 32),
    "DeepSpeed 8419, broadcast": (_product, [(2, 1, 4, 8), (3, 8, 5)], 0, 960),
    "torch-scan 51": (lambda: nn.Linear(10, 5), [(1, 1, 10)], 55, 50),
    "olmoearth 605": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), [(2, 6, 8)],
        600, 2 * (6 * 4 * 64 + 2 * 36 * 8 + 6 * 2 * 128),
    ),
    "thop 217": (lambda: nn.Linear(10, 11), [(1, 10)], 121, 110),
}  # fmt: skip


@pytest.mark.parametrize(("make", "inputs", "params", "macs"), _REPORTS.values(), ids=_REPORTS)
def test_network_of_a_public_report_has_the_numbers_that_are_right(
    make: Callable[[], nn.Module], inputs: list[Any], params: int, macs: int
) -> None:
    given = tuple(each if isinstance(each, Tensor) else torch.rand(each) for each in inputs)
    report = inspect(make(), inputs=given)
    assert (report.error, report.totals.params, report.totals.macs) == (None, params, macs)
    assert sum(call.own_params for call in report.calls) == params
    assert report.unsized == ()


def test_list_under_the_name_of_a_method_is_looked_into() -> None:
    report = inspect(InMine(), (3, 10, 10))
    assert (report.error, report.totals.params, report.totals.macs) == (None, 0, 64 * 108)
    assert [(part.path, part.params) for part in report.unregistered] == [("modules.0", 112)]
