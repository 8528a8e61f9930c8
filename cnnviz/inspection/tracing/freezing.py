"""From watched drafts to frozen calls: own and inclusive numbers. Every parameter is counted in exactly one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from cnnviz.inspection.call import Call
from cnnviz.inspection.receptive_field import Field, fields
from cnnviz.inspection.tracing.call_settings import module_settings
from cnnviz.inspection.tracing.draft import Draft
from cnnviz.inspection.tracing.modules import Loose, Named
from cnnviz.inspection.tracing.values import elements


def freeze(drafts: Sequence[Draft], modules: Named, hidden: Loose) -> tuple[Call, ...]:
    """Return the calls with their inclusive numbers: each parent holds the sum of its own and its children's.

    Args:
        drafts: what ran.
        modules: all of the network's, those too that never ran.
        hidden: parameters that no module registers.
    """
    for draft in drafts:
        if draft.module is not None:
            draft.settings = module_settings(draft.module)
    own = _own_params(drafts, modules, hidden)
    params, macs = list(own), [draft.self_macs for draft in drafts]
    for index in range(len(drafts) - 1, -1, -1):
        parent = drafts[index].parent
        if parent is not None:
            params[parent] += params[index]
            below, above = macs[index], macs[parent]
            macs[parent] = None if below is None or above is None else above + below
    for draft in drafts:
        if draft.status == "failed":  # what it did until then is no number of its
            draft.self_macs = macs[draft.index] = None
    whole = _picture_size(drafts)
    numbers = zip(drafts, own, params, macs, fields(drafts), strict=True)
    return tuple([_frozen(*each, whole) for each in numbers])


def _picture_size(drafts: Sequence[Draft]) -> tuple[int, int] | None:
    """Return the height and width of the network's input: what a call sees that sees all of it."""
    size = drafts[0].input_shapes[0][-2:] if drafts and drafts[0].input_shapes else ()
    return (size[0], size[1]) if len(size) == 2 else None


def _own_params(drafts: Sequence[Draft], modules: Named, hidden: Loose) -> list[int]:
    """Return the elements that each call counts: its module's, then those below it that no call holds.

    The second kind belongs to submodules whose forward never ran: auxiliary heads, a ParameterList, linear layers whose
    weights a function reads. The innermost module around them that did run counts them.
    """
    seen: set[int] = set()
    counts, rows = [0] * len(drafts), {}
    own = {id(module) for _path, module in modules}  # not a copy that forward made, which has the path of its pattern
    for draft in drafts:
        if draft.module is not None and id(draft.module) in own and draft.path not in rows:
            rows[draft.path] = draft.index
            counts[draft.index] += _count_new(draft.module._parameters.values(), seen)
    rest = [(path, module._parameters.values()) for path, module in modules if module._parameters]
    for path, parameters in (*rest, *((path, (each,)) for path, each in hidden)) if rows else ():
        if count := _count_new(parameters, seen):
            while path not in rows:
                path = path.rpartition(".")[0]
            counts[rows[path]] += count
    return counts


def _count_new(parameters: Iterable[nn.Parameter | None], seen: set[int]) -> int:
    count = 0
    for each in parameters:
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            count += elements(each)
    return count


def _frozen(draft: Draft, own: int, params: int, macs: int | None, field: Field, whole: tuple[int, int] | None) -> Call:
    return Call(
        index=draft.index,
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
        receptive_field=whole if field.status == "whole input" else field.size,
        receptive_field_status=field.status,
        settings=draft.settings,
        status=draft.status,
        reads_input=draft.reads_input,
        reads_unseen=draft.reads_unseen,
        later_outputs=draft.later_outputs,
        output_from=draft.output_from,
    )
