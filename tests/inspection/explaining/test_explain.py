"""Every formula is worked out by hand here; what torch counts must give the same, or the formula is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.explain import explain
from cnnviz.inspection.receptive_field import fields
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect


class Applied(nn.Module):
    """A network of one function."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


class Residual(nn.Module):
    """A branch, and its input added to it."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, data: Tensor) -> Tensor:
        return self.branch(data) + data


def explained(model: nn.Module, *shapes: tuple[int, ...]) -> dict[str, str]:
    """Return what is said of the last call of a network that reads zeros of these shapes."""
    report = inspect(model, inputs=tuple(torch.zeros(shape) for shape in shapes))
    assert report.error is None
    return formulas(report, len(report.calls) - 1)


def formulas(report: Report, index: int) -> dict[str, str]:
    return {each.what: each.text for each in explain(report.calls[index], fields(report.calls))}


def of_function(function: Callable[..., Tensor], *shapes: tuple[int, ...]) -> dict[str, str]:
    return explained(Applied(function), *shapes)


def test_convolution_gives_size_parameters_multiply_adds_and_field() -> None:
    found = explained(nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3)), (1, 3, 224, 224))
    assert found == {
        "Output height and width": "⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112",
        "Parameters": "7·7·3·64 + 64 = 9,472",
        "Multiply-adds": "7·7·3·64·112·112 = 118,013,952",
        "Receptive field": "1 + (7 − 1)·1 = 7",
        "Jump": "1·2 = 2",
    }


def test_factors_of_a_batch_are_all_there() -> None:
    found = explained(nn.Conv2d(3, 4, 3, bias=False), (5, 3, 8, 8))
    assert found["Multiply-adds"] == "3·3·3·5·4·6·6 = 19,440"


def test_grouped_and_dilated_convolution_name_the_channels_of_a_group_and_the_gaps() -> None:
    found = explained(nn.Conv2d(8, 16, 3, groups=4, dilation=2, bias=False), (1, 8, 20, 12))
    assert found["Parameters"] == "3·3·(8/4)·16 = 288"
    assert found["Output height"] == "⌊(20 + 2·0 − (2·(3 − 1) + 1)) / 1⌋ + 1 = 16"
    assert found["Output width"] == "⌊(12 + 2·0 − (2·(3 − 1) + 1)) / 1⌋ + 1 = 8"
    assert found["Receptive field"] == "1 + 2·(3 − 1)·1 = 5"


@pytest.mark.parametrize(
    ("padding", "text"), [("same", "(6 + 2 − 3) / 1 + 1 = 6"), ("valid", "⌊(6 + 2·0 − 3) / 1⌋ + 1 = 4")]
)
def test_padding_may_be_a_word(padding: str, text: str) -> None:
    assert explained(nn.Conv2d(1, 1, 3, padding=padding), (1, 1, 6, 6))["Output height and width"] == text


def test_convolution_along_one_and_three_axes() -> None:
    assert explained(nn.Conv1d(2, 3, 5), (1, 2, 9))["Output width"] == "⌊(9 + 2·0 − 5) / 1⌋ + 1 = 5"
    found = explained(nn.Conv3d(2, 3, (1, 3, 3)), (1, 2, 4, 9, 9))
    assert found["Output depth"] == "⌊(4 + 2·0 − 1) / 1⌋ + 1 = 4"
    assert found["Parameters"] == "1·3·3·2·3 + 3 = 57"


def test_transposed_convolution_counts_from_its_input() -> None:
    found = explained(nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1, groups=2), (1, 8, 7, 7))
    assert found == {
        "Output height and width": "(7 − 1)·2 − 2·1 + 3 + 1 = 14",
        "Parameters": "3·3·8·(4/2) + 4 = 148",
        "Multiply-adds": "3·3·(4/2)·8·7·7 = 7,056",
    }


def test_pooling_rounds_up_on_demand_and_counts_its_windows() -> None:
    found = explained(nn.MaxPool2d(3, 2, ceil_mode=True), (1, 8, 112, 112))
    assert found["Output height and width"] == "⌈(112 + 2·0 − 3) / 2⌉ + 1 = 56"
    assert found["Other operations"] == "3·3·8·56·56 = 225,792"
    assert of_function(lambda x: functional.avg_pool2d(x, 2), (1, 4, 6, 6))["Output height and width"] == (
        "⌊(6 + 2·0 − 2) / 2⌋ + 1 = 3"
    )


def test_adaptive_pooling_tells_its_window_where_sizes_divide_and_its_first_one_where_not() -> None:
    assert explained(nn.AdaptiveAvgPool2d(7), (1, 8, 14, 14))["Window height and width"] == "14 / 7 = 2"
    found = explained(nn.AdaptiveAvgPool2d((6, 7)), (1, 8, 13, 13))
    assert found["First window: height"] == "⌊0·13/6⌋ … ⌈1·13/6⌉ = 0 … 3"
    assert found["First window: width"] == "⌊0·13/7⌋ … ⌈1·13/7⌉ = 0 … 2"


@pytest.mark.parametrize(
    ("layer", "shape", "parameters", "other"),
    [
        (nn.BatchNorm2d(8), (1, 8, 3, 3), "2·8 = 16", "2·8·3·3 = 144"),
        (nn.LayerNorm((4, 5)), (1, 3, 4, 5), "2·4·5 = 40", "5·3·4·5 = 300"),
        (nn.LayerNorm(6, bias=False), (1, 3, 6), "6 = 6", "5·3·6 = 90"),
        (nn.GroupNorm(4, 8), (1, 8, 3, 3), "2·8 = 16", "5·8·3·3 = 360"),
        (nn.InstanceNorm2d(8, affine=True), (1, 8, 3, 3), "2·8 = 16", "5·8·3·3 = 360"),
    ],
)
def test_normalisation_learns_a_scale_and_a_shift(
    layer: nn.Module, shape: tuple[int, ...], parameters: str, other: str
) -> None:
    found = explained(layer, shape)
    assert found["Parameters"] == parameters
    assert found["Other operations"] == other


def test_group_norm_tells_the_size_of_a_group() -> None:
    assert explained(nn.GroupNorm(4, 8), (1, 8, 3, 3))["Channels of a group"] == "8 / 4 = 2"


def test_normalisation_that_learns_nothing_has_no_formula_of_parameters() -> None:
    assert "Parameters" not in explained(nn.BatchNorm2d(8, affine=False), (1, 8, 3, 3))


def test_linear_layer() -> None:
    assert explained(nn.Linear(400, 120), (1, 400)) == {
        "Parameters": "400·120 + 120 = 48,120",
        "Multiply-adds": "400·120 = 48,000",
    }
    assert explained(nn.Linear(4, 2, bias=False), (1, 3, 5, 4))["Multiply-adds"] == "4·3·5·2 = 120"


@pytest.mark.parametrize(
    ("layer", "parameters", "macs"),
    [
        (nn.RNN(10, 20), "20·(10 + 20 + 2) = 640", "5·20·(10 + 20) = 3,000"),
        (nn.GRU(10, 20), "3·20·(10 + 20 + 2) = 1,920", "5·3·20·(10 + 20) = 9,000"),
        (nn.LSTM(10, 20, bias=False), "4·20·(10 + 20) = 2,400", "5·4·20·(10 + 20) = 12,000"),
        (
            nn.LSTM(10, 20, 3, bidirectional=True),
            "2·4·20·(10 + 20 + 2) + 2·2·4·20·(40 + 20 + 2) = 24,960",
            "5·[2·4·20·(10 + 20) + 2·2·4·20·(40 + 20)] = 120,000",
        ),
    ],
)
def test_recurrent_layers_sum_their_gates_layers_and_directions(layer: nn.Module, parameters: str, macs: str) -> None:
    assert explained(layer, (5, 1, 10)) == {"Parameters": parameters, "Multiply-adds": macs}


def test_attention_projects_four_times_and_compares_every_query_with_every_key() -> None:
    model = nn.MultiheadAttention(64, 4, batch_first=True)
    assert explained(model, *[(1, 10, 64)] * 3) == {
        "Parameters": "4·(64·64 + 64) = 16,640",
        "Multiply-adds": "4·10·64·64 + 2·10·10·64 = 176,640",
    }
    assert explained(model, (1, 10, 64), (1, 7, 64), (1, 7, 64))["Multiply-adds"] == (
        "2·10·64·64 + 2·7·64·64 + 2·10·7·64 = 148,224"
    )


def test_attention_by_function_counts_scores_and_means_in_each_head() -> None:
    found = of_function(functional.scaled_dot_product_attention, (1, 4, 10, 16), (1, 4, 7, 16), (1, 4, 7, 16))
    assert found["Multiply-adds"] == "4·10·7·(16 + 16) = 8,960"


def test_matrix_product() -> None:
    assert of_function(torch.bmm, (2, 3, 4), (2, 4, 5))["Multiply-adds"] == "4·2·3·5 = 120"


def test_embedding() -> None:
    report = inspect(nn.Embedding(100, 16), inputs=(torch.zeros(1, 7, dtype=torch.int64),))
    assert formulas(report, 0) == {"Parameters": "100·16 = 1,600"}


def test_joined_channels_add_up_and_so_do_other_axes() -> None:
    maps = [(1, 64, 6, 6), (1, 128, 6, 6), (1, 32, 6, 6)]
    found = of_function(lambda *x: torch.cat(x, 1), *maps)
    assert found["Output channels"] == "64 + 128 + 32 = 224"
    assert of_function(lambda *x: torch.cat(x, -1), *[(1, 3, 2, 4)] * 2)["Output width"] == "4 + 4 = 8"
    assert of_function(lambda *x: torch.cat(x), *[(2, 3)] * 2)["Output axis 0"] == "2 + 2 = 4"


def test_what_a_constant_is_joined_to_is_left_out() -> None:
    """The constant's shape is not recorded, so the sum would be wrong."""
    assert "Output channels" not in of_function(lambda x: torch.cat([x, torch.ones(1, 2, 6, 6)], 1), (1, 3, 6, 6))


