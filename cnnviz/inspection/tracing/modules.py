"""All modules of a network, those too that PyTorch does not know of."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from torch import nn

_PYTORCHS = frozenset(vars(nn.Module()))  # _modules, _parameters, hooks
_PLAIN = frozenset({list, tuple, dict})
_DEEPEST = 3  # containers in one another
Named = list[tuple[str, nn.Module]]


def named_modules(model: nn.Module) -> Named:
    """Return (path, module) of every module, each once, as ``model.named_modules()`` does, outer before inner.

    Those in plain lists, tuples and dictionaries are found too, which PyTorch does not register: it neither trains nor
    saves nor moves them.
    """
    found: Named = []
    _gather(model, "", set(), found)
    return found


def unregistered(modules: Named) -> Named:
    """Return those of a network's modules that only plain containers hold, without what is inside of them."""
    known = {id(module) for module in nn.Module.modules(modules[0][1])}
    inside = {
        id(below) for _, module in modules if id(module) not in known for below in list(nn.Module.modules(module))[1:]
    }
    return [(path, module) for path, module in modules if id(module) not in known | inside]


def set_mode(model: nn.Module, training: bool) -> None:
    """Do what ``model.train(training)`` does.

    A ``train`` of the user's that takes a mode, as PyTorch's does, is called: it may keep some layers as they are. One
    that takes something else, a data set say, has the name alone in common.
    """
    modules = list(nn.Module.modules(model))
    for module in modules:
        vars(module)["training"] = training
    for module in reversed(modules):  # the outer ones decide
        if _takes_mode(type(module).train):
            module.train(training)


@cache
def _takes_mode(train: Any) -> bool:
    if train is nn.Module.train:
        return False
    try:
        return "mode" in inspect.signature(train).parameters
    except (TypeError, ValueError):  # no function, or one written in C
        return False


def _gather(module: nn.Module, path: str, seen: set[int], found: Named) -> None:
    if id(module) in seen:
        return
    seen.add(id(module))
    found.append((path, module))
    prefix = f"{path}." if path else ""
    for name, child in module._modules.items():
        if child is not None:
            _gather(child, prefix + name, seen, found)
    for name, value in vars(module).items():
        if type(value) in _PLAIN and name not in _PYTORCHS:
            for below, child in _held(value, _DEEPEST):
                _gather(child, f"{prefix}{name}.{below}", seen, found)


def _held(container: Any, deepest: int) -> Named:
    """Return the modules in a container, and in containers in it."""
    found: Named = []
    for key, value in container.items() if isinstance(container, dict) else enumerate(container):
        if isinstance(value, nn.Module):
            found.append((str(key), value))
        elif type(value) in _PLAIN and deepest > 1:
            found += [(f"{key}.{below}", module) for below, module in _held(value, deepest - 1)]
    return found
