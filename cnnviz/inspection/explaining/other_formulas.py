"""Where a call's operations beside the multiply-adds come from, with the numbers filled in. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.formula import Formula, along_axes, counted, plain_kind, product, rank_of, values
from cnnviz.inspection.other_operations import other_operations

_ONE = "one for every output value"
_EACH: Mapping[str, tuple[int, str]] = {  # operations for each output value
    **dict.fromkeys(("batchnorm1d", "batchnorm2d", "batchnorm3d"), (2, "a scale and a shift for every output value")),
    **dict.fromkeys(
        ("layernorm", "groupnorm", "instancenorm1d", "instancenorm2d", "instancenorm3d"),
        (5, "sum, square, sum, scale, shift, for every value"),
    ),
    **dict.fromkeys(("softmax", "logsoftmax"), (3, "exp, sum, division, for every value")),
    **dict.fromkeys(
        (
            "relu", "relu6", "leakyrelu", "prelu", "elu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh", "softplus",
            "hardsigmoid", "hardswish", "hardtanh", "add", "sub", "mul", "div", "truediv",
        ),
        (1, _ONE),
    ),
}  # fmt: skip


def other_formulas(call: Call) -> tuple[Formula, ...]:
    """Return the formula of the other operations of a norm, an activation, a pooling, or elementwise work."""
    if call.output_shape is None:
        return ()
    kind = plain_kind(call.kind)
    factors, rule = _factors(call, kind)
    text = product(*factors, *values(call.output_shape))
    result = prod(factors) * prod(call.output_shape)
    found = counted("Other operations", rule, text, result, other_operations(call)) if rule else None
    return () if found is None else (found,)


def _factors(call: Call, kind: str) -> tuple[tuple[int, ...], str]:
    """Return the factors before the output's values, and the rule; no rule where we hold none."""
    if kind in _EACH:
        each, rule = _EACH[kind]
        return ((each,) if each > 1 else ()), rule
    if rank_of(kind) and kind.startswith(("maxpool", "avgpool")):
        kernel = along_axes(call.settings.get("kernel_size"), rank_of(kind))
        return (kernel, "one for every value in every window") if kernel else ((), "")
    return (), ""
