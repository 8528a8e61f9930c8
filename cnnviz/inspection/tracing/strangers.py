"""Modules and parameters that a run read and that stand outside of the network: a closure's, a class's, the file's."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import replace
from types import CellType, FunctionType
from typing import Any

from torch import nn

from cnnviz.inspection.report import Part
from cnnviz.inspection.tracing.values import elements
from cnnviz.inspection.unused import part


def strangers(model: nn.Module, parameters: Iterable[nn.Parameter]) -> list[Part]:
    """Return the outermost modules that hold these parameters, and the parameters that none holds, by their names.

    ``model`` may be a copy, and its closures those of the network that it was copied from, which is no stranger.
    """
    wanted = {id(each): each for each in parameters}
    if not wanted:
        return []
    modules = [each for each in gc.get_objects() if issubclass(type(each), nn.Module)]
    outer = {id(child): module for module in modules for child in module._modules.values() if child is not None}
    found: dict[int, nn.Module] = {}
    for module in modules:
        if held := wanted.keys() & {id(each) for each in module._parameters.values()}:
            root = _outermost(module, outer)
            found[id(root)] = root
            wanted = {key: each for key, each in wanted.items() if key not in held}
    outside = [part(_name(each), each) for each in found.values() if type(each) is not type(model)]
    alone = [Part(_name(each), "Parameter", elements(each)) for each in wanted.values()]
    return [each if each.path else replace(each, path=each.kind) for each in (*outside, *alone)]


def _outermost(module: nn.Module, outer: dict[int, nn.Module]) -> nn.Module:
    for _ in range(len(outer)):
        if id(module) not in outer:
            break
        module = outer[id(module)]
    return module


def _name(thing: nn.Module | nn.Parameter) -> str:
    """Return what somebody who holds it calls it; "": nobody does by a name."""
    for holder in gc.get_referrers(thing):
        named = holder if isinstance(holder, dict) else _closed_over(holder)
        named = named or getattr(holder, "__dict__", {})
        for name, value in list(named.items()):
            if value is thing and isinstance(name, str):
                return name
    return ""


def _closed_over(cell: Any) -> dict[str, Any]:
    """Return the variable that a cell holds, by its name in a function."""
    if not isinstance(cell, CellType):
        return {}
    functions = [each for closure in gc.get_referrers(cell) for each in gc.get_referrers(closure)]
    for function in functions:
        if isinstance(function, FunctionType) and cell in (function.__closure__ or ()):
            at = (function.__closure__ or ()).index(cell)
            return {function.__code__.co_freevars[at]: cell.cell_contents}
    return {}
