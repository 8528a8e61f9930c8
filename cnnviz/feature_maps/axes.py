"""What a layer returned → maps: (C, H, W). Which axis is which is told from the shape alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod
from typing import TYPE_CHECKING

import torch

from cnnviz import units
from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor


def as_maps(output: Tensor, input_size: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return the first item of the batch as maps, float32 (C, H, W).

    (N, C, H, W) → (C, H, W), and so does (N, H, W, C), which is recognised where only H and W have the input's aspect;
    (N, F) and (F,) → (F, 1, 1); a scalar → (1, 1, 1);
    (N, L, D), the tokens of a transformer → (D, √L, √L) where L is a square, or L − 1 is: then the first token, the
    class's, is left out; else (D, 1, L);
    more axes, (N, C, …, H, W) → (C · …, H, W). Complex numbers become their magnitudes.

    Args:
        output: of one call.
        input_size: height and width of the network's input.

    Raises:
        CnnvizError: the output holds no number.
    """
    if output.numel() == 0:
        raise CnnvizError(f"This layer returned no numbers ({units.shape(output.shape)}).", "Choose another layer.")
    real = output.abs() if output.is_complex() else output
    maps: npt.NDArray[np.float32] = _placed(real.float().cpu(), input_size).contiguous().numpy()
    return maps


def index_at(shape: Sequence[int], input_size: Sequence[int], channel: int, row: int, column: int) -> int:
    """Return which number of a flattened output of this shape stands at a place of its maps.

    Raises:
        IndexError: its maps have no such place.
    """
    indices = _placed(torch.arange(prod(shape)).reshape(tuple(shape)), input_size)
    at = (channel, row, column)
    if not all(0 <= place < size for place, size in zip(at, indices.shape, strict=True)):
        raise IndexError(f"{at}")
    return int(indices[at])


def places(shape: Sequence[int], input_size: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return channel, row and column of every number of a flattened tensor, (3, n); −1 of what no map shows."""
    indices = _placed(torch.arange(prod(shape)).reshape(tuple(shape)), input_size)
    found = torch.full((3, prod(shape)), -1)
    found[:, indices.reshape(-1)] = torch.cartesian_prod(*map(torch.arange, indices.shape)).reshape(-1, 3).T
    return found.numpy()


def _placed(output: Tensor, input_size: Sequence[int]) -> Tensor:
    match output.ndim:
        case 0 | 1:
            return output.reshape(-1, 1, 1)
        case 2:
            return output[0].reshape(-1, 1, 1)
        case 3:
            return _tokens(output[0])
        case 4:
            item = output[0]
            return item.permute(2, 0, 1) if is_channels_last(item.shape, input_size) else item
        case _:
            return output[0].flatten(0, -3)


def is_channels_last(shape: Sequence[int], input_size: Sequence[int]) -> bool:
    """Return True when of (a, b, c) only the first two have the input's aspect: then they are height and width."""
    first, second, third = shape
    return _has_aspect(first, second, input_size) and not _has_aspect(second, third, input_size)


def _has_aspect(height: int, width: int, input_size: Sequence[int]) -> bool:
    """Exact to one cell of the map: layers round sizes down."""
    input_height, input_width = input_size
    return abs(height * input_width - width * input_height) < max(input_size)


def _tokens(tokens: Tensor) -> Tensor:
    """(L, D) → (D, H, W)."""
    length = len(tokens)
    for dropped in (0, 1):
        side = isqrt(length - dropped)
        if side > 0 and side * side == length - dropped:
            return tokens[dropped:].T.reshape(-1, side, side)
    return tokens.T.unsqueeze(1)
