from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.sentences import sentence
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect

_CLASSIC = (
    (nn.MaxPool2d(2), (1, 4, 8, 8)),
    (nn.AvgPool1d(2), (1, 4, 8)),
    (nn.AdaptiveAvgPool2d(1), (1, 4, 8, 8)),
    (nn.AdaptiveMaxPool2d((2, 3)), (1, 4, 8, 8)),
    (nn.LPPool2d(2, 2), (1, 4, 8, 8)),
    (nn.BatchNorm2d(4), (1, 4, 8, 8)),
    (nn.LayerNorm(8), (1, 4, 8)),
    (nn.GroupNorm(2, 4), (1, 4, 8, 8)),
    (nn.InstanceNorm2d(4), (1, 4, 8, 8)),
    (nn.LocalResponseNorm(5), (1, 8, 4, 4)),
    *((kind(), (1, 4)) for kind in (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU)),
    *((kind(), (1, 4)) for kind in (nn.Mish, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.Sigmoid, nn.Tanh)),
    (nn.Softmax(1), (1, 4)),
    (nn.LogSoftmax(1), (1, 4)),
    (nn.Dropout(0.3), (1, 4)),
    (nn.Flatten(), (1, 4, 2)),
    (nn.LSTM(4, 3), (5, 1, 4)),
    (nn.GRU(4, 3), (5, 1, 4)),
    (nn.Upsample(scale_factor=2), (1, 4, 3, 3)),
    (nn.PixelShuffle(2), (1, 4, 3, 3)),
    (nn.Linear(4, 3), (1, 4)),
    (nn.ConvTranspose2d(4, 3, 2, 2), (1, 4, 3, 3)),
)  # fmt: skip


def looked_at(model: nn.Module, *shapes: tuple[int, ...]) -> Report:
    report = inspect(model, inputs=tuple(torch.zeros(shape) for shape in shapes))
    assert report.error is None
    return report


def said_of(model: nn.Module, *shapes: tuple[int, ...]) -> str:
    report = looked_at(model, *shapes)
    return sentence(report.calls[0], report.children(0))


@pytest.mark.parametrize(("layer", "shape"), _CLASSIC, ids=lambda each: type(each).__name__)
def test_every_classic_layer_has_a_sentence_without_gaps(layer: nn.Module, shape: tuple[int, ...]) -> None:
    said = said_of(layer, shape)
    assert said.endswith(".")
    assert "{" not in said
    assert "None" not in said
    assert "some" not in said.split()


def test_convolution_names_its_kernels_and_what_they_read() -> None:
    assert said_of(nn.Conv2d(3, 64, 7, 2), (1, 3, 32, 32)) == (
        "Slides 64 learned 7×7 kernels over all 3 input maps; each makes one output map, high where the input looks "
        "like its kernel. Stride 2×2 leaves out pixels between: the maps get smaller."
    )
    assert "over the input map;" in said_of(nn.Conv2d(1, 6, 5), (1, 1, 28, 28))
    assert "one of 2 groups of 4 input maps" in said_of(nn.Conv2d(8, 6, 3, groups=2), (1, 8, 9, 9))
    assert "kernels with gaps of 1 over" in said_of(nn.Conv2d(8, 6, 3, dilation=2), (1, 8, 9, 9))


def test_depthwise_and_pointwise_convolutions_are_said_as_such() -> None:
    assert said_of(nn.Conv2d(8, 8, 3, groups=8), (1, 8, 9, 9)).startswith(
        "A depthwise convolution: every input map has one kernel of 3×3 of its own"
    )
    assert said_of(nn.Conv2d(8, 32, 1), (1, 8, 9, 9)).startswith(
        "A 1×1 convolution: at every pixel it mixes 8 channels into 32, more"
    )
    assert "depthwise" not in said_of(nn.Conv2d(1, 8, 3), (1, 1, 9, 9))


def test_transposed_convolution_makes_maps_larger_with_a_stride_only() -> None:
    assert "larger" in said_of(nn.ConvTranspose2d(8, 4, 4, 2, 1), (1, 8, 7, 7))
    assert "larger" not in said_of(nn.ConvTranspose2d(8, 4, 3, 1, 1), (1, 8, 7, 7))


class Joined(nn.Module):
    def __init__(self, with_input: bool) -> None:
        super().__init__()
        self.one, self.other, self.with_input = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3, padding=1), with_input

    def forward(self, data: Tensor) -> Tensor:
        return torch.cat([data if self.with_input else self.one(data), self.other(data)], 1)


class Residual(nn.Module):
    def __init__(self, projected: bool = False) -> None:
        super().__init__()
        self.branch, self.way = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 1) if projected else nn.Identity()

    def forward(self, data: Tensor) -> Tensor:
        return torch.relu(self.branch(data) + (data if isinstance(self.way, nn.Identity) else self.way(data)))


def test_blocks_are_told_by_what_is_in_them() -> None:
    assert said_of(Joined(with_input=False), (1, 3, 8, 8)).startswith("Looks at its input in 2 ways side by side")
    assert said_of(Joined(with_input=True), (1, 3, 8, 8)).startswith("Puts new maps behind the ones")
    assert said_of(Residual(), (1, 3, 8, 8)).startswith("A residual block")
    assert said_of(Residual(projected=True), (1, 3, 8, 8)).startswith("Adds up what its branches make of its input")
    assert said_of(nn.Sequential(nn.ReLU(), nn.ReLU()), (1, 3)) == "Runs its 2 parts one after another."


def test_block_inside_a_network_is_told_by_what_comes_from_outside() -> None:
    report = looked_at(nn.Sequential(nn.Conv2d(3, 3, 1), Residual()), (1, 3, 8, 8))
    block = next(call for call in report.calls if call.kind == "Residual")
    assert sentence(block, report.children(block.index)).startswith("A residual block")


def test_what_is_not_known_gets_no_sentence() -> None:
    call = Call(0, None, "x", "Unheard", True, 1, (), ((1, 3),), ((1, 3),), 0, 0, 0, 0, 0)
    assert sentence(call) == ""
