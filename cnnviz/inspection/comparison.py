"""Two or more networks side by side: totals, and what each spends at each resolution. No torch here.

A stage is the calls whose maps are the input halved equally often: halvings = round(log2(input height / map height)).
So the 56 × 56 maps of one network stand beside the 54 × 54 maps of another, and networks with inputs of other sizes
can be compared. What has no height and width (logits, tokens, 1 × 1 maps) makes the last stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2, prod

from cnnviz.errors import CnnvizError
from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.kinds.kind import Reads, Role
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.report import Failure, Report

Size = tuple[int, int]  # height, width in pixels
_IN_WINDOWS = (Reads.CONVOLUTION, Reads.TRANSPOSED, Reads.POOLING)
VECTOR = None  # the halvings of the last stage


@dataclass(frozen=True, slots=True)
class NetworkTotals:
    """One network as a whole."""

    name: str
    input_shapes: tuple[Shape, ...]
    params: int | None  # None: a lazy layer never ran, which has a size when it does
    macs: int | None  # None: some call could not be counted, or the run failed
    activation_bytes: int
    weight_layers: int  # convolutions, linear layers and their kin: what multiplies by weights
    depth: int  # weight layers on the longest way from input to output: 18 in ResNet-18
    largest_map: Shape | None  # the output with the most values, batch axis kept
    error: Failure | None

    @property
    def flops(self) -> int | None:
        """Two for each multiply-add."""
        return None if self.macs is None else 2 * self.macs


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one network spends at one resolution. Over all stages the numbers sum to the network's totals."""

    sizes: tuple[Size, ...]  # of the maps, in the order of execution; empty: vectors
    layers: int  # weight layers
    params: int
    macs: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One resolution in all networks."""

    halvings: int | None  # 2: maps of a quarter of the input's height; None: no maps
    costs: tuple[StageCost | None, ...]  # one for each network; None: it has no such maps

    @property
    def label(self) -> str:
        """Return "1/4", "1/1", "×2" for what is larger than the input, "vector"."""
        if self.halvings is None:
            return "vector"
        return f"1/{2**self.halvings}" if self.halvings >= 0 else f"×{2**-self.halvings}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Networks side by side, in the order in which they were given."""

    networks: tuple[NetworkTotals, ...]
    stages: tuple[Stage, ...]  # the finest maps first, vectors last


def compare(reports: Sequence[Report], names: Sequence[str] | None = None) -> Comparison:
    """Return the reports side by side.

    Args:
        reports: two or more; one is a comparison with nothing, which is allowed.
        names: what to call them; default: the names of the reports.

    Raises:
        CnnvizError: there is no report.
    """
    if not reports:
        raise CnnvizError("There is nothing to compare.", "Name two networks or more.")
    called = [report.name for report in reports] if names is None else names
    networks = tuple(_network(report, name) for report, name in zip(reports, called, strict=True))
    by_network = [_costs(report) for report in reports]
    order = sorted({halvings for costs in by_network for halvings in costs}, key=_coarseness)
    stages = tuple(Stage(halvings, tuple(costs.get(halvings) for costs in by_network)) for halvings in order)
    return Comparison(networks, stages)


def is_weight_layer(call: Call) -> bool:
    """Return True for a module that multiplies by weights: a convolution, a linear or recurrent layer, attention."""
    return call.module and call.self_macs != 0


def _network(report: Report, name: str) -> NetworkTotals:
    outputs = [call.output_shapes[0] for call in report.calls if call.output_shapes and call.activation_bytes]
    return NetworkTotals(
        name=name,
        input_shapes=report.input_shapes,
        params=None if report.unsized else report.totals.params,
        macs=report.totals.macs,
        activation_bytes=report.totals.activation_bytes,
        weight_layers=sum(is_weight_layer(call) and call.call_number == 1 for call in report.calls),
        depth=_depth(report),
        largest_map=max(outputs, key=prod, default=None),
        error=report.error,
    )


def _depth(report: Report) -> int:
    """Return the weight layers on the longest way through the network."""
    containers = {call.parent for call in report.calls}
    depths: list[int] = []
    last_leaf = 0  # what feeds a call whose producer was not seen, unless it reads the input
    for call in report.calls:
        lost = not call.inputs_from and not set(call.input_shapes) & set(report.input_shapes)
        before = max((depths[i] for i in call.inputs_from), default=last_leaf if lost else 0)
        leaf = call.index not in containers
        depths.append(before + (leaf and is_weight_layer(call)))
        last_leaf = depths[-1] if leaf else last_leaf
    return max(depths, default=0)


def _costs(report: Report) -> dict[int | None, StageCost]:
    whole = _image_size(report)
    sizes: list[Size | None] = []  # of each call's stage
    stages: dict[int | None, list[Call]] = {}
    for call in report.calls:
        size = map_size(call, whole)
        if size is None and not call.module and call.parent is not None:
            size = sizes[call.parent]  # attention over the windows of a map is spent at the map's resolution
        sizes.append(size)
        halvings = VECTOR if size is None or whole is None else round(log2(whole[0] / size[0]))
        stages.setdefault(halvings, []).append(call)
    containers = {call.parent for call in report.calls}
    costs = {
        halvings: _cost(calls, [sizes[call.index] for call in calls if call.module and call.index not in containers])
        for halvings, calls in stages.items()
    }
    return {halvings: cost for halvings, cost in costs.items() if cost.sizes or cost.params or cost.macs != 0}


def _cost(calls: list[Call], sizes: Iterable[Size | None]) -> StageCost:
    return StageCost(
        sizes=tuple(dict.fromkeys(size for size in sizes if size is not None)),
        layers=sum(is_weight_layer(call) and call.call_number == 1 for call in calls),
        params=sum(call.own_params for call in calls),
        macs=_sum(call.self_macs for call in calls),
    )


def map_size(call: Call, whole: Size | None) -> Size | None:
    """Return height and width of what a call made; None of a vector, of tokens, of a 1 × 1 map and of a matrix.

    (N, C, H, W) is what convolutions make; Swin's (N, H, W, C) is told by H and W being the input's, divided alike.

    Args:
        call: any call.
        whole: height and width of the network's input; None: it is no picture.
    """
    shape = call.output_shape
    kind = kind_of_call(call)
    matrix = Role.MATRIX in kind.role and not call.module
    if shape is None or whole is None or len(shape) not in (4, 5) or matrix:
        return None
    first, last = (shape[-3], shape[-2]), (shape[-2], shape[-1])
    size = first if not _is_scaled(last, whole) and _is_scaled(first, whole) else last
    makes_maps = call.module and (kind.reads in _IN_WINDOWS or Role.BATCH_NORM in kind.role)  # whatever their sides
    told = _is_scaled(size, whole) or makes_maps
    return size if told and size != (1, 1) and min(size) > 0 else None


def _is_scaled(size: Size, whole: Size) -> bool:
    return min(size) > 0 and round(whole[0] / size[0]) == round(whole[1] / size[1])


def _image_size(report: Report) -> Size | None:
    shape = next((shape for shape in report.input_shapes if len(shape) >= 4 and min(shape[-2:]) > 0), None)
    return None if shape is None else (shape[-2], shape[-1])


def _coarseness(halvings: int | None) -> float:
    return float("inf") if halvings is None else halvings


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
