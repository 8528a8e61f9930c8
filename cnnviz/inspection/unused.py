"""Which parts of a module a forward pass left out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from cnnviz.inspection import macs
from cnnviz.inspection.report import Part
from cnnviz.inspection.tracing.draft import Draft
from cnnviz.inspection.tracing.modules import parameters_of, walked
from cnnviz.inspection.tracing.values import elements

_HOLDERS = (nn.ParameterList, nn.ParameterDict)  # they hold parameters for others and are never called


def never_ran(modules: Sequence[nn.Module], drafts: Sequence[Draft]) -> tuple[Part, ...]:
    """Return the largest parts with parameters of which nothing ran, given all modules, the network itself first.

    A module under one that computes with functions is left out: Swin hands the weights of layers that it never calls
    to ``F.linear``, and so does attention. Some parts may be missed so, none is named that ran.
    """
    ran = {id(draft.module) for draft in drafts if draft.module is not None}
    if all(id(module) in ran or not _has_own(module) for module in modules):
        return ()
    shared = {id(each) for module in modules if id(module) in ran for each in module._parameters.values()}
    computing = {draft.parent for draft in drafts if draft.module is None and draft.self_macs != 0}
    lenders = {id(drafts[index].module) for index in computing if index is not None}
    return tuple(_parts(modules[0], "", ran, shared, lenders, set()))


def part(path: str, module: nn.Module) -> Part:
    """Return what a report says of a module."""
    return Part(path, type(module).__name__, sum(elements(each) for each in parameters_of(module)))


def _parts(
    module: nn.Module, path: str, ran: set[int], shared: set[int], lenders: set[int], seen: set[int]
) -> list[Part]:
    """``seen``: modules that stand further out, of which this may be one: a part that knows what it is a part of."""
    opaque = isinstance(module, torch.jit.ScriptModule) or macs.is_atom(module)
    if id(module) in lenders or id(module) in seen or (opaque and id(module) in ran):
        return []
    parts = []
    seen.add(id(module))
    for name, child in module._modules.items():
        if child is None or isinstance(child, _HOLDERS):
            continue
        below = f"{path}.{name}".lstrip(".")
        if any(id(each) in ran for each in walked(child)):
            parts += _parts(child, below, ran, shared, lenders, seen)
            continue
        parameters = parameters_of(child)
        if any(id(each) in shared for each in parameters):
            parts += _parts(child, below, ran, shared, lenders, seen)
        elif parameters:
            parts.append(part(below, child))
    return parts


def _has_own(module: nn.Module) -> bool:
    return any(each is not None for each in module._parameters.values())
