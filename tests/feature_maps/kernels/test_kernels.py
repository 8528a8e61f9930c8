from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from PIL import Image
from torch import nn

import cnnviz
from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook, arranged, draw_kernels, summarise_kernel
from cnnviz.feature_maps.kernels.kernel_values import Kernels
from cnnviz.feature_maps.kernels.kernels_file import render
from cnnviz.feature_maps.kernels.layer_kernels import flattened_map
from cnnviz.feature_maps.kernels.taking_kernels import take
from cnnviz.inspection.tracer import inspect
from cnnviz.runs import checkpoint
from cnnviz.zoo import resolve
from cnnviz.zoo.weights import Origin, built

SHAPES = {"input_shape": (6, 8, 8)}


def of_layer(layer: nn.Module, *before: nn.Module, **shapes: tuple[int, ...]) -> Kernels:
    return cnnviz.kernels(nn.Sequential(*before, layer), str(len(before)), **(shapes or SHAPES))


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_kernels_of_a_convolution_are_the_modules_weight_bit_for_bit(groups: int) -> None:
    layer = nn.Conv2d(6, 12, (3, 2), groups=groups)
    found = of_layer(layer)
    assert_array_equal(found.values, layer.weight.detach().numpy())
    assert found.planes.shape == (12, 6 // groups, 3, 2)
    inputs = [found.input_of(output, 0)[0] for output in range(12)]
    assert inputs == [output // (12 // groups) * (6 // groups) for output in range(12)]


def test_kernels_of_one_axis_and_of_three_are_planes() -> None:
    line, volume = nn.Conv1d(4, 5, 3), nn.Conv3d(2, 3, (4, 3, 2))
    along = of_layer(line, input_shape=(4, 16))
    assert_array_equal(along.planes[:, :, 0], line.weight.detach().numpy())
    deep = of_layer(volume, input_shape=(2, 8, 8, 8))
    assert_array_equal(deep.values, volume.weight.detach().numpy())
    for channel, depth in np.ndindex(2, 4):
        assert deep.input_of(0, 4 * channel + depth) == (channel, depth)
        expected = volume.weight.detach()[:, channel, depth].numpy()
        assert_array_equal(deep.planes[:, 4 * channel + depth], expected)


@pytest.mark.parametrize("groups", [1, 2])
def test_kernels_of_a_transposed_convolution_stand_by_output_and_make_its_map(groups: int) -> None:
    layer = nn.ConvTranspose2d(6, 4, 3, groups=groups, bias=False)
    found = of_layer(layer)
    for output, column in np.ndindex(4, 6 // groups):
        source, _ = found.input_of(output, column)
        impulse = torch.zeros(1, 6, 1, 1)
        impulse[0, source] = 1
        assert_array_equal(found.values[output, column], layer(impulse).detach()[0, output].numpy())


def test_linear_layer_behind_a_flattened_map_is_seen_as_pictures() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(4 * 6 * 6, 10))
    found = cnnviz.kernels(network, "4", input_shape=(1, 8, 8))
    assert_array_equal(found.values, network[4].weight.detach().numpy().reshape(10, 4, 6, 6))
    plain = of_layer(nn.Linear(12, 7), nn.Linear(5, 12), input_shape=(5,))
    assert plain.is_matrix
    assert_array_equal(plain.values, plain.planes[:, :, 0, 0])


def test_shape_of_the_flattened_map_is_not_guessed_behind_another_linear_layer() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 36), nn.ReLU(), nn.Linear(36, 2))
    report = inspect(network, input_shape=(1, 8, 8))
    assert flattened_map(report, report.calls[2]) == (1, 8, 8)
    assert flattened_map(report, report.calls[4]) is None


def test_norms_activations_and_pooling_show_the_kernels_of_the_layer_that_they_follow() -> None:
    network = nn.Sequential(nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)), nn.ReLU(), nn.MaxPool2d(2))
    for layer in ("0.0", "0.1", "0", "1", "2", ""):
        found = cnnviz.kernels(network.eval(), layer, input_shape=(1, 8, 8))
        assert (found.layer, found.kind) == ("0.0", "Conv2d")


