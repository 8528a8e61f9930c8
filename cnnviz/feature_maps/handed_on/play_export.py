"""The playground made ready to leave: input ∗ kernel = output with the numbers in the cells, the formula, the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.handed_on.plan import (
    GREY,
    MARGIN,
    MARK,
    PALE,
    SMALL,
    TEXT,
    TITLE,
    Box,
    Plan,
    Words,
    as_image,
    as_svg,
    cells,
    color_of,
    head,
)
from cnnviz.feature_maps.handed_on.shown_export import Export
from cnnviz.feature_maps.playground.play_text import arithmetic_lines, cell_text
from cnnviz.feature_maps.playground.reach import axes_of
from cnnviz.feature_maps.playground.sliding import Board, slide, terms_of

if TYPE_CHECKING:
    import numpy.typing as npt

_CELL, _SMALL_CELL = 34.0, 9.0  # with its number, and without
_NUMBERED_UP_TO = 16  # cells along a side
_SIGN = 34.0


def of_board(board: Board, at: tuple[int, int, int]) -> Export:
    """Return what stands in the playground, as pixels, as SVG and as numbers.

    Args:
        board: operation and numbers.
        at: channel, row and column of the output that is explained.

    Raises:
        CnnvizError: the settings do not go together, or nothing comes out.
    """
    output = slide(board)
    numbers = {"input": board.inputs, "output": output}
    if board.operation.has_kernel:
        numbers |= {"kernel": board.kernels, "bias": np.array(board.operation.bias)}

    def plan() -> Plan:
        return board_plan(board, output, at)

    return Export("playground", lambda: as_image(plan()), lambda: numbers, lambda: as_svg(plan()))


def board_plan(board: Board, output: npt.NDArray[np.float64], at: tuple[int, int, int]) -> Plan:
    """Return the drawing: a row for each input channel that is read, the output beside the first."""
    operation, channel = board.operation, at[0]
    marked = terms_of(board, *at)
    sources = sorted({term.channel for term in marked}) or [channel]
    title = f"{operation.kind}: {' × '.join(map(str, operation.input_size))} → {' × '.join(map(str, output.shape[1:]))}"
    shapes, first = head(title, [axis.formula() for axis in axes_of(operation)])
    top, right, bottom = first, float(MARGIN), first
    for source in sources:
        terms = [term for term in marked if term.channel == source]
        drawn, end, low = _grid(board.inputs[source], {(t.row, t.column) for t in terms}, MARGIN, top)
        shapes += drawn
        if operation.has_kernel:
            kernel = board.kernels[channel, source - operation.first_source(channel)]
            used = {(t.kernel_row, t.kernel_column) for t in terms}
            shapes.append(Words(end + _SIGN / 2, (top + low) / 2, "∗", TITLE, anchor="middle"))
            drawn, end, low_kernel = _grid(kernel, used, end + _SIGN, top)
            low = max(low, low_kernel)
            shapes += drawn
        right, bottom, top = max(right, end), low, low + 16
    shapes.append(Words(right + _SIGN / 2, (first + bottom) / 2, "=", TITLE, anchor="middle"))
    high = _side(output[channel]) * output.shape[1]
    drawn, _, low = _grid(output[channel], {at[1:]}, right + _SIGN, max(first, (first + bottom - high) / 2))
    below = max(bottom, low) + 24
    place = f"Output, channel {channel}, row {at[1]}, column {at[2]}:"
    lines = [place, *arithmetic_lines(board, *at)]
    words = [
        Words(MARGIN, below + (TEXT + 6) * row, text, TEXT if row else SMALL, GREY) for row, text in enumerate(lines)
    ]
    return Plan((*shapes, *drawn, *words))


def _side(values: npt.NDArray[np.float64]) -> float:
    return _CELL if max(values.shape) <= _NUMBERED_UP_TO else _SMALL_CELL


def _grid(
    values: npt.NDArray[np.float64], marked: set[tuple[int, int]], left: float, top: float
) -> tuple[list[Box | Words], float, float]:
    """Return a matrix with some cells framed, and where it ends."""
    rows, columns = values.shape
    side = _side(values)
    finite = np.abs(values[np.isfinite(values)])
    most = float(finite.max(initial=0)) or 1.0
    fills = [
        [color_of(float(each), most, colors.DIVERGING) if np.isfinite(each) else PALE for each in row] for row in values
    ]
    texts = [[cell_text(float(each)) if side == _CELL else "" for each in row] for row in values]
    made = cells(texts, fills, left, top, (side, side))
    for row, column in sorted(marked):
        if 0 <= row < rows and 0 <= column < columns:
            made.append(Box(left + column * side, top + row * side, side, side, "", MARK, 2.0))
    return made, left + columns * side, top + rows * side
