"""The terms of convolutions and poolings: the window that one output value reads, cell by cell, padding included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.feature_maps.pixel.arithmetic import Terms
from cnnviz.feature_maps.pixel.entered import Entered
from cnnviz.feature_maps.pixel.sums import Sum
from cnnviz.inspection.call import Call, SettingValue
from cnnviz.inspection.kinds.formula import along_axes, integer
from cnnviz.inspection.kinds.kind import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

_BORDERS: dict[str, Literal["edge", "reflect", "wrap"]] = {
    "zeros": "edge",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Which cells of the input one output value reads: along each axis, positions that may lie outside."""

    along: tuple[npt.NDArray[np.int64], ...]
    sizes: tuple[int, ...]  # of the input

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """True for cells that are no padding, in the window's shape."""
        axes = [(at >= 0) & (at < size) for at, size in zip(self.along, self.sizes, strict=True)]
        return reduce(np.logical_and, np.meshgrid(*axes, indexing="ij", sparse=True))

    def read(self, maps: npt.NDArray[np.float64], border: str, empty: float = 0.0) -> npt.NDArray[np.float64]:
        """Return the cells of maps (C, *sizes) as (C, *window).

        Args:
            maps: without padding.
            border: what stands outside: "zeros", "reflect", "replicate", "circular", as PyTorch calls them.
            empty: what zeros are taken for: maxima know no border.
        """
        where = [_mirrored(at, size, border) for at, size in zip(self.along, self.sizes, strict=True)]
        cells = maps[np.ix_(np.arange(len(maps)), *where)]
        return np.where(self.inside, cells, empty) if border == "zeros" else cells


def convolution(entered: Entered, call: Call, kind: Kind, at: tuple[int, ...]) -> Sum | None:
    """Return Σ input × weight + bias over the window and the input channels of the output channel's group.

    Args:
        entered: the call.
        call: the same, in the report.
        kind: its row.
        at: output channel, then its place along each axis.
    """
    weight = entered.parameter("weight", 1)  # (O, I / groups, *k)
    maps = _maps(entered, kind.rank)
    window = _window(call, kind, at[1:], maps.shape[1:]) if maps is not None else None
    if weight is None or maps is None or window is None or weight.dim() != kind.rank + 2:
        return None
    bias = entered.parameter("bias", 2)
    groups = integer(call, "groups") or 1
    reads = maps.shape[0] // groups
    first = at[0] // (weight.shape[0] // groups) * reads
    border = str(call.settings.get("padding_mode", "zeros"))
    cells = window.read(maps[first : first + reads], border)
    kernel = weight[at[0]].double().cpu().numpy()
    if kernel.shape != cells.shape:
        return None
    terms = _terms(window, cells, kernel, kernel * cells, first)
    added = None if bias is None else float(bias[at[0]])
    return Sum(terms, added, "Σ input × weight" + ("" if added is None else " + bias"))


def pooling(entered: Entered, call: Call, kind: Kind, at: tuple[int, ...]) -> Sum | None:
    """Return the largest value of the window, as the one with weight 1, or the mean of its values."""
    maps = _maps(entered, kind.rank)
    window = _window(call, kind, at[1:], maps.shape[1:]) if maps is not None else None
    return None if maps is None or window is None else _pooled(call, kind, window, maps, at[0])