def test_sum_of_two_branches_has_no_kernels() -> None:
    with pytest.raises(CnnvizError, match="has no kernels"):
        cnnviz.kernels("torchvision/resnet18", "layer1")
    with pytest.raises(CnnvizError, match="has no layer"):
        cnnviz.kernels("lenet", "nowhere")


def test_weight_norm_shows_the_weight_that_the_layer_would_multiply_by(recwarn: pytest.WarningsRecorder) -> None:
    layer = nn.utils.weight_norm(nn.Conv2d(6, 2, 3))
    recwarn.clear()
    with torch.no_grad():
        layer.weight_g.mul_(2)
    expected = torch._weight_norm(layer.weight_v, layer.weight_g, 0).detach().numpy()
    assert_array_equal(of_layer(layer).values, expected)


def test_difference_is_these_minus_the_runs_first_epoch(tmp_path: Path) -> None:
    network = built(resolve("lenet"))
    for epoch in (0, 1, 2):
        state = {name: value.numpy() + np.float32(epoch) * 0.25 for name, value in network.state_dict().items()}
        checkpoint.write(tmp_path, state, epoch, 10 * epoch, {})
    weight = network.state_dict()["3.weight"].numpy()
    found = {showing: cnnviz.kernels("lenet", "3", str(tmp_path), showing=showing) for showing in SHOWN}
    assert_array_equal(found["these"].values, weight + np.float32(0.5))
    assert_array_equal(found["initial"].values, weight)
    assert_array_equal(found["difference"].values, (weight + np.float32(0.5)) - weight)
    assert found["difference"].initial == "epoch 0, before the first step"
    middle = cnnviz.kernels("lenet", "3", str(tmp_path / "checkpoints" / "epoch-0001"), showing="difference")
    assert_array_equal(middle.values, (weight + np.float32(0.25)) - weight)


SHOWN = ("these", "initial", "difference")


def test_initial_weights_of_others_are_random_ones_and_their_seed_is_said() -> None:
    found = {showing: cnnviz.kernels("lenet", "0", showing=showing) for showing in SHOWN}
    assert_array_equal(found["initial"].values, built(resolve("lenet"))[0].weight.detach().numpy())
    assert_array_equal(found["these"].values, found["initial"].values)
    assert not found["difference"].values.any()
    assert found["difference"].initial == "random weights, seed 0"
    with pytest.raises(CnnvizError, match="initial weights of a module are not known"):
        cnnviz.kernels(nn.Sequential(nn.Conv2d(1, 1, 3)), "0", showing="initial")


