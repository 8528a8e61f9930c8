from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.axes import as_maps, is_channels_last


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
