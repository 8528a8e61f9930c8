from __future__ import annotations

import csv
import io
import json

import pytest
import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.inspection import comparison_text
from cnnviz.inspection.comparison import Comparison, StageCost, compare
from cnnviz.inspection.tracer import inspect


class TwoWays(nn.Module):
    """Three convolutions on one way, one on the other: four weight layers before the last, three deep."""

    def __init__(self) -> None:
        super().__init__()
        self.long = nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.Conv2d(2, 2, 3, 1, 1), nn.Conv2d(2, 4, 3, 1, 1))
        self.short = nn.Conv2d(1, 4, 1, 2)
        self.fc = nn.Linear(4 * 8 * 8, 10)

    def forward(self, data: Tensor) -> Tensor:
        return self.fc((self.long(data) + self.short(data)).flatten(1))


def _plain() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(144, 10)
    )


def _both() -> Comparison:
    return compare((inspect(TwoWays(), (1, 16, 16)), inspect(_plain(), (1, 16, 16))), ("two ways", "plain"))


def test_stages_hold_what_calls_at_their_resolution_cost() -> None:
    stages = {stage.label: stage.costs for stage in _both().stages}
    assert list(stages) == ["1/1", "1/2", "vector"]
    # 2 maps of 16 × 16 from 9 weights each; 4 maps of 6 × 6 from 2 · 9.
    assert stages["1/1"] == (None, StageCost(((16, 16),), 1, 20, 2 * 16 * 16 * 9))
    half = StageCost(((8, 8), (6, 6)), 1, 4 * 18 + 4, 4 * 6 * 6 * 18)
    ways = StageCost(((8, 8),), 4, 20 + 38 + 76 + 8, 64 * (2 * 9 + 2 * 18 + 4 * 18 + 4))
    assert stages["1/2"] == (ways, half)
    assert stages["vector"] == (StageCost((), 1, 2570, 2560), StageCost((), 1, 1450, 1440))


def test_depth_is_the_longest_way_and_weight_layers_are_all_of_them() -> None:
    ways, plain = _both().networks
    assert (ways.weight_layers, ways.depth) == (5, 4)
    assert (plain.weight_layers, plain.depth) == (3, 3)
    assert plain.largest_map == (1, 2, 16, 16)


@pytest.mark.parametrize(
    ("name", "depth"),
    [("vgg16", 16), ("torchvision/resnet18", 18), ("torchvision/resnet50", 50), ("torchvision/densenet121", 121)],
)
def test_depth_is_the_number_in_the_networks_name(name: str, depth: int) -> None:
    assert compare((inspect(name),)).networks[0].depth == depth


@pytest.mark.parametrize("name", ["lenet", "googlenet", "torchvision/swin_t", "torchvision/vit_b_16"])
def test_stages_sum_to_the_totals(name: str) -> None:
    comparison = compare((inspect(name),))
    costs = [stage.costs[0] for stage in comparison.stages]
    assert sum(cost.params for cost in costs if cost) == comparison.networks[0].params
    assert sum(cost.macs or 0 for cost in costs if cost) == comparison.networks[0].macs


def test_maps_with_channels_last_stand_at_their_resolution() -> None:
    stages = compare((inspect("torchvision/swin_t"),)).stages
    assert [stage.label for stage in stages] == ["1/4", "1/8", "1/16", "1/32", "vector"]
    assert [stage.costs[0].sizes for stage in stages if stage.costs[0]][:2] == [((56, 56),), ((28, 28),)]


def test_networks_of_other_inputs_meet_at_the_same_number_of_halvings() -> None:
    comparison = compare((inspect("vgg11"), inspect("torchvision/inception_v3")))
    quarter = next(stage for stage in comparison.stages if stage.label == "1/4")
    assert [cost.sizes[0] for cost in quarter.costs if cost] == [(56, 56), (73, 73)]


def test_what_upsamples_beyond_the_input_stands_first() -> None:
    report = inspect(nn.ConvTranspose2d(1, 2, 2, 2), (1, 8, 8))
    assert compare((report,)).stages[0].label == "×2"


def test_input_that_is_no_picture_has_vectors_only() -> None:
    comparison = compare((inspect(nn.Linear(4, 2), inputs=(torch.zeros(1, 4),)),))
    assert [stage.label for stage in comparison.stages] == ["vector"]


def test_partial_report_is_compared_without_macs() -> None:
    report = inspect(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(5, 2)), (1, 8, 8))
    network = compare((report,)).networks[0]
    assert network.error is not None
    assert network.macs is network.flops is None
    assert json.loads(comparison_text.as_json(compare((report,))))["networks"][0]["status"] == "partial"


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(CnnvizError, match="nothing to compare"):
        compare(())


def test_csv_has_one_row_for_each_number() -> None:
    rows = list(csv.DictReader(io.StringIO(comparison_text.as_csv(_both()))))
    numbers = {(row["stage"], row["quantity"]): (row["two ways"], row["plain"]) for row in rows}
    assert len(numbers) == len(rows) == 6 + 3 * 3
    assert numbers["total", "params"] == (str(142 + 2570), str(20 + 76 + 1450))
    assert numbers["1/1", "layers"] == ("", "1")


def test_markdown_rows_have_as_many_cells_as_their_heading() -> None:
    for table in comparison_text.as_markdown(_both()).split("\n\n"):
        assert len({line.count("|") for line in table.split("\n")}) == 1
