"""What rows say of torch's own layers, against torch itself and against their functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision.ops
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.loss import _Loss

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.kind import UNKNOWN, Family
from cnnviz.inspection.kinds.table import kind_named, kind_of_call
from cnnviz.inspection.other_operations import other_operations
from cnnviz.inspection.tracer import inspect

_NO_LAYERS = {
    "Container", "DataParallel", "Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "RNNBase",
    "RNNCellBase",
}  # fmt: skip
_SHOWN_IN_PARTS = {
    "AdaptiveLogSoftmaxWithLoss", "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder",
    "TransformerEncoderLayer",
}  # fmt: skip
_WITHOUT_FORMULA = {"CosineSimilarity", "CrossMapLRN2d", "PairwiseDistance"}


def _classes() -> dict[str, type[nn.Module]]:
    both = {**vars(nn.modules), **vars(nn)}
    return {name: each for name, each in both.items() if isinstance(each, type) and issubclass(each, nn.Module)}


class Computed(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *data: Tensor) -> Any:
        return self.function(*data)


def last_call(model: nn.Module, *data: Tensor) -> Call:
    report = inspect(model, inputs=tuple(each.clone() for each in data))
    assert report.error is None
    return report.calls[-1]


def _lone(name: str) -> Call:
    return Call(0, None, "layer", name, True, 1, (), ((2, 4),), ((2, 4),), 0, 0, 0, 0, 32)


def test_every_layer_of_torch_but_losses_is_on_a_row_or_left_out_on_purpose() -> None:
    losses = {name for name, each in _classes().items() if issubclass(each, _Loss) or name.endswith("Loss")}
    assert {name for name in _classes() if kind_named(name) is UNKNOWN} == (
        losses | _NO_LAYERS | _SHOWN_IN_PARTS | _WITHOUT_FORMULA
    )


@pytest.mark.parametrize("name", sorted(name for name in _classes() if kind_named(name) is UNKNOWN))
def test_layer_of_torch_on_no_row_is_unknown_and_not_free(name: str) -> None:
    assert other_operations(_lone(name)) is None
    assert kind_of_call(_lone(name)).family is Family.OTHER


_MAP = torch.randn(2, 4, 8, 8)
_TWINS: tuple[tuple[nn.Module, Callable[[Tensor], Any]], ...] = (
    (nn.LazyConv2d(6, 3), lambda data: functional.conv2d(data, torch.zeros(6, 4, 3, 3), torch.zeros(6))),
    (nn.Conv2d(4, 6, 3, 2, bias=False), lambda data: functional.conv2d(data, torch.zeros(6, 4, 3, 3), None, 2)),
    (nn.LazyBatchNorm2d(), lambda data: functional.batch_norm(data, torch.zeros(4), torch.ones(4))),
    (nn.InstanceNorm2d(4), functional.instance_norm),
    (nn.LocalResponseNorm(3), lambda data: functional.local_response_norm(data, 3)),
    (nn.MaxPool2d(3, 2), lambda data: functional.max_pool2d(data, 3, 2)),
    (nn.MaxPool2d(3, 2), lambda data: functional.max_pool2d(data, 3, 2, return_indices=True)),
    (nn.MaxPool2d(3, 2), lambda data: torch.max_pool2d(data, 3, 2)),
    (nn.AvgPool2d(3, 2, 1), lambda data: functional.avg_pool2d(data, 3, 2, 1)),
    (nn.AdaptiveMaxPool2d(4), lambda data: functional.adaptive_max_pool2d(data, 4, return_indices=True)),
    (nn.AdaptiveAvgPool2d(3), lambda data: functional.adaptive_avg_pool2d(data, 3)),
    (nn.Upsample(scale_factor=2, mode="bilinear"), lambda data: functional.interpolate(data, None, 2, "bilinear")),
    (nn.ELU(), functional.elu),
    (nn.ReLU6(), functional.relu6),
    (nn.Softplus(), functional.softplus),
    (nn.PReLU(), lambda data: functional.prelu(data, torch.zeros(1))),
    (nn.LogSigmoid(), functional.logsigmoid),
    (nn.Softmax(1), lambda data: torch.special.softmax(data, 1)),
    (nn.LogSoftmax(-1), lambda data: functional.log_softmax(data, -1)),
    (nn.Dropout2d(), functional.dropout2d),
    (nn.Flatten(), lambda data: torch.flatten(data, 1)),
    (nn.PixelShuffle(2), lambda data: functional.pixel_shuffle(data, 2)),
    (nn.Unfold(3), lambda data: functional.unfold(data, 3)),
)


@pytest.mark.parametrize(("layer", "function"), _TWINS, ids=[type(layer).__name__ for layer, _ in _TWINS])
def test_layer_and_its_function_say_the_same(layer: nn.Module, function: Callable[[Tensor], Any]) -> None:
    one, other = last_call(layer, _MAP), last_call(Computed(function), _MAP)
    assert not other.module
    assert other_operations(one) is not None
    assert other_operations(one) == other_operations(other)
    assert one.self_macs == other.self_macs
    assert kind_of_call(one).family is kind_of_call(other).family
    assert (one.receptive_field, one.receptive_field_status) == (other.receptive_field, other.receptive_field_status)


_BOXES = torch.tensor([[0.0, 0, 0, 4, 4]])


@pytest.mark.parametrize(
    ("layer", "beside", "family"),
    [
        (torchvision.ops.DeformConv2d(4, 6, 3), torch.zeros(2, 18, 6, 6), Family.CONVOLUTION),
        (torchvision.ops.RoIPool(2, 1.0), _BOXES, Family.POOLING),
        (torchvision.ops.RoIAlign(2, 1.0, 2), _BOXES, Family.POOLING),
        (torchvision.ops.PSRoIPool(2, 1.0), _BOXES, Family.POOLING),
        (torchvision.ops.PSRoIAlign(2, 1.0, 2), _BOXES, Family.POOLING),
    ],
    ids=lambda each: type(each).__name__,
)
def test_functions_of_torchvisions_layers_have_their_family_and_no_number(
    layer: nn.Module, beside: Tensor, family: Family
) -> None:
    call = last_call(layer, _MAP, beside)
    assert not call.module
    assert kind_of_call(call).family is family
    assert other_operations(call) is None


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda data: 2 / data, "div"),
        (lambda data: 2 - data, "sub"),
        (lambda data: 2**data, "pow"),
        (lambda data: torch.rsub(data, data), "sub"),
        (torch.arctan, "arctan"),
        (lambda data: torch.greater(data, 0), "greater"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_function_of_numbers_is_one_operation_whatever_it_is_called(
    function: Callable[[Tensor], Any], kind: str
) -> None:
    call = last_call(Computed(function), _MAP)
    assert (call.kind, other_operations(call)) == (kind, _MAP.numel())


@pytest.mark.parametrize(
    "function",
    [
        lambda left, right: torch.linalg.matmul(left, right),
        lambda left, right: torch.linalg.multi_dot([left, right]),
        lambda left, right: torch.chain_matmul(left, right),
        lambda left, right: torch.tensordot(left, right, 1),
    ],
)
def test_product_of_matrices_is_multiply_adds_alone(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    call = last_call(Computed(function), torch.zeros(3, 4), torch.zeros(4, 5))
    assert (call.self_macs, other_operations(call)) == (3 * 4 * 5, 0)


@pytest.mark.parametrize("function", [torch.outer, torch.kron])
def test_outer_product_is_one_multiply_add_for_each_value(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    call = last_call(Computed(function), torch.zeros(3), torch.zeros(4))
    assert (call.self_macs, other_operations(call)) == (12, 0)


def test_antialiased_interpolation_is_unknown() -> None:
    """It reads more than 16 neighbours where the map gets smaller."""
    call = last_call(Computed(lambda data: functional.interpolate(data, (4, 4), mode="bicubic", antialias=True)), _MAP)
    assert other_operations(call) is None