def test_flattening_multiplies_the_axes() -> None:
    assert explained(nn.Flatten(), (1, 16, 5, 5))["Output features"] == "16·5·5 = 400"
    assert of_function(lambda x: torch.flatten(x, 1, 2), (1, 4, 3, 2))["Output features"] == "4·3 = 12"


def test_addition_is_one_operation_for_every_value() -> None:
    assert of_function(torch.add, (1, 64, 7, 7), (1, 64, 7, 7))["Other operations"] == "64·7·7 = 3,136"


def test_upsampling_multiplies_the_size() -> None:
    assert explained(nn.Upsample(scale_factor=2), (1, 8, 7, 5))["Output height"] == "7·2 = 14"
    assert of_function(lambda x: functional.interpolate(x, scale_factor=1.5), (1, 8, 5, 5)) == {
        "Output height and width": "5·1.5 = 7"
    }


def test_field_of_a_sum_is_its_widest_branch() -> None:
    branch = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1))
    found = explained(Residual(branch), (1, 3, 8, 8))
    assert found["Receptive field"] == "max(5, 1) = 5"


def test_jump_lets_later_kernels_reach_further() -> None:
    """Araujo et al. 2019: after two strides of 2, a 3×3 kernel reaches 2 · 4 pixels further."""
    model = nn.Sequential(nn.Conv2d(1, 1, 3, 2), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3))
    found = explained(model, (1, 1, 64, 64))
    assert found["Receptive field"] == "5 + (3 − 1)·4 = 13"


def test_formula_that_disagrees_with_the_count_is_left_out() -> None:
    report = inspect(nn.Conv2d(3, 8, 3), inputs=(torch.zeros(1, 3, 8, 8),))
    call: Call = replace(report.calls[0], own_params=0, self_macs=1, output_shapes=((1, 8, 5, 5),))
    assert explain(call) == ()


def test_convolution_by_function_is_explained_but_for_parameters_that_it_does_not_hold() -> None:
    weight = torch.zeros(8, 3, 3, 3)
    found = of_function(lambda x: functional.conv2d(x, weight, padding=1), (1, 3, 6, 6))
    assert found["Multiply-adds"] == "3·3·3·8·6·6 = 7,776"
    assert found["Output height and width"] == "⌊(6 + 2·1 − 3) / 1⌋ + 1 = 6"
    assert "Parameters" not in found
