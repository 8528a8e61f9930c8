"""Where a call's operations beside the multiply-adds come from, with the numbers filled in. No torch here."""

from __future__ import annotations

from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, along_axes, counted, product, values
from cnnviz.inspection.kinds.kind import Kind
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.other_operations import other_operations


def other_formulas(call: Call) -> tuple[Formula, ...]:
    """Return the formula of the other operations of a norm, an activation, a pooling, or elementwise work."""
    kind = kind_of_call(call)
    factors = _factors(call, kind)
    if call.output_shape is None or not kind.other_rule or factors is None:
        return ()
    text = product(*factors, *values(call.output_shape))
    result = prod(factors) * prod(call.output_shape)
    found = counted("Other operations", kind.other_rule, text, result, other_operations(call))
    return () if found is None else (found,)


def _factors(call: Call, kind: Kind) -> tuple[int, ...] | None:
    """Return the factors before the output's values: operations for each, or a window's; None: unknown."""
    if kind.per_output is None:
        return along_axes(call.settings.get("kernel_size"), kind.rank) or None
    return (kind.per_output,) if kind.per_output > 1 else ()
