"""What a copy of a network shares with the one that it is of: functions and weak references that lead to its parts."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from types import CellType, FunctionType
from typing import Any

from torch import nn

_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_Copies = Mapping[int, nn.Module]  # of the modules of a network, by these modules' ids


def lead_to_copies(modules: Sequence[nn.Module], copies: Sequence[nn.Module]) -> None:
    """Let closures, hooks and weak references of ``copies``, in the order of ``modules``, lead to copies too.

    ``copy.deepcopy`` shares them: the user's own layers would run, and have no rows.
    """
    if len(modules) != len(copies):
        return
    made = {id(one): other for one, other in zip(modules, copies, strict=True)}
    for module in copies:
        holders: list[dict[Any, Any]] = [vars(module), *[vars(module).get(name, {}) for name in _HOOKS]]
        for held in holders:
            for name, value in list(held.items()):
                if (leading := _led(value, made)) is not value:
                    held[name] = leading


def _led(value: Any, copies: _Copies) -> Any:
    match value:
        case FunctionType(__closure__=tuple(cells)) if any(id(_content(cell)) in copies for cell in cells):
            return _of_cells(value, tuple(_copied_cell(cell, copies) for cell in cells))
        case weakref.ref() if id(value()) in copies:
            return weakref.ref(copies[id(value())])
        case weakref.WeakValueDictionary():
            return weakref.WeakValueDictionary({key: copies.get(id(each), each) for key, each in value.items()})
    return value


def _of_cells(function: FunctionType, cells: tuple[CellType, ...]) -> FunctionType:
    made = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, cells)
    made.__kwdefaults__, made.__qualname__ = function.__kwdefaults__, function.__qualname__
    vars(made).update(vars(function))
    return made


def _copied_cell(cell: CellType, copies: _Copies) -> CellType:
    copy = copies.get(id(_content(cell)))
    return cell if copy is None else CellType(copy)


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not yet set
        return None
