"""What comes out, and which numbers each number of it is made of. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import inf, prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.playground.operation import MAX_POOLING, Operation
from cnnviz.feature_maps.playground.reach import NOTHING, Axis, axes_of

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """An operation with its numbers."""

    operation: Operation
    inputs: npt.NDArray[np.float64]  # (input channels, height, width)
    kernels: npt.NDArray[np.float64]  # (output channels, input channels of a group, kernel height, kernel width)

    def kernel(self, channel: int, source: int) -> npt.NDArray[np.float64] | None:
        """Return what an output channel multiplies an input channel with; None: it does not read it."""
        at = source - self.operation.first_source(channel)
        return self.kernels[channel, at] if 0 <= at < self.operation.reads else None


@dataclass(frozen=True, slots=True, eq=False)
class OpenedLayer:
    """A layer of a network as a board."""

    board: Board
    at: tuple[int, int, int]  # channel, row and column of the output that was chosen
    title: str  # "lenet, 0 (Conv2d)"
    about: str  # what of it this is


@dataclass(frozen=True, slots=True)
class PlayTerm:
    """One number that a number of the output is made of."""

    channel: int  # of the input
    row: int  # of the input; outside of it: padding
    column: int
    kernel_row: int
    kernel_column: int
    value: float
    weight: float  # 1 without a kernel


def slide(board: Board) -> npt.NDArray[np.float64]:
    """Return the output, (channels, height, width).

    Raises:
        CnnvizError: the settings do not go together, or nothing comes out.
    """
    operation, (rows, columns) = board.operation, axes_of(board.operation)
    padded = _padded(board.inputs, -inf if operation.kind == MAX_POOLING else 0.0)
    down, across = (_within(axis) for axis in (rows, columns))
    shape = operation.channels_out, rows.output_size, columns.output_size
    output = np.full(shape, -inf if operation.kind == MAX_POOLING else 0.0)
    for row, column in product(range(rows.kernel_size), range(columns.kernel_size)):
        under = padded[:, down[:, row]][:, :, across[:, column]]  # (input channels, *output size)
        if operation.has_kernel:
            output += _weighed(board, under, row, column)
        elif operation.kind == MAX_POOLING:
            output = np.maximum(output, under)
        else:
            output += under / prod(operation.kernel_size)
    if operation.has_kernel:
        output += np.array([operation.bias_of(channel) for channel in range(len(output))])[:, None, None]
    return output


def as_far_as(output: npt.NDArray[np.float64], at: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return an output with what comes after a row and column not there yet, NaN."""
    made = output.copy()
    later = np.arange(output[0].size) > at[0] * output.shape[2] + at[1]
    made[:, later.reshape(output.shape[1:])] = np.nan
    return made


def _weighed(board: Board, under: npt.NDArray[np.float64], row: int, column: int) -> npt.NDArray[np.float64]:
    """Return what one cell of the kernels adds, (output channels, height, width)."""
    operation = board.operation
    parts = []
    for channel, weights in enumerate(board.kernels[:, :, row, column]):
        first = operation.first_source(channel)
        parts.append(np.einsum("n,nyx->yx", weights, under[first : first + operation.reads]))
    return np.stack(parts)


def terms_of(board: Board, channel: int, row: int, column: int) -> tuple[PlayTerm, ...]:
    """Return what one number of the output is made of, padding included, in the order of input and kernel.

    Raises:
        CnnvizError: the settings do not go together, or nothing comes out.
    """
    operation, (rows, columns) = board.operation, axes_of(board.operation)
    down, across = rows.sources()[row], columns.sources()[column]
    outside = -inf if operation.kind == MAX_POOLING else 0.0
    found = []
    first = operation.first_source(channel)
    for source in range(first, first + (operation.reads if operation.has_kernel else 1)):
        for (i, y), (j, x) in product(enumerate(down.tolist()), enumerate(across.tolist())):
            if NOTHING not in (y, x):
                inside = 0 <= y < rows.size and 0 <= x < columns.size
                value = float(board.inputs[source, y, x]) if inside else outside
                weight = float(board.kernels[channel, source - first, i, j]) if operation.has_kernel else 1.0
                found.append(PlayTerm(source, y, x, i, j, value, weight))
    return tuple(found)


def _padded(inputs: npt.NDArray[np.float64], outside: float) -> npt.NDArray[np.float64]:
    """Return the input with one row and one column more, which stand for all that is outside."""
    return np.pad(inputs, ((0, 0), (0, 1), (0, 1)), constant_values=outside)


def _within(axis: Axis) -> npt.NDArray[np.int64]:
    """Return the sources with what is outside as the one cell behind the last."""
    cells = axis.sources()
    return np.where((cells >= 0) & (cells < axis.size), cells, axis.size)