def adaptive_pooling(entered: Entered, call: Call, kind: Kind, at: tuple[int, ...]) -> Sum | None:
    """Return the same for a window whose size follows from both maps: from ⌊i·m/n⌋ to ⌈(i + 1)·m/n⌉."""
    maps = _maps(entered, kind.rank)
    if maps is None:
        return None
    sizes, made = maps.shape[1:], entered.output.shape[-kind.rank :]
    along = [np.arange(i * m // n, -(-(i + 1) * m // n)) for i, m, n in zip(at[1:], sizes, made, strict=True)]
    return _pooled(call, kind, _Window(tuple(along), sizes), maps, at[0])


def _pooled(call: Call, kind: Kind, window: _Window, maps: npt.NDArray[np.float64], channel: int) -> Sum | None:
    one = maps[channel : channel + 1]
    if "max" in kind.name:
        cells = window.read(one, "zeros", empty=-np.inf)
        weights = np.zeros_like(cells)
        weights.flat[cells.argmax()] = 1
        cells = np.where(window.inside, cells, np.nan)
        return Sum(
            _terms(window, cells, weights, np.where(weights == 1, cells, 0), channel), None, "the largest of the window"
        )
    if "avg" in kind.name:
        cells, count = window.read(one, "zeros"), _divisor(call, window)
        weights = np.where(window.inside, 1 / count, 0)[None]
        return Sum(_terms(window, cells, weights, cells * weights, channel), None, f"the sum of the window ÷ {count}")
    return None


def _divisor(call: Call, window: _Window) -> int:
    """How many cells a mean counts: with its padding, but not what ``ceil_mode`` makes stand out behind it."""
    override = integer(call, "divisor_override")
    if override is not None:
        return override
    inside = int(window.inside.sum())
    if not call.settings.get("count_include_pad", True) or "kernel_size" not in call.settings:
        return inside
    paddings = along_axes(call.settings.get("padding", 0), len(window.sizes)) or (0,) * len(window.sizes)
    ends = zip(window.along, window.sizes, paddings, strict=True)
    return prod(int((at < size + padding).sum()) for at, size, padding in ends)


def _window(call: Call, kind: Kind, at: Sequence[int], sizes: tuple[int, ...]) -> _Window | None:
    kernel, dilation = (along_axes(call.settings.get(name, idle), kind.rank) for name, idle in _KERNEL)
    if kernel is None or dilation is None:
        return None
    padding = _before(call.settings.get("padding", 0), kernel, dilation)
    stride = along_axes(call.settings.get("stride"), kind.rank) or (
        (1,) * kind.rank if "out_channels" in call.settings else kernel
    )
    if padding is None:
        return None
    axes = zip(at, kernel, stride, padding, dilation, strict=True)
    return _Window(tuple(i * s - p + d * np.arange(k) for i, k, s, p, d in axes), sizes)


_KERNEL: tuple[tuple[str, SettingValue], ...] = (("kernel_size", None), ("dilation", 1))


def _before(padding: SettingValue, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return what stands before the first cell of each axis; "same" puts an odd cell behind the last."""
    if padding == "same":
        return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    return (0,) * len(kernel) if padding == "valid" else along_axes(padding, len(kernel))


def _mirrored(at: npt.NDArray[np.int64], size: int, border: str) -> npt.NDArray[np.int64]:
    """Return the cells that stand for those outside; for zeros, any."""
    outside = int(max(0, -at.min(), at.max() - size + 1))
    cells: npt.NDArray[np.int64] = np.pad(np.arange(size), outside, mode=_BORDERS[border])
    return cells[at + outside]


def _maps(entered: Entered, rank: int) -> npt.NDArray[np.float64] | None:
    """Return the first input as (C, *sizes), of the first item of the batch."""
    given = entered.inputs[0] if entered.inputs else None
    if given is None or given.dim() not in (rank + 1, rank + 2):
        return None
    item = given[0] if given.dim() == rank + 2 else given
    return item.double().cpu().numpy()


def _terms(
    window: _Window,
    cells: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    products: npt.NDArray[np.float64],
    first_channel: int,
) -> Terms:
    """(channels, *window) each → one term a cell. Along three axes, depth goes with the channel, as maps show it."""
    channels = first_channel + np.arange(len(cells))
    places = list(np.broadcast_arrays(*np.ix_(channels, *window.along)))
    if len(window.along) == 3:
        places[0:2] = [places[0] * window.sizes[0] + places[1]]
    if len(window.along) == 1:
        places.insert(1, np.zeros_like(places[0]))
    rows, columns = cells.shape[-2:] if cells.ndim > 2 else (1, cells.shape[-1])
    flat = [each.reshape(-1) for each in places]
    padded = np.broadcast_to(~window.inside, cells.shape).reshape(-1)
    multiplied = np.broadcast_to(weights, cells.shape).reshape(-1)
    return Terms(
        np.zeros(cells.size, np.int64), flat[0], flat[1], flat[2], cells.reshape(-1), multiplied, products.reshape(-1),
        padded, window=(cells.size // (rows * columns), rows, columns),
    )  # fmt: skip
