from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.axes import as_maps, index_at
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.output_layout import FIRST_PART, Layout, Part, is_channels_last, layout_of
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracer import inspect


def test_the_first_item_of_a_batch_becomes_maps() -> None:
    output = torch.arange(48.0).reshape(2, 4, 2, 3)
    assert np.array_equal(as_maps(output, (2, 3)), output[0].numpy())


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((2, 5), (5, 1, 1)), ((5,), (5, 1, 1)), ((), (1, 1, 1)), ((1, 3, 4, 2, 2), (12, 2, 2)), ((1, 6, 7, 7), (6, 7, 7))],
)
def test_other_ranks_become_maps(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert as_maps(torch.zeros(shape), (28, 28)).shape == expected


def test_tokens_become_maps_without_the_classs_token() -> None:
    grid = torch.arange(36.0).reshape(1, 9, 4)
    with_class = torch.cat([torch.full((1, 1, 4), -1.0), grid], 1)
    for tokens in (grid, with_class):
        maps = as_maps(tokens, (224, 224))
        assert maps.shape == (4, 3, 3)
        assert maps[1, 2, 0] == grid[0, 6, 1]
    assert as_maps(torch.zeros(1, 7, 4), (224, 224)).shape == (4, 1, 7)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((56, 56, 96), (224, 224), True),
        ((96, 56, 56), (224, 224), False),
        ((56, 56, 56), (224, 224), False),
        ((7, 14, 32), (224, 448), True),
        ((64, 13, 27), (224, 448), False),
        ((3, 5, 9), (28, 28), False),
    ],
)
def test_channels_last_is_told_from_the_inputs_aspect(
    shape: tuple[int, ...], size: tuple[int, int], expected: bool
) -> None:
    assert is_channels_last(shape, size) is expected


def test_channels_last_maps_are_turned() -> None:
    output = torch.arange(12.0).reshape(1, 2, 2, 3)
    assert np.array_equal(as_maps(output, (8, 8))[2], output[0, :, :, 2].numpy())


def test_other_numbers_become_float32() -> None:
    for tensor in (
        torch.ones(1, 2, dtype=torch.bfloat16),
        torch.ones(1, 2, dtype=torch.bool),
        torch.ones(1, 2).cdouble(),
    ):
        maps = as_maps(tensor, (8, 8))
        assert maps.dtype == np.float32
        assert (maps == 1).all()


def test_an_output_without_numbers_is_refused() -> None:
    with pytest.raises(CnnvizError, match=r"no numbers \(1 × 0 × 3 × 3\)"):
        as_maps(torch.zeros(1, 0, 3, 3), (8, 8))


class _Tokens(nn.Module):
    """A patch embedding of 2 × 3 patches, extra tokens in front, and a linear layer."""

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 5, 4, 4)
        self.extra = nn.Parameter(torch.full((1, extra, 5), -7.0))
        self.linear = nn.Linear(5, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        return self.linear(torch.cat([self.extra.expand(len(x), -1, -1), tokens], 1))


def _shown(model: nn.Module, path: str, size: tuple[int, ...], part: Part = FIRST_PART) -> tuple[Layout, np.ndarray]:
    """Return how a layer's output for random numbers lies, and its maps."""
    report = inspect(model, input_shape=size)
    call = next(each for each in report.calls if each.path == path)
    pixels = torch.rand(1, *size, generator=torch.Generator().manual_seed(0))
    (output, *_) = capture(model, Example((pixels,)), call.identity, 0)[call.identity]
    layout = layout_of(output.shape, size[-2:], report.calls, call)
    return layout, as_maps(output, size[-2:], layout, part)


@pytest.mark.parametrize("extra", [1, 2, 5])
def test_tokens_lie_as_the_patch_embedding_did_and_the_others_stand_apart(extra: int) -> None:
    model = _Tokens(extra)
    model.linear.weight.data = torch.eye(5)
    model.linear.bias.data.zero_()
    _, patches = _shown(model, "patches", (1, 8, 12))
    layout, maps = _shown(model, "linear", (1, 8, 12))
    assert (layout.form, layout.grid, layout.apart) == ("tokens", (2, 3), extra)
    assert np.array_equal(maps, patches)
    _, apart = _shown(model, "linear", (1, 8, 12), Part(token=extra - 1))
    assert apart.shape == (5, 1, 1)
    assert (apart == -7).all()


def test_flattened_maps_keep_their_rows_and_columns() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(2), nn.ReLU())
    _, flat = _shown(model, "2", (1, 6, 9))
    assert flat.shape == (4, 4, 7)
    _, maps = _shown(model, "0", (1, 6, 9))
    assert np.array_equal(flat, np.maximum(maps, 0))


def test_maps_along_one_axis_are_strips() -> None:
    model = nn.Sequential(nn.Flatten(2), nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2))
    for path, length in (("1", 14), ("2", 14), ("3", 14), ("4", 7)):
        layout, maps = _shown(model, path, (1, 4, 4))
        assert (layout.form, maps.shape) == ("strip", (4, 1, length)), path


def test_maps_along_three_axes_are_shown_by_slice() -> None:
    model = nn.Sequential(nn.Unflatten(1, (1, 6)), nn.Conv3d(1, 3, 3), nn.ReLU())
    pixels = torch.rand(1, 6, 8, 8, generator=torch.Generator().manual_seed(0))
    expected = torch.relu(model[1](pixels[:, None]))[0].detach().numpy()
    for at in range(4):
        layout, maps = _shown(model, "2", (6, 8, 8), Part(slice=at))
        assert (layout.form, layout.slices, layout.along) == ("volume", 4, "depth")
        assert np.array_equal(maps, expected[:, at])


def test_windows_are_shown_one_at_a_time() -> None:
    layout = layout_of((64, 49, 96), (224, 224))
    assert (layout.grid, layout.slices, layout.along) == ((7, 7), 64, "item")
    windows = torch.arange(64.0 * 49 * 96).reshape(64, 49, 96)
    assert np.array_equal(as_maps(windows, (224, 224), layout, Part(slice=63))[5, 1, 2], windows[63, 9, 5])


def test_tokens_with_the_batch_second_are_tokens() -> None:
    tokens = torch.arange(9.0 * 4).reshape(9, 1, 4)
    assert np.array_equal(as_maps(tokens, (30, 30))[2], tokens[:, 0, 2].reshape(3, 3))


def test_tokens_of_no_known_grid_lie_in_a_row_and_it_is_said() -> None:
    layout = layout_of((1, 7, 4), (224, 224))
    assert layout.words() == "Tokens in a row: no grid is known for them."


@pytest.mark.parametrize(
    ("shape", "part"), [((1, 5, 10), Part(token=0)), ((1, 5, 10), FIRST_PART), ((2, 3, 4, 5), Part(slice=1))]
)
def test_the_number_at_a_place_is_the_one_that_the_maps_show(shape: tuple[int, ...], part: Part) -> None:
    output = torch.rand(shape)
    layout = layout_of(shape, (20, 20))
    maps = as_maps(output, (20, 20), layout, part)
    for at in np.ndindex(maps.shape):
        assert output.reshape(-1)[index_at(shape, (20, 20), *at, layout, part)] == maps[at]
