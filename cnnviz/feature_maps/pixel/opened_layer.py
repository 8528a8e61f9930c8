"""A convolution of a network, caught at work, as a board of the playground: kernel, bias, and a patch of its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.kernels.layer_kernels import of_outputs
from cnnviz.feature_maps.pixel.entered import Entered
from cnnviz.feature_maps.playground.operation import CONVOLUTION, OF_LAYERS, SETTINGS, TRANSPOSED, Operation, Pair
from cnnviz.feature_maps.playground.sliding import Board, OpenedLayer, slide
from cnnviz.feature_maps.questions import Place
from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import along_axes

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

_MOST = {each.name: each.maximum for each in SETTINGS}
_WHOLE, _SHOWN = 16, 5  # cells along a side: of an input that is shown whole; of the output of a patch
_BORDERS = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A layer's numbers, as the playground has them."""

    kind: str
    input: npt.NDArray[np.float64]  # (C, H, W)
    kernels: npt.NDArray[np.float64]  # (outputs, inputs of a group, kernel height, kernel width)
    bias: npt.NDArray[np.float64]  # (outputs,)
    stride: Pair
    padding: tuple[Pair, Pair]  # before and after, of rows and of columns
    dilation: Pair
    output_padding: Pair
    groups: int
    border: str  # of numpy's padding

    @property
    def span(self) -> Pair:
        """How many cells the window reaches over."""
        rows, columns = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernels.shape[2:], strict=True))
        return rows, columns


def open_layer(entered: Entered, call: Call, at: Place, network: str) -> OpenedLayer:
    """Return the layer as a board: all of it where it is small, else one output channel and a patch of its input.

    Args:
        entered: the call, as it was made.
        call: of the report.
        at: a place of its output.
        network: its name.

    Raises:
        CnnvizError: it is no convolution over height and width, or its window is larger than the playground's.
    """
    layer = _layer(entered, call)
    _check(layer, call)
    sources, words = _sources(layer, at)
    title = f"{network}, {call.path or 'output'} ({call.kind})"
    height, width = layer.input.shape[1:]
    is_whole = max(height, width) <= _WHOLE and layer.border == "constant" and _is_even(layer.padding)
    if is_whole and len(layer.kernels) <= _MOST["output_channels"] and len(layer.input) <= _MOST["input_channels"]:
        return OpenedLayer(
            _board(layer, layer.input, layer.kernels, layer.bias),
            (at.channel, at.row, at.column),
            title,
            "All of the layer.",
        )
    kernels, bias = layer.kernels[at.channel : at.channel + 1, sources], layer.bias[at.channel : at.channel + 1]
    read = layer.input[sources + _first(layer, at.channel)]
    one = f"Output channel {at.channel} of {len(layer.kernels):,}; {words}"
    if is_whole:
        board, place, about = _board(layer, read, kernels, bias, groups=1), (at.row, at.column), f"{one}."
    else:
        patch, place, size = (_patch if layer.kind == CONVOLUTION else _written_patch)(layer, read, at)
        board = _board(layer, patch, kernels, bias, groups=1, padding=(0, 0))
        about = f"{one}; {units.shape(size)} of its input around row {at.row}, column {at.column}, padding included."
    if len(sources) < layer.kernels.shape[1]:
        made, shown = float(_item(entered.output)[at]), float(slide(board)[(0, *place)])
        about += f" The others add {value_text(made - shown)} here: the layer made {value_text(made)}."
    return OpenedLayer(board, (0, *place), title, about)


def _item(values: Tensor) -> npt.NDArray[np.float64]:
    """Return the first of a batch, (C, H, W)."""
    return (values[0] if values.dim() == 4 else values).double().cpu().numpy()


def _layer(entered: Entered, call: Call) -> _Layer:
    weight, bias = entered.parameter("weight", 1), entered.parameter("bias", 2)
    given = entered.inputs[0] if entered.inputs else None
    if call.kind not in OF_LAYERS or weight is None or given is None or given.dim() not in (3, 4):
        raise CnnvizError(
            f"{call.path or 'The network'} ({call.kind}) is no convolution over height and width.",
            "Choose a Conv2d or ConvTranspose2d.",
        )
    kind = OF_LAYERS[call.kind]
    groups = int(str(call.settings.get("groups", 1)))
    stride, dilation, more = (
        _pair(call, name, idle) for name, idle in (("stride", 1), ("dilation", 1), ("output_padding", 0))
    )
    weight = of_outputs(weight, groups) if kind == TRANSPOSED else weight
    kernels = weight.double().cpu().numpy()
    added = np.zeros(len(kernels)) if bias is None else bias.double().cpu().numpy()
    border = _BORDERS[str(call.settings.get("padding_mode", "zeros"))]
    padding = _padding(call, (kernels.shape[2], kernels.shape[3]), dilation)
    return _Layer(kind, _item(given), kernels, added, stride, padding, dilation, more, groups, border)


