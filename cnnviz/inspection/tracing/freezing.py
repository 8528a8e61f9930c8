"""From watched drafts to frozen calls: own and inclusive numbers. Every parameter is counted in exactly one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from cnnviz.inspection.call import Call
from cnnviz.inspection.receptive_field import Field, fields
from cnnviz.inspection.report import Held
from cnnviz.inspection.tracing.call_settings import module_settings
from cnnviz.inspection.tracing.draft import Draft
from cnnviz.inspection.tracing.modules import Loose, Named
from cnnviz.inspection.tracing.values import elements

_Counted = dict[int, tuple[int, nn.Parameter]]  # the call's index and the parameter, by its id


def freeze(drafts: Sequence[Draft], modules: Named, hidden: Loose) -> tuple[tuple[Call, ...], tuple[Held, ...]]:
    """Return the calls with their inclusive numbers, and which of their parameters others hold.

    Each parent's are the sum of its own and its children's.

    Args:
        drafts: what ran.
        modules: all of the network's, those too that never ran.
        hidden: parameters that no module registers.
    """
    for draft in drafts:
        if draft.module is not None:
            draft.settings = module_settings(draft.module)
    counted = _counted(drafts, modules, hidden)
    own = [0] * len(drafts)
    for row, each in counted.values():
        own[row] += elements(each)
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
    return tuple([_frozen(*each, whole) for each in numbers]), _held_elsewhere(drafts, modules, counted)


def _picture_size(drafts: Sequence[Draft]) -> tuple[int, int] | None:
    """Return the height and width of the network's input: what a call sees that sees all of it."""
    size = drafts[0].input_shapes[0][-2:] if drafts and drafts[0].input_shapes else ()
    return (size[0], size[1]) if len(size) == 2 else None


def _counted(drafts: Sequence[Draft], modules: Named, hidden: Loose) -> _Counted:
    """Return each parameter with the call that counts it: its module's, else one around those that hold it.

    The second kind belongs to submodules whose forward never ran: auxiliary heads, a ParameterList, linear layers whose
    weights a function reads. The innermost module around them that did run counts them.
    """
    counted: _Counted = {}
    rows: dict[str, int] = {}
    own = {id(module) for _path, module in modules}  # not a copy that forward made, which has the path of its pattern
    for draft in drafts:
        if draft.module is not None and id(draft.module) in own and draft.path not in rows:
            rows[draft.path] = draft.index
            _count_new(draft.module._parameters.values(), draft.index, counted)
    rest = [(path, module._parameters.values()) for path, module in modules if module._parameters]
    for path, parameters in (*rest, *((path, (each,)) for path, each in hidden)) if rows else ():
        while path not in rows:
            path = path.rpartition(".")[0]
        _count_new(parameters, rows[path], counted)
    return counted


def _count_new(parameters: Iterable[nn.Parameter | None], row: int, counted: _Counted) -> None:
    for each in parameters:
        if each is not None:
            counted.setdefault(id(each), (row, each))


def _held_elsewhere(drafts: Sequence[Draft], modules: Named, counted: _Counted) -> tuple[Held, ...]:
    holders: dict[int, list[str]] = {}
    for path, module in modules:
        for held_id in {id(each) for each in module._parameters.values() if each is not None}:
            holders.setdefault(held_id, []).append(path)
    found: dict[tuple[int, tuple[str, ...]], int] = {}
    for key, (row, each) in counted.items():
        held = tuple(holders.get(key, ()))
        if held != (drafts[row].path,):
            found[row, held] = found.get((row, held), 0) + elements(each)
    return tuple(Held(*where, params) for where, params in found.items() if params)


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
