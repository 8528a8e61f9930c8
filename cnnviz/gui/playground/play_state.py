"""What was typed, and what of it is shown; as text to be remembered."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.playground.operation import SETTINGS, Operation, as_texts, from_texts
from cnnviz.feature_maps.playground.sliding import Board

if TYPE_CHECKING:
    import numpy.typing as npt

_MOST = {each.name: each.maximum for each in SETTINGS}
_INPUTS = (_MOST["input_channels"], _MOST["input_size"], _MOST["input_size"])
_KERNELS = (_MOST["output_channels"], _MOST["input_channels"], _MOST["kernel_size"], _MOST["kernel_size"])


class PlayState:
    """Keeps every number that was typed, also where the settings show fewer: they come back with the room."""

    def __init__(self, board: Board) -> None:
        self.take(board)

    @property
    def board(self) -> Board:
        """The operation with the numbers that it uses; writing into them is typing."""
        inputs = self._inputs[_corner(_input_shape(self.operation))]
        return Board(self.operation, inputs, self._kernels[_corner(_kernel_shape(self.operation))])

    def take(self, board: Board) -> None:
        """Begin with these numbers and forget all others."""
        self.operation = board.operation
        self._inputs, self._kernels = np.zeros(_INPUTS), np.zeros(_KERNELS)
        self._inputs[_corner(board.inputs.shape)] = board.inputs
        self._kernels[_corner(board.kernels.shape)] = board.kernels

    def fill(self, what: str, how: str) -> None:
        """Fill the numbers of the "input" or the "kernel": "count" from 0, "random", or "clear"."""
        board = self.board
        numbers = board.inputs if what == "input" else board.kernels
        match how:
            case "count":
                numbers[...] = np.arange(numbers.size).reshape(numbers.shape)
            case "random":
                low, high = (0, 10) if what == "input" else (-2, 3)
                numbers[...] = np.random.default_rng().integers(low, high, numbers.shape)
            case _:
                numbers[...] = 0

    def choices(self) -> dict[str, str]:
        """Return settings and numbers as text."""
        board = self.board
        numbers = {"inputs": _as_text(board.inputs), "kernels": _as_text(board.kernels)}
        return as_texts(self.operation) | numbers

    def choose(self, choices: Mapping[str, str]) -> None:
        """Take what ``choices`` said; what is damaged changes nothing."""
        try:
            operation = from_texts(choices)
            inputs = _from_text(choices.get("inputs", ""), _input_shape(operation))
            kernels = _from_text(choices.get("kernels", ""), _kernel_shape(operation))
        except (CnnvizError, ValueError):
            return
        self.take(Board(operation, inputs, kernels))


def _input_shape(operation: Operation) -> tuple[int, ...]:
    return operation.input_channels, *operation.input_size


def _kernel_shape(operation: Operation) -> tuple[int, ...]:
    return operation.output_channels, operation.reads, *operation.kernel_size


def _corner(shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(size) for size in shape)


def _as_text(numbers: npt.NDArray[np.float64]) -> str:
    return " ".join(repr(each).removesuffix(".0") for each in numbers.ravel().tolist())


def _from_text(text: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Raises ValueError where that is not what ``_as_text`` wrote of numbers of this shape."""
    numbers = [float(each) for each in text.split()]
    if len(numbers) != prod(shape) or not all(map(isfinite, numbers)):
        raise ValueError(text)
    return np.array(numbers).reshape(shape)
