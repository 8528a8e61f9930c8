"""What a layer returned → maps: (C, H, W)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import torch

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.output_layout import FIRST_PART, Layout, Part, layout_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor


def as_maps(
    output: Tensor, input_size: Sequence[int], layout: Layout | None = None, part: Part = FIRST_PART
) -> npt.NDArray[np.float32]:
    """Return a part of an output as maps, float32 (C, H, W). Complex numbers become their magnitudes.

    Args:
        output: one of a call's.
        input_size: height and width of the network's input.
        layout: how it lies; default: what its shape alone says.
        part: its token and its slice; of a batch, the first item is slice 0.

    Raises:
        CnnvizError: the output holds no number.
    """
    if output.numel() == 0:
        raise CnnvizError(f"This layer returned no numbers ({units.shape(output.shape)}).", "Choose another layer.")
    real = output.abs() if output.is_complex() else output
    layout = layout or layout_of(output.shape, input_size)
    maps: npt.NDArray[np.float32] = _placed(real, layout, part).float().cpu().contiguous().numpy()
    return maps


def index_at(
    shape: Sequence[int],
    input_size: Sequence[int],
    channel: int,
    row: int,
    column: int,
    layout: Layout | None = None,
    part: Part = FIRST_PART,
) -> int:
    """Return which number of a flattened output of this shape stands at a place of its maps.

    Raises:
        IndexError: its maps have no such place.
    """
    layout = layout or layout_of(shape, input_size)
    indices = _placed(torch.arange(prod(shape)).reshape(tuple(shape)), layout, part)
    at = (channel, row, column)
    if not all(0 <= place < size for place, size in zip(at, indices.shape, strict=True)):
        raise IndexError(f"{at}")
    return int(indices[at])


def places(shape: Sequence[int], input_size: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return channel, row and column of every number of a flattened tensor, (3, n); −1 of what no map shows."""
    layout = layout_of(shape, input_size)
    indices = _placed(torch.arange(prod(shape)).reshape(tuple(shape)), layout, FIRST_PART)
    found = torch.full((3, prod(shape)), -1)
    found[:, indices.reshape(-1)] = torch.cartesian_prod(*map(torch.arange, indices.shape)).reshape(-1, 3).T
    return found.numpy()


def _placed(output: Tensor, layout: Layout, part: Part) -> Tensor:
    """(N, …) → (C, H, W)."""
    at = min(part.slice, layout.slices - 1)
    match layout.form:
        case "vector":
            return (output[at] if output.ndim > 1 else output).reshape(-1, 1, 1)
        case "tokens":
            return _tokens(output[:, 0] if layout.second else output[at], layout, part)
        case "strip":
            return output[at].reshape(-1, *layout.grid)
        case "volume":
            return output[0][:, at]
        case "stack":
            return output[at].flatten(0, -3)
        case _:
            return output[at].permute(2, 0, 1) if layout.last else output[at]


def _tokens(tokens: Tensor, layout: Layout, part: Part) -> Tensor:
    """(L, D) → (D, H, W), or (D, 1, 1) of one token."""
    if part.token is not None:
        return tokens[min(part.token, max(0, layout.apart - 1))].reshape(-1, 1, 1)
    return tokens[layout.apart :].T.reshape(-1, *layout.grid)
