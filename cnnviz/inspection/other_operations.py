"""Operations beside the multiply-adds: normalisation, activation, pooling, elementwise work and biases. No torch here.

One operation is one addition, subtraction, multiplication, division or comparison of two numbers, or one function of
one number (exp, tanh, GELU): a mathematical operation, not a machine's, as in ELECTRA's ``flops_computation.py`` (Clark
et al. 2020). What a multiply-add does is no part of it. Moving numbers is free. Dropout does nothing in evaluation.
How many a kind of layer has for each element of its output, or of its input, and where that is from, stands on its row
in ``kinds``. ``None`` is unknown: there is no formula, or a setting that it needs is not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.table import kind_of_call


def of_calls(calls: Sequence[Call]) -> tuple[int | None, ...]:
    """Return the other operations of every call of a whole report, everything below included, in linear time."""
    containers = {call.parent for call in calls}
    sums = [_own(call, call.index in containers) for call in calls]
    for call in reversed(calls):
        if call.parent is not None:
            below, above = sums[call.index], sums[call.parent]
            sums[call.parent] = None if below is None or above is None else above + below
    return tuple(sums)


def total(calls: Sequence[Call]) -> int | None:
    """Return the other operations of the whole network; None where a call has none that are known, or failed."""
    return of_calls(calls)[0] if calls and calls[0].status != "failed" else None


def other_operations(call: Call) -> int | None:
    """Return the operations beside the multiply-adds of a call with none below it, for the whole batch."""
    if call.self_macs is None or not call.output_shapes:
        return None
    kind = kind_of_call(call)
    if kind.per_output is not None:
        return kind.per_output * prod(call.output_shapes[0])
    if kind.per_input is not None:
        return kind.per_input * prod(call.input_shapes[0]) if call.input_shapes else None
    if kind.other is not None:
        return kind.other(call)
    # A module of the user's that calls nothing and makes nothing: it hands on what it was given.
    return 0 if call.module and not call.activation_bytes else None


def _own(call: Call, is_container: bool) -> int | None:
    if call.status == "failed":
        return None
    return 0 if is_container else other_operations(call)
