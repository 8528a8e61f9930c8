"""From watched drafts to frozen calls: own and inclusive numbers. Every parameter is counted in exactly one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from torch import nn

from cnnviz.inspection.receptive_field import fields
from cnnviz.inspection.recorder import Draft
from cnnviz.inspection.report import Call


def freeze(drafts: list[Draft]) -> tuple[Call, ...]:
    """Return the calls with their inclusive numbers: each parent holds the sum of its own and its children's."""
    own = _own_params(drafts)
    params, macs = list(own), [draft.self_macs for draft in drafts]
    for index in range(len(drafts) - 1, -1, -1):
        parent = drafts[index].parent
        if parent is not None:
            params[parent] += params[index]
            below, above = macs[index], macs[parent]
            macs[parent] = None if below is None or above is None else above + below
    return with_receptive_fields(
        [_frozen(index, draft, own[index], params[index], macs[index]) for index, draft in enumerate(drafts)]
    )


def with_receptive_fields(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return the calls with what one pixel of each sees; the whole input is written as its height and width."""
    whole = calls[0].input_shapes[0][-2:] if calls and calls[0].input_shapes else ()
    sizes = {"whole input": (whole[0], whole[1]) if len(whole) == 2 else None, "unknown": None}
    return tuple(
        replace(call, receptive_field=sizes.get(field.status, field.size), receptive_field_status=field.status)
        for call, field in zip(calls, fields(calls), strict=True)
    )


def _own_params(drafts: list[Draft]) -> list[int]:
    """Return the elements that each call counts: its module's, then those below it that no call holds.

    The second kind belongs to submodules whose forward never ran: auxiliary heads, a ParameterList, linear layers whose
    weights a function reads. The innermost module around them that did run counts them.
    """
    seen: set[int] = set()
    first_calls = [
        (i, draft.module) for i, draft in enumerate(drafts) if draft.module is not None and draft.call_number == 1
    ]
    counts = [0] * len(drafts)
    for index, module in first_calls:
        counts[index] += _count_new(module._parameters.values(), seen)
    if first_calls and any(id(each) not in seen for each in first_calls[0][1].parameters()):
        for index, module in reversed(first_calls):
            counts[index] += _count_new(module.parameters(), seen)
    return counts


def _count_new(parameters: Iterable[nn.Parameter | None], seen: set[int]) -> int:
    new = [each for each in parameters if each is not None and id(each) not in seen]
    seen.update(map(id, new))
    return sum(each.numel() for each in new)


def _frozen(index: int, draft: Draft, own: int, params: int, macs: int | None) -> Call:
    return Call(
        index=index,
        parent=draft.parent,
        path=draft.path,
        kind=draft.kind,
        module=draft.module is not None,
        call_number=draft.call_number,
        inputs_from=draft.inputs_from,
        input_shapes=draft.input_shapes,
        output_shapes=draft.output_shapes,
        own_params=own,
        params=params,
        self_macs=draft.self_macs,
        macs=macs,
        activation_bytes=draft.activation_bytes,
        settings=draft.settings,
        status=draft.status,
    )
