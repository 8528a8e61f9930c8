"""The arithmetic of one number of a map, as plain arrays. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz.feature_maps.questions import Place

if TYPE_CHECKING:
    import numpy.typing as npt


class Box(NamedTuple):
    """Pixels of the network's input, both ends included, not clipped: padding makes ``top`` and ``left`` negative."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What a number is the sum of: n terms in the order of the input, each array (n,).

    Places are those of the layer's input, without its padding: what is padded lies outside, at −1 for one.
    """

    source: npt.NDArray[np.int64]  # which of the call's input tensors
    channel: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    input: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]  # NaN: the input is not multiplied, but goes through a function
    product: npt.NDArray[np.float64]  # what it adds to the sum
    padded: npt.NDArray[np.bool_]  # this input is padding
    window: tuple[int, int, int] | None = None  # (channels, rows, columns): the terms are a window's, in this shape

    @classmethod
    def at(
        cls,
        places: npt.NDArray[np.int64],
        values: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64],
        product: npt.NDArray[np.float64] | None = None,
        source: int = 0,
    ) -> Terms:
        """Return the terms at ``places``, (3, n): channels, rows, columns; none is padding."""
        made = values * weight if product is None else product
        sources, none = np.full(len(values), source, np.int64), np.zeros(len(values), np.bool_)
        return cls(sources, places[0], places[1], places[2], values, weight, made, none)

    @classmethod
    def joined(cls, parts: Sequence[Terms]) -> Terms:
        """Return the terms of several inputs, one after another."""
        return cls(
            np.concatenate([each.source for each in parts]),
            np.concatenate([each.channel for each in parts]),
            np.concatenate([each.row for each in parts]),
            np.concatenate([each.column for each in parts]),
            np.concatenate([each.input for each in parts]),
            np.concatenate([each.weight for each in parts]),
            np.concatenate([each.product for each in parts]),
            np.concatenate([each.padded for each in parts]),
        )

    def __len__(self) -> int:
        return len(self.input)

    def patches(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return one of the arrays as (channels, rows, columns); without a window as (n, 1, 1)."""
        return values.reshape(self.window or (len(values), 1, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic:
    """One number of a layer's output, and what it comes from."""

    layer: str  # module path
    kind: str  # "Conv2d"
    call: int  # index in the report
    at: Place
    value: float  # as the network made it
    computed: float  # from the terms, in float64
    bias: float | None  # what is added to the sum; None: nothing is
    terms: Terms
    formula: str  # "Σ input × weight + bias"
    field: Box | None  # its receptive field; None: not known
    input_size: tuple[int, int]  # height and width of the network's input
    weights: str  # title of the weights
    notes: tuple[str, ...] = ()
    slice: int | None = None  # where in the depth of its maps it is; None: they have none
    depths: int = 1  # slices of each channel of the input, of which ``terms`` count every one as a channel

    @property
    def error(self) -> float:
        """How far ``computed`` is from ``value``, relative to the largest of what is summed; 0..1."""
        largest = max(abs(self.value), float(np.abs(self.terms.product).sum()), abs(self.bias or 0.0))
        return abs(self.value - self.computed) / largest if largest else abs(self.value - self.computed)

    @property
    def x(self) -> float | None:
        """The one input that it is a function of, where the formula calls it x and is not linear; None: a sum."""
        is_function = len(self.terms) == 1 and self.terms.window is None and "x" in self.formula
        return float(self.terms.input[0]) if is_function and not self.formula.startswith("γ") else None

    @property
    def place_words(self) -> str:
        """Where it is: "channel 3, row 0, column 5"; of a vector "feature 3"."""
        at = self.at
        if self.terms.window is None and self.kind in ("Linear", "linear") and at.row == at.column == 0:
            return f"feature {at.channel}"
        deep = "" if self.slice is None else f"depth {self.slice}, "
        return f"channel {at.channel}, {deep}row {at.row}, column {at.column}"

    def channel_words(self, channel: int) -> str:
        """Return what to call a channel of the terms: "channel 3"; of an input with a depth "channel 1, depth 0"."""
        number, depth = divmod(channel, self.depths)
        return f"channel {number}, depth {depth}" if self.depths > 1 else f"channel {number}"

    def sums(self) -> list[tuple[int, int, float]]:
        """Return (input tensor, channel, sum of its products), in the order of the input."""
        keys = np.stack([self.terms.source, self.terms.channel])  # (2, n)
        groups, where = np.unique(keys, axis=1, return_inverse=True)
        totals = np.bincount(where.reshape(-1), self.terms.product, groups.shape[1])
        return [
            (int(source), int(channel), float(total)) for (source, channel), total in zip(groups.T, totals, strict=True)
        ]
