"""Other operations in closed form, one kind at a time, and their sums over a tree."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection import export, other_operations
from cnnviz.inspection.call import Call, SettingValue, Shape
from cnnviz.inspection.kinds.pooling import adaptive_reads
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect

_MAP = (2, 3, 8, 10)
_VALUES = 2 * 3 * 8 * 10


def _call(
    kind: str,
    data: Shape | tuple[Shape, ...] = _MAP,
    output: Shape = _MAP,
    macs: int | None = 0,
    made: int = 4,
    module: bool = True,
    **settings: SettingValue,
) -> Call:
    inputs = data if data and isinstance(data[0], tuple) else (data,)
    outputs = (output,)
    return Call(0, None, "layer", kind, module, 1, (), inputs, outputs, 0, 0, macs, macs, made, settings=settings)  # type: ignore[arg-type]


_CASES = [
    (_call("Identity"), 0),
    (_call("Flatten", output=(2, 240)), 0),
    (_call("cat", (_MAP, _MAP), (2, 6, 8, 10), module=False), 0),
    (_call("Dropout", p=0.5), 0),
    (_call("ReLU"), _VALUES),
    (_call("leaky_relu", module=False), _VALUES),
    (_call("GELU"), _VALUES),
    (_call("GLU", output=(2, 3, 8, 5)), 2 * 240),
    (_call("add", (_MAP, _MAP), module=False), _VALUES),
    (_call("mul", (_MAP, (2, 3, 1, 1)), module=False), _VALUES),
    (_call("BatchNorm2d"), 2 * _VALUES),
    (_call("batch_norm", module=False), 2 * _VALUES),
    (_call("LayerNorm"), 5 * _VALUES),
    (_call("GroupNorm"), 5 * _VALUES),
    (_call("InstanceNorm2d"), 5 * _VALUES),
    (_call("RMSNorm"), 3 * _VALUES),
    (_call("LocalResponseNorm", size=5), 9 * _VALUES),
    (_call("Softmax", dim=1), 3 * _VALUES),
    (_call("log_softmax", module=False), 3 * _VALUES),
    (_call("Conv2d", output=(2, 4, 6, 8), macs=7, bias=True), 2 * 4 * 6 * 8),
    (_call("Conv2d", output=(2, 4, 6, 8), macs=7, bias=False), 0),
    (_call("ConvTranspose1d", (2, 3, 8), (2, 4, 9), macs=7, bias=True), 2 * 4 * 9),
    (_call("Linear", (2, 7, 3), (2, 7, 5), macs=7, bias=True), 2 * 7 * 5),
    (_call("matmul", ((2, 4, 3), (3, 5)), (2, 4, 5), macs=120, module=False), 0),
    (_call("addmm", ((4, 3), (3, 5)), (4, 5), macs=60, module=False), 20),
    (_call("einsum", ((4, 3), (3, 5)), (4, 5), macs=60, module=False), 0),
    (_call("MaxPool2d", output=(2, 3, 4, 5), kernel_size=2), 4 * 120),
    (_call("AvgPool2d", output=(2, 3, 4, 4), kernel_size=(3, 2)), 6 * 96),
    (_call("max_pool3d", (1, 1, 4, 4, 4), (1, 1, 2, 2, 2), module=False, kernel_size=2), 8 * 8),
    (_call("LPPool1d", (2, 3, 8), (2, 3, 4), kernel_size=2), 4 * 24),
    (_call("AdaptiveAvgPool2d", output=(2, 3, 1, 1), output_size=1), _VALUES),
    (_call("AdaptiveMaxPool2d", output=(2, 3, 3, 5), output_size=(3, 5)), 2 * 3 * (3 + 4 + 3) * 10),
    (_call("mean", output=(2, 3), module=False), _VALUES),
    (_call("max", output=(2, 8, 10), module=False, dim=1), _VALUES),
    (_call("var", output=(2, 3), module=False), 3 * _VALUES),
    (_call("norm", output=(2, 3), module=False), 2 * _VALUES),
    (_call("Fold", (2, 12, 80), (2, 3, 9, 11), kernel_size=2), 2 * 12 * 80),
    (_call("Upsample", output=(2, 3, 16, 20), mode="nearest"), 0),
    (_call("interpolate", output=(2, 3, 16, 20), module=False, mode="bilinear"), 7 * 4 * _VALUES),
    (_call("Upsample", (2, 3, 8), (2, 3, 16), mode="linear"), 3 * 96),
    (_call("interpolate", output=(2, 3, 4, 5), module=False, mode="area"), _VALUES),
    (_call("LSTM", (7, 2, 6), (7, 2, 5), macs=7, hidden_size=5, num_layers=1, bias=False), 14 * 5 * (4 + 9)),
    (_call("LSTM", (7, 2, 6), (7, 2, 5), macs=7, hidden_size=5, num_layers=1, bias=True), 14 * 5 * (12 + 9)),
    (
        _call("GRU", (7, 2, 6), (7, 2, 10), macs=7, hidden_size=5, num_layers=3, bias=True, bidirectional=True),
        14 * 6 * 5 * (9 + 8),
    ),
    (_call("RNNCell", (2, 6), (2, 5), macs=7, hidden_size=5, bias=True), 2 * 5 * 4),
    (
        _call("scaled_dot_product_attention", ((2, 4, 7, 8), (2, 4, 9, 8), (2, 4, 9, 6)), (2, 4, 7, 6), module=False),
        4 * 2 * 4 * 7 * 9,
    ),
    (
        _call("MultiheadAttention", ((2, 7, 8),) * 3, (2, 7, 8), macs=7, num_heads=4, bias=True, batch_first=True),
        4 * 2 * 7 * 8 + 4 * 4 * 2 * 7 * 7,
    ),
    (
        _call("MultiheadAttention", ((7, 2, 8), (9, 2, 8), (9, 2, 8)), (7, 2, 8), num_heads=4, bias=False),
        4 * 4 * 2 * 7 * 9,
    ),
]
_UNKNOWN = [
    _call("rfft", macs=None, module=False),
    _call("sort", module=False),
    _call("conv2d", macs=7, module=False),  # with or without a bias: not recorded
    _call("MaxPool2d"),
    _call("MultiheadAttention", ((2, 7, 8),) * 3, (2, 7, 8), macs=7, batch_first=True),
    _call("einsum", module=False),
    _call("CosineSimilarity"),
]


@pytest.mark.parametrize(("call", "expected"), _CASES, ids=[call.kind for call, _ in _CASES])
def test_call_has_the_operations_of_its_closed_form(call: Call, expected: int) -> None:
    assert other_operations.other_operations(call) == expected


@pytest.mark.parametrize("call", _UNKNOWN, ids=[call.kind for call in _UNKNOWN])
def test_what_has_no_formula_or_lacks_a_setting_is_unknown(call: Call) -> None:
    assert other_operations.other_operations(call) is None


def test_windows_of_adaptive_pooling_are_torchs() -> None:
    for data, output in ((7, 3), (10, 4), (3, 5), (8, 8)):
        ones = torch.zeros(data, 1, data)
        ones[torch.arange(data), 0, torch.arange(data)] = 1  # picture i is 1 at pixel i alone
        reads = int((functional.adaptive_max_pool1d(ones, output) > 0).sum())
        assert adaptive_reads((1, 1, data), (1, 1, output), 1) == reads


class _Computed(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, data: Tensor) -> Tensor:
        return self.function(data)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda data: functional.linear(data, torch.zeros(4, 5), torch.zeros(4)), 2 * 3 * 5 * 4),
        (lambda data: functional.linear(data, torch.zeros(4, 5)), 0),
        (lambda data: functional.conv2d(data, torch.zeros(4, 3, 2, 2), bias=torch.zeros(4)), 2 * 4 * 4 * 4),
        (lambda data: functional.interpolate(data, None, 2, "bilinear"), 7 * 2 * 3 * 10 * 10),
        (lambda data: functional.avg_pool1d(data[0], 2), 2 * 3 * 5 * 2),
        (lambda data: functional.local_response_norm(data, 5), 9 * 150),
    ],
)
def test_settings_of_a_function_that_its_operations_need_are_recorded(
    function: Callable[[Tensor], Tensor], expected: int
) -> None:
    assert other_operations.total(inspect(_Computed(function), (3, 5, 5), batch=2).calls) == expected


def test_attention_of_torch_is_counted_with_its_heads_and_biases() -> None:
    query = torch.zeros(2, 7, 8)
    for added in ({}, {"add_bias_kv": True}, {"add_zero_attn": True}, {"add_bias_kv": True, "add_zero_attn": True}):
        attention, keys = nn.MultiheadAttention(8, 4, batch_first=True, **added), 7 + len(added)
        report = inspect(attention, inputs=(query, query, query))
        assert report.totals.macs == 2 * (4 * 7 * 8 * 8 + 2 * 7 * keys * 8)
        assert other_operations.total(report.calls) == 4 * 2 * 7 * 8 + 4 * 4 * 2 * 7 * keys


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)

    def forward(self, data: Tensor) -> Tensor:
        return torch.relu(data + self.norm(self.conv(data)))


def _report() -> Report:
    return inspect(nn.Sequential(_Block(), nn.AvgPool2d(2), nn.Identity(), nn.Flatten(), nn.Linear(48, 5)), (3, 8, 8))


_BLOCK = 192 * (1 + 2 + 1 + 1)  # bias, batch normalisation, addition, ReLU
_TOTAL = _BLOCK + 48 * 4 + 5


def test_containers_hold_the_sum_of_what_is_below_them() -> None:
    report = _report()
    sums = other_operations.of_calls(report.calls)
    assert {report.calls[i].path: number for i, number in enumerate(sums)} == {
        "": _TOTAL, "0": _BLOCK, "0.conv": 192, "0.norm": 384, "0.add": 192, "0.relu": 192, "1": 192, "2": 0, "3": 0,
        "4": 5,
    }  # fmt: skip
    assert other_operations.total(report.calls) == _TOTAL


def test_unknown_part_makes_what_holds_it_unknown_and_nothing_else() -> None:
    class Sorted(nn.Module):
        def forward(self, data: Tensor) -> Tensor:
            return torch.relu(torch.sort(data)[0])

    report = inspect(nn.Sequential(nn.ReLU(), Sorted()), (8,))
    known = {report.calls[i].path: number for i, number in enumerate(other_operations.of_calls(report.calls))}
    assert known == {"": None, "0": 8, "1": None, "1.sort": None, "1.relu": 8}
    assert other_operations.total(report.calls) is None


def test_failed_network_has_no_total() -> None:
    report = inspect(nn.Sequential(nn.ReLU(), nn.Linear(4, 2)), (8,))
    assert other_operations.of_calls(report.calls) == (None, 8, None)
    assert other_operations.total(report.calls) is None
    assert report.to_dict()["totals"]["other_ops"] is None  # type: ignore[index]
    assert other_operations.total(()) is None


def test_every_form_of_the_table_holds_the_number() -> None:
    report = _report()
    data = json.loads(export.as_json(report))
    assert [call["other_ops"] for call in data["calls"]] == list(other_operations.of_calls(report.calls))
    assert data["totals"]["other_ops"] == _TOTAL
    rows = list(csv.DictReader(io.StringIO(export.as_csv(report))))
    assert (rows[0]["other ops"], rows[1]["other ops"]) == (str(_TOTAL), str(_BLOCK))
    assert f"other ops   {_TOTAL:,} " in export.as_table(report)
    assert export.as_markdown(report).splitlines()[2].endswith(f"| {_TOTAL:,} |")
    assert export.as_latex(report).splitlines()[3].endswith(rf"& {_TOTAL:,} \\")


def test_part_of_the_table_keeps_the_sums_of_the_whole() -> None:
    report = _report()
    block = (report.calls[1],)
    (row,) = csv.DictReader(io.StringIO(export.as_csv(report, block)))
    assert (row["layer"], row["other ops"]) == ("0", str(_BLOCK))
    (call,) = json.loads(export.calls_as_json(report, block))["calls"]
    assert call["other_ops"] == _BLOCK
