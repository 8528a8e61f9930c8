"""Normalisation. No torch here.

Operations for each value of the output:

    batch normalisation                     2   scale and shift, with the statistics of evaluation (fvcore, thop)
    layer, group, instance normalisation    5   sum, square, sum, scale, shift (fvcore, DeepSpeed, ELECTRA)
    root mean square                        3   square, sum, scale
    to length 1                             3   square, sum, division
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, counted, integer, product
from cnnviz.inspection.kinds.kind import Family, Formulas, Keeps, Kind, Reads, Role

_BATCH_RULE = "a scale and a shift for every output value"
_FIVE_RULE = "sum, square, sum, scale, shift, for every value"


def _scale_and_shift(call: Call, setting: str, each: str) -> tuple[Formula | None, ...]:
    """A norm learns a scale, and mostly a shift, for each of what ``setting`` counts."""
    extent = call.settings.get(setting)
    sizes = extent if isinstance(extent, tuple) else (extent,) if isinstance(extent, int) else ()
    count = prod(sizes)
    if not sizes or not call.own_params:
        return ()
    both = counted("Parameters", f"a scale and a shift for each {each}", product(2, *sizes), 2 * count, call.own_params)
    return (both or counted("Parameters", f"a scale for each {each}", product(*sizes), count, call.own_params),)


_for_features: Formulas = partial(_scale_and_shift, setting="num_features", each="channel")
_for_values: Formulas = partial(_scale_and_shift, setting="normalized_shape", each="normalised value")


def _of_groups(call: Call) -> tuple[Formula | None, ...]:
    groups, channels = integer(call, "num_groups"), integer(call, "num_channels")
    if not groups or channels is None:
        return ()
    of_group = Formula("Channels of a group", "channels / groups", f"{channels} / {groups} = {channels // groups}")
    return (*_scale_and_shift(call, "num_channels", "channel"), of_group)


def _of_rows(call: Call) -> int:
    """Mean and deviation of each row that is normalised, 4 bytes each."""
    shape = call.settings.get("normalized_shape")
    row = prod(shape) if isinstance(shape, tuple) else shape
    return 2 * 4 * prod(call.output_shapes[0]) // row if isinstance(row, int) and row else 0


def _of_maps(call: Call) -> int:
    """Mean and deviation of each map, 4 bytes each."""
    return 2 * 4 * prod(call.output_shapes[0][:2])


def _of_lengths(call: Call) -> int:
    """The length of each vector, and the length that is divided by, 4 bytes each."""
    axis, shape = call.settings.get("dim", 1), call.output_shapes[0]
    if not isinstance(axis, int) or not -len(shape) <= axis < len(shape) or not shape[axis]:
        return 0
    return 2 * 4 * prod(shape) // shape[axis]


def _local_response(call: Call) -> int | None:
    """x · (k + α · mean of n squares)^−β: a square, n − 1 additions; then scale, shift, power, product."""
    size = call.settings.get("size")
    return (size + 4) * prod(call.output_shapes[0]) if isinstance(size, int) else None


def _by_running_averages(names: tuple[str, ...], rank: int, reads: Reads, **more: Any) -> Kind:
    return Kind(
        names,
        Family.NORMALISATION,
        rank,
        reads,
        keeps=Keeps.INPUT,
        per_output=2,
        other_rule=_BATCH_RULE,
        costs=_for_features,
        **more,
    )


def _by_own_statistics(names: tuple[str, ...], rank: int, **more: Any) -> Kind:
    return Kind(
        names,
        Family.NORMALISATION,
        rank,
        Reads.MAP,
        keeps=Keeps.INPUT,
        keeps_beside=_of_maps,
        per_output=5,
        other_rule=_FIVE_RULE,
        costs=_for_features,
        **more,
    )


def _batch_norm(names: tuple[str, ...], rank: int, reads: Reads = Reads.POINT, **more: Any) -> Kind:
    """With running averages, unless ``running_statistics``, or ``training`` of a function, says otherwise."""
    setting, value = ("training", True) if names == ("batch_norm",) else ("running_statistics", False)
    more["expects"] = "num_features"
    own = _by_own_statistics(
        names,
        rank,
        role=Role.BATCH_NORM | Role.NORM,
        sentence="Brings each channel to mean 0 and deviation 1, by the statistics of the batch at hand, then scales "
        "and shifts it by two learned numbers.",
        **more,
    )
    return _by_running_averages(
        names,
        rank,
        reads,
        role=Role.BATCH_NORM | Role.NORM | Role.LINEAR,
        sentence="Brings each channel to mean 0 and deviation 1, by the batch's statistics while training and by "
        "their running averages afterwards, then scales and shifts it by two learned numbers.",
        instead=(setting, value, own),
        **more,
    )


def _instance_norm(names: tuple[str, ...], rank: int = 0, **more: Any) -> Kind:
    """With the statistics of the picture at hand, unless a setting says otherwise."""
    setting, value = ("use_input_stats", False) if names == ("instance_norm",) else ("running_statistics", True)
    averages = _by_running_averages(
        names,
        rank,
        Reads.POINT,
        role=Role.LINEAR,
        sentence="Brings each channel to mean 0 and deviation 1, by running averages over the pictures of training.",
        **more,
    )
    return _by_own_statistics(
        names,
        rank,
        sentence="Brings each channel of each picture to mean 0 and deviation 1: contrast and brightness go.",
        instead=(setting, value, averages),
        **more,
    )


_ARGUMENTS = ("running_mean", "running_var", "weight", "bias")

KINDS = (
    _batch_norm(("batch_norm",), 0, arguments=(*_ARGUMENTS, "training")),
    _batch_norm(("BatchNorm1d", "LazyBatchNorm1d"), 1),
    _batch_norm(("BatchNorm2d", "LazyBatchNorm2d"), 2),
    _batch_norm(("BatchNorm3d", "LazyBatchNorm3d"), 3, Reads.UNKNOWN),
    Kind(
        ("SyncBatchNorm",),
        Family.NORMALISATION,
        keeps=Keeps.INPUT,
        per_output=2,
        sentence="Batch normalisation with statistics of the batches on all devices together.",
        costs=_for_features,
        instead=("running_statistics", False, _by_own_statistics(("SyncBatchNorm",), 0)),
    ),
    _instance_norm(("instance_norm",), arguments=(*_ARGUMENTS, "use_input_stats")),
    _instance_norm(("InstanceNorm1d", "LazyInstanceNorm1d"), 1),
    _instance_norm(("InstanceNorm2d", "LazyInstanceNorm2d"), 2),
    _instance_norm(("InstanceNorm3d", "LazyInstanceNorm3d"), 3),
    Kind(
        ("LayerNorm", "layer_norm"),
        Family.NORMALISATION,
        along="normalized_shape",
        keeps=Keeps.INPUT,
        keeps_beside=_of_rows,
        arguments=("normalized_shape",),
        per_output=5,
        other_rule=_FIVE_RULE,
        role=Role.NORM,
        sentence="Brings the values of each position (or picture) to mean 0 and deviation 1, without looking at others "
        "in the batch, then scales and shifts each by learned numbers.",
        costs=_for_values,
    ),
    # torchvision's: the channels of each pixel.
    Kind(
        ("LayerNorm2d",),
        Family.NORMALISATION,
        along=1,
        keeps=Keeps.INPUT,
        keeps_beside=_of_rows,
        role=Role.NORM,
        costs=_for_values,
    ),
    Kind(
        ("GroupNorm", "group_norm"),
        Family.NORMALISATION,
        reads=Reads.MAP,
        keeps=Keeps.INPUT,
        per_output=5,
        other_rule=_FIVE_RULE,
        expects="num_channels",
        role=Role.NORM,
        sentence="Brings each group of channels of each picture to mean 0 and deviation 1, however small the batch is.",
        costs=_of_groups,
    ),
    Kind(
        ("RMSNorm", "rms_norm"),
        Family.NORMALISATION,
        along="normalized_shape",
        keeps=Keeps.INPUT,
        keeps_beside=lambda call: 4 * prod(call.output_shapes[0]) + _of_rows(call) // 2,  # what is scaled, and the root
        arguments=("normalized_shape",),
        per_output=3,
        sentence="Divides the values of each position by their root mean square, then scales each by a learned number.",
        costs=_for_values,
    ),
    Kind(
        ("LocalResponseNorm", "local_response_norm"),
        Family.NORMALISATION,
        reads=Reads.POINT,
        along=1,
        keeps=Keeps.INPUT,
        keeps_beside=3 * 4,  # the squares, what the power is taken of, and the power
        other=_local_response,
        arguments=("size",),
        sentence="Divides each value by a sum over {size} neighbouring channels at the same pixel: strong ones damp "
        "their neighbours.",
    ),
    Kind(
        ("normalize",),
        Family.NORMALISATION,
        along="dim",
        keeps=Keeps.INPUT,
        keeps_beside=_of_lengths,
        per_output=3,
        arguments=("p", "dim"),
    ),
    # A function of each value, and a sum.
    *(
        Kind((name,), Family.NORMALISATION, along="dim", keeps=Keeps.BOTH, per_input=2)
        for name in ("norm", "vector_norm", "linalg_norm", "linalg_vector_norm")
    ),
    *(
        Kind((name,), Family.NORMALISATION)
        for name in (
            "matrix_norm",
            "linalg_matrix_norm",
            "frobenius_norm",
            "nuclear_norm",
            "renorm",
            "weight_norm",
            "norm_except_dim",
        )
    ),
)
