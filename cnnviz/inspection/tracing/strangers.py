"""Modules and parameters that a run read and that stand outside of the network: a closure's, a class's, the file's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from torch import nn

from cnnviz.inspection.report import Part
from cnnviz.inspection.tracing.values import elements
from cnnviz.inspection.tracing.within_reach import within_reach
from cnnviz.inspection.unused import part


def strangers(model: nn.Module, parameters: Iterable[nn.Parameter]) -> list[Part]:
    """Return the outermost modules that hold these parameters, and the parameters that none holds, by their names.

    ``model`` may be a copy, and its closures those of the network that it was copied from, which is no stranger.
    """
    wanted = {id(each): each for each in parameters}
    if not wanted:
        return []
    reached = [(name, each) for name, each in within_reach(model) if isinstance(each, nn.Module | nn.Parameter)]
    names = {id(each): name for name, each in reached}
    modules = [each for _name, each in reached if isinstance(each, nn.Module)]
    outer = {id(child): module for module in modules for child in module._modules.values() if child is not None}
    found: dict[int, nn.Module] = {}
    for module in modules:
        if held := wanted.keys() & {id(each) for each in module._parameters.values()}:
            root = _outermost(module, outer)
            found[id(root)] = root
            wanted = {key: each for key, each in wanted.items() if key not in held}
    outside = [part(names[id(each)], each) for each in found.values() if type(each) is not type(model)]
    alone = [Part(names.get(id(each), ""), "Parameter", elements(each)) for each in wanted.values()]
    return [each if each.path else replace(each, path=each.kind) for each in (*outside, *alone)]


def _outermost(module: nn.Module, outer: dict[int, nn.Module]) -> nn.Module:
    for _ in range(len(outer)):
        if id(module) not in outer:
            break
        module = outer[id(module)]
    return module
