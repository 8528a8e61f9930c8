"""Examples to begin with, one row each: the course's, the book's, and kernels on a photograph. No torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.assets import asset
from cnnviz.feature_maps.playground.operation import MAX_POOLING, TRANSPOSED, Operation
from cnnviz.feature_maps.playground.sliding import Board
from cnnviz.pictures.reading import read

if TYPE_CHECKING:
    import numpy.typing as npt

Make = Callable[[], "npt.NDArray[np.float64]"]
_FACE = (110, 28, 362, 280)  # pixels of cat.jpg: left, top, right, bottom
_SIDE = 48  # cells that it is brought to


@dataclass(frozen=True, slots=True)
class KnownExample:
    """One to choose. Where the kernel is none, pooling has none."""

    title: str
    about: str
    inputs: Make  # (channels, height, width)
    kernels: Make | None = None  # (output channels, input channels, height, width)
    operation: Operation = field(default_factory=Operation)  # the sizes are those of the numbers
    colors: str = "diverging"  # of input and output

    def board(self) -> Board:
        """Make it.

        Raises:
            CnnvizError: the photograph cannot be read.
        """
        inputs = self.inputs()
        channels, height, width = inputs.shape
        size = self.operation.kernel_size
        kernels = np.zeros((1, channels, *size)) if self.kernels is None else self.kernels()
        outputs, _, *kernel_size = kernels.shape
        operation = replace(
            self.operation,
            input_size=(height, width),
            input_channels=channels,
            output_channels=outputs,
            kernel_size=(kernel_size[0], kernel_size[1]),
        )
        return Board(operation, inputs, kernels)


def _rows(text: str) -> npt.NDArray[np.float64]:
    """Return the rows that a / parts, as (1, height, width)."""
    return np.array([[[float(each) for each in row.split()] for row in text.split("/")]])


def _kernel(text: str, divisor: float = 1.0) -> npt.NDArray[np.float64]:
    return _rows(text)[None] / divisor


def _channels(*texts: str) -> npt.NDArray[np.float64]:
    return np.concatenate([_rows(text) for text in texts])


def _kernels(outputs: int, *texts: str) -> npt.NDArray[np.float64]:
    """Return the same kernels for each output channel, each time 1 more."""
    return np.stack([_channels(*texts) + more for more in range(outputs)])


def _cat() -> npt.NDArray[np.float64]:
    """Return the face of the sample photograph in grey, 0..255."""
    face = read(asset("pictures/cat.jpg")).crop(_FACE).convert("L").resize((_SIDE, _SIDE))
    return np.asarray(face, np.float64)[None]


_COURSE = partial(_rows, "3 4 6 5 7 / 2 4 6 8 2 / 1 6 7 8 4 / 9 7 4 6 2 / 3 7 5 4 1")
_NINE = partial(_kernel, "1 2 3 / 4 5 6 / 7 8 9")
_THREE = partial(_rows, "0 1 2 / 3 4 5 / 6 7 8")
_TWO = partial(_channels, "0 1 2 / 3 4 5 / 6 7 8", "1 2 3 / 4 5 6 / 7 8 9")
_SQUARE = partial(_rows, "0 1 / 2 3")
_FOUR = partial(_kernel, "0 1 / 2 3")
_STRIPE = partial(_rows, " / ".join(["1 1 0 0 0 0 1 1"] * 6))

# "Course" is Liu Er's course on PyTorch, lecture 10; "D2L" is Dive into Deep Learning, with the title of the section.
KNOWN_EXAMPLES = (
    KnownExample("Course: padding 1", "A 5 × 5 input keeps its size.", _COURSE, _NINE, Operation(padding=(1, 1))),
    KnownExample("Course: stride 2", "The window moves by two.", _COURSE, _NINE, Operation(stride=(2, 2))),
    KnownExample(
        "Course: max pooling",
        "The largest number of each 2 × 2 window.",
        partial(_rows, "3 4 6 5 / 2 4 6 8 / 1 6 7 8 / 9 7 4 6"),
        operation=Operation(MAX_POOLING, kernel_size=(2, 2), stride=(2, 2)),
    ),
    KnownExample("D2L: cross-correlation", "Convolutions for Images.", _THREE, _FOUR),
    KnownExample("D2L: edge detection", "Convolutions for Images.", _STRIPE, partial(_kernel, "1 -1")),
    KnownExample(
        "D2L: two input channels",
        "Multiple Input and Multiple Output Channels.",
        _TWO,
        partial(_kernels, 1, "0 1 / 2 3", "1 2 / 3 4"),
    ),
    KnownExample(
        "D2L: three output channels",
        "Multiple Input and Multiple Output Channels.",
        _TWO,
        partial(_kernels, 3, "0 1 / 2 3", "1 2 / 3 4"),
    ),
    KnownExample("D2L: transposed", "Transposed Convolution.", _SQUARE, _FOUR, Operation(TRANSPOSED)),
    KnownExample(
        "D2L: transposed, stride 2", "Transposed Convolution.", _SQUARE, _FOUR, Operation(TRANSPOSED, stride=(2, 2))
    ),
    KnownExample(
        "Photograph: all edges", "Laplace's kernel.", _cat, partial(_kernel, "0 1 0 / 1 -4 1 / 0 1 0"), colors="grey"
    ),
    KnownExample(
        "Photograph: upright edges",
        "Sobel's kernel.",
        _cat,
        partial(_kernel, "-1 0 1 / -2 0 2 / -1 0 1"),
        colors="grey",
    ),
    KnownExample(
        "Photograph: blur",
        "The mean of each window.",
        _cat,
        partial(_kernel, "1 1 1 / 1 1 1 / 1 1 1", 9.0),
        colors="grey",
    ),
)
