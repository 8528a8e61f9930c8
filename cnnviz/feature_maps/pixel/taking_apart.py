"""Takes one number of a captured call apart: the first rule whose terms make the number that the network made."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, isfinite
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.axes import as_maps, index_at
from cnnviz.feature_maps.output_layout import FIRST_PART, Layout, Part, layout_of
from cnnviz.feature_maps.pixel import other_terms, window_terms
from cnnviz.feature_maps.pixel.arithmetic import Arithmetic, Box
from cnnviz.feature_maps.pixel.entered import Entered
from cnnviz.feature_maps.pixel.sums import Sum
from cnnviz.feature_maps.questions import Place
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.kind import Family, Reads, Role
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.receptive_field import fields
from cnnviz.inspection.report import Report

if TYPE_CHECKING:
    import torch

_EXACT = {"torch.float64": 1e-9, "torch.float32": 1e-5, "torch.float16": 1e-2, "torch.bfloat16": 5e-2}


def what_makes(report: Report, call: Call) -> Call:
    """Return the call that made a container's output: the last one in it; a layer's own is itself."""
    while call.output_from is not None and call.output_from[0] >= 0 and call.output_from[1] == 0:
        call = report.calls[call.output_from[0]]
    return call


def taken_apart(subject: Subject, call: Call, entered: Entered, at: Place, part: Part = FIRST_PART) -> Arithmetic:
    """Return the arithmetic of one number of a call's output.

    Args:
        subject: the network and what it looks at.
        call: which ``entered`` is.
        entered: caught in a run.
        at: where in its maps.
        part: which of its maps: of its first output.

    Raises:
        CnnvizError: its maps have no such place, or no rule makes this number.
    """
    size = (subject.pixels.shape[2], subject.pixels.shape[3])
    if part.output:
        raise CnnvizError("Only a layer's first output is taken apart.", "Choose its first output, or another layer.")
    layout = layout_of(entered.output.shape, size, subject.report.calls, call)
    is_deep = layout.form == "volume"
    index = _index(entered.output, call, at, size, layout, part)
    depths = entered.inputs[0].shape[2] if is_deep and entered.inputs and entered.inputs[0].dim() == 5 else 1
    value = float(entered.output.reshape(-1)[index])
    for found in _sums(entered, call, index, size):
        if found is not None and _makes(found, value, entered.output.dtype):
            return Arithmetic(
                call.path, call.kind, call.index, at, value, found.computed, found.bias, found.terms, found.formula,
                _field(subject.report, call, at, size), size, subject.weights, subject.origin.notes,
                part.slice if is_deep else None, depths,
            )  # fmt: skip
    raise CnnvizError(
        f"What {call.path or 'the network'} ({call.kind}) computes is no sum of inputs × weights that can be listed.",
        "Choose a convolution, a pooling, a linear layer, a norm, an activation or softmax.",
    )


def _index(output: torch.Tensor, call: Call, at: Place, size: tuple[int, int], layout: Layout, part: Part) -> int:
    """Return which number of the flattened output is there."""
    try:
        if part.slice >= layout.slices:
            raise IndexError
        return index_at(output.shape, size, *at, layout, part)
    except IndexError:
        is_deep = layout.form == "volume"
        deep = f"depth {part.slice}, " if part.slice or is_deep else ""
        where = f"channel {at.channel}, {deep}row {at.row}, column {at.column}"
        maps = units.shape(as_maps(output, size, layout, part).shape)
        deep = f", {layout.slices} deep" if is_deep else ""
        raise CnnvizError(
            f"{call.path or 'The network'} has no number at {where}.", f"Its maps are {maps}{deep}, and count from 0."
        ) from None


def _sums(entered: Entered, call: Call, index: int, size: tuple[int, int]) -> Iterator[Sum | None]:
    """Yield what may explain the number, the best words first."""
    kind = kind_of_call(call)
    at = tuple(map(int, np.unravel_index(index, tuple(entered.output.shape))))[-kind.rank - 1 :]
    match kind.reads:
        case Reads.CONVOLUTION:
            yield window_terms.convolution(entered, call, kind, at)
        case Reads.POOLING:
            yield window_terms.pooling(entered, call, kind, at)
        case Reads.ADAPTIVE:
            yield window_terms.adaptive_pooling(entered, call, kind, at)
    if kind.family is Family.NORMALISATION and entered.inputs:
        yield other_terms.batch_norm(entered, index, size)
        yield other_terms.other_norm(entered, call, index, size)
    if Role.SOFTMAX in kind.role or (kind.family is Family.ACTIVATION and kind.along is not None):
        yield other_terms.softmax(entered, kind, call, index, size)
    elif kind.family is Family.ACTIVATION and entered.inputs and entered.inputs[0].shape == entered.output.shape:
        yield other_terms.activation(entered, call, index, size)
    yield from other_terms.linear_work(entered, index, size)


def _makes(found: Sum, value: float, kind: torch.dtype) -> bool:
    """True where the terms make the number, but for rounding: relative to the largest of what is summed."""
    if not isfinite(value) or not isfinite(found.computed):
        return str(value) == str(found.computed)
    largest = max(abs(value), float(np.abs(found.terms.product).sum()), abs(found.bias or 0.0))
    return isclose(found.computed, value, rel_tol=0, abs_tol=_EXACT.get(str(kind), 1e-5) * largest)


def _field(report: Report, call: Call, at: Place, size: tuple[int, int]) -> Box | None:
    field = fields(report.calls)[call.index]
    if field.status == "whole input":
        return Box(0, 0, size[0] - 1, size[1] - 1)
    shape = call.output_shape
    box = field.box(at.row, at.column) if shape is not None and len(shape) == 4 else None
    return None if box is None else Box(*box)