@pytest.mark.parametrize(("around", "first"), [(0, 0), (3, 0), (4, 4), (9, 6)])
def test_of_very_many_weights_the_outputs_around_one_are_taken(
    around: int, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = nn.Sequential(nn.Conv2d(2, 10, 1))
    report = inspect(network, input_shape=(2, 4, 4))
    monkeypatch.setattr("cnnviz.feature_maps.kernels.taking_kernels.MOST", 9)
    found = take(network, report, report.calls[1], "these", lambda: (network, ""), ("", Origin()), around)
    assert (found.first, found.outputs) == (first, 10)
    assert_array_equal(found.values, network[0].weight.detach().numpy()[first : first + 4])


def kernels_of(values: np.ndarray) -> Kernels:
    return Kernels("0", "Conv2d", 1, values.astype(np.float32), len(values), 0, 1, "its own weights", "these")


def test_rows_of_the_picture_are_outputs_and_its_columns_inputs() -> None:
    values = np.arange(-8, 8).reshape(2, 2, 2, 2)
    drawn = draw_kernels(kernels_of(values), KernelLook(each=False))
    assert drawn.grid.shape == drawn.pixels.shape == (5, 5)
    assert drawn.pixels[0, 0] == 1  # −8, the lowest
    assert drawn.pixels[3, 0] == 128  # 0 is the middle
    assert drawn.pixels[2].max() == 0  # a gap
    assert list(drawn.most) == [8, 8]
    assert drawn.at(4, 3) == (1, 1, 1, 0)
    assert drawn.at(0, 2) is None
    for wide in (arranged(drawn, 4.0), arranged(drawn, 0.1)):
        for row, column in np.ndindex(wide.grid.shape):
            if (found := wide.at(row, column)) is not None:
                level = 1.5 + 254 * (values[found] + 8) / 16
                assert wide.pixels[row, column] == int(level)
    assert list(draw_kernels(kernels_of(values), KernelLook(each=True)).most) == [8, 7]


@pytest.mark.parametrize("shape", [(10, 4096), (3, 300), (10, 256, 6, 6), (1, 7, 2, 5)])
def test_a_very_long_strip_is_broken_into_blocks_that_hold_every_weight(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    kernels = Kernels("fc", "Linear", 1, values, shape[0], 0, 1, "random", "these")
    drawing = arranged(draw_kernels(kernels, KernelLook(each=False)), 4 / 3)
    assert drawing.is_broken
    height, width = drawing.pixels.shape[:2]
    assert 1 / 4 < width / height < 4
    planes, found = kernels.planes, set()
    for row in range(height):
        for column in range(width):
            place = drawing.at(row, column)
            level = int(drawing.pixels[row, column])
            assert (place is None) == (level == 0)
            if place is not None:
                found.add(place)
                expected = 128 + 127 * float(planes[place]) / drawing.largest
                assert abs(level - expected) <= 1
    assert len(found) == values.size


def test_kernels_of_three_inputs_are_colours_whose_grey_is_zero() -> None:
    values = np.zeros((2, 3, 2, 2))
    values[0, 0, 0, 0], values[0, 2, 0, 0] = 0.5, -0.25
    drawn = draw_kernels(kernels_of(values), KernelLook())
    assert drawn.is_color
    assert list(drawn.pixels[0, 0]) == [255, 128, 64, 255]
    assert drawn.pixels[1, 1, :3].tolist() == [128] * 3
    assert not draw_kernels(kernels_of(values), KernelLook(in_color=False)).is_color


def test_statistics_count_what_is_near_zero_and_leave_out_what_is_no_number() -> None:
    found = summarise_kernel(np.array([3, -4, 0.03, np.nan], np.float32), 4.0)
    assert found.norm == pytest.approx(5, abs=1e-3)
    assert (found.lowest, found.highest, found.not_finite) == (-4, 3, 1)
    assert found.near_zero == pytest.approx(1 / 3)
    assert summarise_kernel(np.array([np.inf]), 1.0).mean is None


def test_broken_weights_are_drawn() -> None:
    values = np.full((2, 2, 3, 3), np.nan)
    assert render(kernels_of(values), KernelLook()).size
    assert render(kernels_of(np.full((2, 3, 3, 3), np.inf)), KernelLook()).size


def test_picture_that_nobody_could_open_is_refused() -> None:
    kernels = kernels_of(np.zeros((1, 1, 1, 1)))
    large = np.broadcast_to(np.float32(0), (20_000, 20_000, 1, 1))
    with pytest.raises(CnnvizError, match="too many for a picture"):
        render(replace(kernels, values=large), KernelLook())


def test_command_writes_numbers_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers, picture = tmp_path / "k.npz", tmp_path / "k.png"
    assert main(["kernels", "lenet", "--layer", "3", "--values", "initial", "--out", str(numbers)]) == 0
    assert "16 × 6 × 5 × 5 of 3, random weights (untrained), initial weights (random weights, seed 0)" in (
        capsys.readouterr().out
    )
    with np.load(numbers, allow_pickle=False) as saved:
        assert_array_equal(saved["values"], built(resolve("lenet"))[3].weight.detach().numpy())
        assert (str(saved["layer"]), str(saved["showing"]), int(saved["groups"])) == ("3", "initial", 1)
    assert main(["kernels", "alexnet", "--layer", "0", "--set", "in_channels=3", "--out", str(picture)]) == 0
    with Image.open(picture) as opened:
        assert (opened.mode, opened.info.get("transparency") is None) == ("RGBA", True)
    assert main(["kernels", "lenet", "--layer", "2", "--out", str(tmp_path / "k.txt")]) == 2
