"""Along one axis: how large the output is, and which cells of the input each of its cells is made of. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.playground.operation import (
    AVERAGE_POOLING,
    CONVOLUTION,
    MAX_POOLING,
    TRANSPOSED,
    Operation,
)

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_CELLS = 128  # of the output, along one axis
_NAMES = ("height", "width")


@dataclass(frozen=True, slots=True)
class Axis:
    """The height or the width."""

    name: str
    size: int  # of the input
    kernel_size: int
    before: int  # padding above, or at the left
    after: int  # below, or at the right
    stride: int
    dilation: int
    transposed: bool = False
    more: int = 0  # cells at the end of a transposed one's output

    @property
    def span(self) -> int:
        """How many cells the window reaches over."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def output_size(self) -> int:
        """Cells of the output: the formulas under "Shape" of torch.nn.Conv2d and ConvTranspose2d. Can be below 1."""
        if self.transposed:
            return (self.size - 1) * self.stride - self.before - self.after + self.span + self.more
        return (self.size + self.before + self.after - self.span) // self.stride + 1

    def sources(self) -> npt.NDArray[np.int64]:
        """Return the cell of the input under each cell of the kernel, (output size, kernel size).

        −1 and less, or the input's size and more, is padding. ``NOTHING`` is for a transposed convolution where no
        cell of the input writes through that cell of the kernel.
        """
        at = np.arange(self.output_size)[:, None]
        steps = self.dilation * np.arange(self.kernel_size)[None]
        if not self.transposed:
            return at * self.stride - self.before + steps
        cells, rest = np.divmod(at + self.before - steps, self.stride)
        return np.where((rest == 0) & (cells >= 0) & (cells < self.size), cells, NOTHING)

    def formula(self) -> str:
        """Return how large the output is, with the numbers put in."""
        twice = self.before == self.after
        padding = f"2·{self.before}" if twice else f"{self.before} {'−' if self.transposed else '+'} {self.after}"
        reach = f"{self.dilation}·({self.kernel_size} − 1)"
        if self.transposed:
            more = f" + {self.more}" if self.more else ""
            return f"{self.name} = ({self.size} − 1)·{self.stride} − {padding} + {reach} + 1{more} = {self.output_size}"
        inner = f"({self.size} + {padding} − {reach} − 1) / {self.stride}"
        return f"{self.name} = ⌊{inner}⌋ + 1 = {self.output_size}"


NOTHING = -(10**6)

GENERAL_FORMULA = "⌊(input + padding before + after − dilation·(kernel − 1) − 1) / stride⌋ + 1"
TRANSPOSED_FORMULA = "(input − 1)·stride − padding before − after + dilation·(kernel − 1) + 1 + output padding"


def axes_of(operation: Operation) -> tuple[Axis, Axis]:
    """Return height and width.

    Raises:
        CnnvizError: the settings do not go together, or nothing comes out.
    """
    _refuse_what_torch_lacks(operation)
    height, width = (_axis(operation, at) for at in range(2))
    for axis in (height, width):
        _check_size(axis)
    return height, width


def _axis(operation: Operation, at: int) -> Axis:
    kernel_size, stride, dilation = (pair[at] for pair in (operation.kernel_size, operation.stride, operation.dilation))
    match operation.padding:
        case "valid":
            before = after = 0
        case "same":  # as torch.nn.functional.conv2d shares it out: what is odd goes to the end
            before, after = dilation * (kernel_size - 1) // 2, (dilation * (kernel_size - 1) + 1) // 2
        case padding:
            before = after = int(padding[at])
    transposed = operation.kind == TRANSPOSED
    more = operation.output_padding[at] if transposed else 0
    return Axis(_NAMES[at], operation.input_size[at], kernel_size, before, after, stride, dilation, transposed, more)


def _refuse_what_torch_lacks(operation: Operation) -> None:
    kind, padding = operation.kind, operation.padding
    _refuse_groups_and_output_padding(operation)
    if padding == "same" and kind != CONVOLUTION:
        raise CnnvizError(f"{kind} takes padding as numbers only.", "Type a number, such as 1.")
    if padding == "same" and operation.stride != (1, 1):
        raise CnnvizError(
            "Padding “same” keeps the size only with stride 1.", "Type 1 as stride, or padding in numbers."
        )
    if kind == AVERAGE_POOLING and operation.dilation != (1, 1):
        raise CnnvizError("Average pooling has no dilation.", "Type 1, or choose another operation.")
    if kind not in (MAX_POOLING, AVERAGE_POOLING) or isinstance(padding, str):
        return
    for cells, size in zip(padding, operation.kernel_size, strict=True):
        if cells > size // 2:
            raise CnnvizError(
                f"Pooling is padded by half of its window at most: {cells} is more than {size // 2}.",
                "Type less padding, or a larger kernel size.",
            )


def _refuse_groups_and_output_padding(operation: Operation) -> None:
    groups = operation.groups
    if operation.has_kernel and (operation.input_channels % groups or operation.output_channels % groups):
        raise CnnvizError(
            f"{groups} groups do not share out {operation.input_channels} input and {operation.output_channels} output"
            " channels evenly.",
            "Type groups that divide both.",
        )
    if operation.kind != TRANSPOSED:
        return
    for more, stride, dilation in zip(operation.output_padding, operation.stride, operation.dilation, strict=True):
        if more >= max(stride, dilation):
            raise CnnvizError(
                f"Output padding is smaller than stride or dilation: {more} is not.", "Type less, or a larger stride."
            )


def _check_size(axis: Axis) -> None:
    padded = axis.size + axis.before + axis.after
    if axis.output_size > MOST_CELLS:
        raise CnnvizError(
            f"The output's {axis.name} would be {axis.output_size}; up to {MOST_CELLS} can be shown.",
            "Type a smaller stride or input.",
        )
    if axis.transposed and axis.output_size < 1:
        raise CnnvizError(
            f"Padding takes away all of the output: its {axis.name} would be {axis.output_size}.", "Type less padding."
        )
    if not axis.transposed and axis.span > padded:
        spread = " with its dilation" if axis.dilation > 1 else ""
        what = "padded input" if axis.before + axis.after else "input"
        raise CnnvizError(
            f"The kernel{spread} is larger than the {what}: {axis.name} {axis.span} over {padded}.",
            "Type a smaller kernel, more padding, or a larger input.",
        )
