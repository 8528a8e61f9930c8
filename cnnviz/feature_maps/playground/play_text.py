"""The arithmetic of one number in a line, and the PyTorch code that does the same. No torch."""

from __future__ import annotations

from math import isinf, prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.playground.operation import (
    AVERAGE_POOLING,
    CONVOLUTION,
    MAX_POOLING,
    TRANSPOSED,
    Operation,
    Pair,
    value_as_text,
)
from cnnviz.feature_maps.playground.sliding import Board, PlayTerm, terms_of

if TYPE_CHECKING:
    import numpy.typing as npt

_EXACT = 1e15  # below it every whole number is a float
_MOST_TERMS = 36  # written out for each channel
_MODULES = {
    CONVOLUTION: "Conv2d",
    TRANSPOSED: "ConvTranspose2d",
    MAX_POOLING: "MaxPool2d",
    AVERAGE_POOLING: "AvgPool2d",
}


def number_text(value: float, digits: int = 6) -> str:
    """Return a whole number as it is, another one in so many significant digits, as short as it goes."""
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    whole = value == int(value) and abs(value) < _EXACT
    return (f"{int(value)}" if whole else f"{value:.{digits}g}").replace("-", "−")


def cell_text(value: float) -> str:
    """Return a number as short as a cell needs it."""
    return number_text(value, 3)


def arithmetic_lines(board: Board, channel: int, row: int, column: int) -> tuple[str, ...]:
    """Return how one number comes about, a line for each channel and one for their sum.

    Raises:
        CnnvizError: the settings do not go together, or nothing comes out.
    """
    terms, operation = terms_of(board, channel, row, column), board.operation
    bias = operation.bias_of(channel)
    if not terms:
        return (f"No cell of the input writes here: {number_text(bias)}",)
    if operation.kind == MAX_POOLING:
        values = [term.value for term in terms]
        return (f"max({_listed([number_text(each) for each in values], ', ')}) = {number_text(max(values))}",)
    if operation.kind == AVERAGE_POOLING:
        total, cells = sum(term.value for term in terms), prod(operation.kernel_size)
        summed = _listed([_factor(term.value) for term in terms], " + ")
        return (f"({summed}) / {cells} = {number_text(total)} / {cells} = {number_text(total / cells)}",)
    first = operation.first_source(channel)
    groups = {at: [term for term in terms if term.channel == at] for at in range(first, first + operation.reads)}
    lines = [f"channel {at}: {_summed(group)}" for at, group in groups.items()]
    sums = [sum(term.value * term.weight for term in group) for group in groups.values()]
    if len(groups) == 1:
        whole = f"{_factor(sums[0])} + bias {_factor(bias)} = {number_text(sums[0] + bias)}"
        return (_summed(groups[first]), *((whole,) if bias else ()))
    last = f" + bias {_factor(bias)}" if bias else ""
    added = f"{' + '.join(map(_factor, sums))}{last} = {number_text(sum(sums) + bias)}"
    return (*lines, f"together: {added}")


def code(board: Board) -> str:
    """Return a program that prints the same output, where the settings go together."""
    operation = board.operation
    lines = [
        "import torch",
        "from torch import nn",
        "",
        f"x = {_tensor(board.inputs[None])}  # batch, channels, rows, columns",
    ]
    layer = f"layer = nn.{_MODULES[operation.kind]}({', '.join(_arguments(operation))})"
    lines += ["", layer]
    if operation.has_kernel:  # of a transposed convolution PyTorch keeps the input channels first
        lines.append(f"layer.weight.data = {_tensor(_as_torch_keeps(board))}")
        if any(operation.bias):
            biases = np.array([operation.bias_of(channel) for channel in range(operation.output_channels)])
            lines.append(f"layer.bias.data = {_tensor(biases)}")
    return "\n".join([*lines, "", "with torch.no_grad():", "    output = layer(x)", "print(output)", ""])


def _as_torch_keeps(board: Board) -> npt.NDArray[np.float64]:
    """Return the kernels; of a transposed convolution (input channels, output channels of a group, …)."""
    operation, kernels = board.operation, board.kernels
    if operation.kind != TRANSPOSED:
        return kernels
    grouped = kernels.reshape(operation.groups, -1, *kernels.shape[1:]).swapaxes(1, 2)
    return grouped.reshape(operation.input_channels, -1, *kernels.shape[2:])


def _arguments(operation: Operation) -> list[str]:
    channels = [str(operation.input_channels), str(operation.output_channels)] if operation.has_kernel else []
    arguments = [*channels, f"kernel_size={_pair(operation.kernel_size)}"]
    if operation.stride != (1, 1) or not operation.has_kernel:  # pooling's is as large as its window unless given
        arguments.append(f"stride={_pair(operation.stride)}")
    if isinstance(operation.padding, str):
        if operation.kind == CONVOLUTION:  # others take numbers; "valid" is 0
            arguments.append(f'padding="{operation.padding}"')
    elif operation.padding != (0, 0):
        arguments.append(f"padding={_pair(operation.padding)}")
    if operation.dilation != (1, 1):
        arguments.append(f"dilation={_pair(operation.dilation)}")
    if not operation.has_kernel:
        return arguments
    if operation.kind == TRANSPOSED and operation.output_padding != (0, 0):
        arguments.append(f"output_padding={_pair(operation.output_padding)}")
    if operation.groups > 1:
        arguments.append(f"groups={operation.groups}")
    return arguments if any(operation.bias) else [*arguments, "bias=False"]


def _pair(pair: Pair) -> str:
    return value_as_text(pair) if pair[0] == pair[1] else f"({value_as_text(pair)})"


def _tensor(values: npt.NDArray[np.float64]) -> str:
    return f"torch.tensor({_nested(values, 13)}, dtype=torch.float32)"


def _nested(values: npt.NDArray[np.float64], indent: int) -> str:
    """Return lists in lists, a row of the innermost in a line."""
    if values.ndim == 1:
        return f"[{', '.join(repr(float(each)).removesuffix('.0') for each in values)}]"
    between = ",\n" + " " * (indent + 1)
    return f"[{between.join(_nested(each, indent + 1) for each in values)}]"


def _summed(terms: list[PlayTerm]) -> str:
    products = _listed([f"{_factor(term.value)}·{_factor(term.weight)}" for term in terms], " + ")
    return f"{products} = {number_text(sum(term.value * term.weight for term in terms))}" if terms else "0"


def _factor(value: float) -> str:
    text = number_text(value)
    return f"({text})" if text.startswith("−") else text


def _listed(parts: list[str], between: str) -> str:
    rest = len(parts) - _MOST_TERMS
    return between.join([*parts[:_MOST_TERMS], f"… ({rest} more)"] if rest > 0 else parts)