def _pair(call: Call, name: str, idle: int) -> Pair:
    rows, columns = along_axes(call.settings.get(name, idle), 2) or (idle, idle)
    return rows, columns


def _padding(call: Call, kernel: Pair, dilation: Pair) -> tuple[Pair, Pair]:
    said = call.settings.get("padding", 0)
    if said == "same":  # what is odd goes to the end
        reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return (reach[0] // 2, (reach[0] + 1) // 2), (reach[1] // 2, (reach[1] + 1) // 2)
    rows, columns = (0, 0) if said == "valid" else along_axes(said, 2) or (0, 0)
    return (rows, rows), (columns, columns)


def _is_even(padding: tuple[Pair, Pair]) -> bool:
    return all(before == after <= _MOST["padding"] for before, after in padding)


def _check(layer: _Layer, call: Call) -> None:
    for name, sizes in (
        ("kernel_size", layer.kernels.shape[2:]), ("stride", layer.stride), ("dilation", layer.dilation),
        ("input_size", layer.span),
    ):  # fmt: skip
        if max(sizes) > _MOST[name]:
            what = "window" if name == "input_size" else name.replace("_", " ")
            raise CnnvizError(
                f"The {what} of {call.path} is {units.shape(sizes)}; the playground goes up to {_MOST[name]}.",
                "Choose another layer.",
            )


def _first(layer: _Layer, channel: int) -> int:
    return channel // (len(layer.kernels) // layer.groups) * int(layer.kernels.shape[1])


def _sources(layer: _Layer, at: Place) -> tuple[npt.NDArray[np.int64], str]:
    """Return which channels of the group are shown, those whose kernels are largest, and words for it."""
    count, most = layer.kernels.shape[1], _MOST["input_channels"]
    if count <= most:
        return np.arange(count), units.counted(count, "input channel")
    strength = np.abs(layer.kernels[at.channel]).sum((1, 2))
    chosen = np.sort(np.argsort(-strength, kind="stable")[:most])
    numbers = ", ".join(str(each + _first(layer, at.channel)) for each in chosen)
    return chosen, f"{most} of {count:,} input channels, those with the largest kernels: {numbers}"


def _board(
    layer: _Layer,
    inputs: npt.NDArray[np.float64],
    kernels: npt.NDArray[np.float64],
    bias: npt.NDArray[np.float64],
    groups: int | None = None,
    padding: Pair | None = None,
) -> Board:
    operation = Operation(
        layer.kind,
        (inputs.shape[1], inputs.shape[2]),
        len(inputs),
        len(kernels),
        (kernels.shape[2], kernels.shape[3]),
        padding if padding is not None else (layer.padding[0][0], layer.padding[1][0]),
        layer.stride,
        layer.dilation,
        layer.groups if groups is None else groups,
        layer.output_padding,
        tuple(_short(bias).tolist()),
    )
    return Board(operation, _short(inputs), _short(kernels))


def _short(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return numbers as short as they tell their float32 apart: 0.1, not 0.10000000149011612."""
    return np.array([float(str(each)) for each in values.astype(np.float32).ravel()]).reshape(values.shape)


def _patch(layer: _Layer, read: npt.NDArray[np.float64], at: Place) -> tuple[npt.NDArray[np.float64], Pair, Pair]:
    """Return what some outputs around a place read, padding included, where the place is among them, and its size."""
    pads = ((0, 0), *layer.padding)
    padded = np.pad(read, pads, mode=layer.border)  # type: ignore[call-overload]  # the modes are those of numpy
    cuts, place = [], []
    axes = zip(padded.shape[1:], layer.stride, layer.span, at[1:], strict=True)
    for size, stride, span, row in axes:
        made = (size - span) // stride + 1
        shown = max(1, min(_SHOWN, made, (_MOST["input_size"] - span) // stride + 1))
        first = min(max(0, row - shown // 2), made - shown)
        cuts.append(slice(first * stride, first * stride + (shown - 1) * stride + span))
        place.append(row - first)
    patch = padded[:, cuts[0], cuts[1]]
    return patch, (place[0], place[1]), (patch.shape[1], patch.shape[2])


def _written_patch(
    layer: _Layer, read: npt.NDArray[np.float64], at: Place
) -> tuple[npt.NDArray[np.float64], Pair, Pair]:
    """Return the cells that write to a place of a transposed convolution's output, and where that is then."""
    cuts, place = [], []
    axes = zip(read.shape[1:], layer.stride, layer.span, layer.padding, at[1:], strict=True)
    for size, stride, span, (before, _), row in axes:
        first = min(max(0, (row + before - span) // stride), size - 1)
        last = max(first, min(size - 1, (row + before) // stride + 1))
        cuts.append(slice(first, last + 1))
        place.append(row + before - first * stride)
    patch = read[:, cuts[0], cuts[1]]
    return patch, (place[0], place[1]), (patch.shape[1], patch.shape[2])
