"""All modules of a network, those too that PyTorch does not know of."""

from __future__ import annotations

import inspect
from collections import UserDict, UserList, deque
from collections.abc import Iterable, Iterator
from functools import cache
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

_PYTORCHS = frozenset(vars(nn.Module()))  # _modules, _parameters, hooks
_PLAIN = frozenset({int, float, bool, str, bytes, type(None)})  # most of what there is, told fast
_OF_PLAIN = (tuple, list)  # and what holds the rest of it: kernel sizes
_BY_KEY = (dict, UserDict, MappingProxyType)
_BY_POSITION = (list, tuple, set, frozenset, deque, UserList)
_DEEPEST = 3  # containers in one another
Named = list[tuple[str, nn.Module]]
Loose = list[tuple[str, nn.Parameter]]
Held = list[tuple[str, nn.Module | nn.Parameter]]


def named_modules(model: nn.Module) -> Named:
    """Return (path, module) of every module, each once, as ``model.named_modules()`` does, outer before inner.

    Those in Python's own containers, and in classes made of these, are found too, which PyTorch does not register: it
    neither trains nor saves nor moves them.
    """
    return modules_and_loose(model)[0]


def modules_and_loose(model: nn.Module) -> tuple[Named, Loose]:
    """Return ``named_modules(model)`` and the parameters that only plain containers of these hold, each once."""
    found: Named = []
    held: Loose = []
    _gather(model, "", set(), found, held)
    seen = {id(each) for _path, module in found for each in module._parameters.values()} if held else set()
    loose = []
    for path, each in held:
        if id(each) not in seen:
            seen.add(id(each))
            loose.append((path, each))
    return found, loose


def registered(model: nn.Module) -> list[nn.Module]:
    """Return what ``model.modules()`` lists, whatever a class of the user's makes of that name, or of being equal."""
    return list(walked(model))


def walked(model: nn.Module) -> Iterator[nn.Module]:
    """Yield what ``registered`` returns, for those who may have seen enough."""
    seen: set[int] = set()
    waiting: list[nn.Module | None] = [model]
    while waiting:
        module = waiting.pop()
        if module is not None and id(module) not in seen:
            seen.add(id(module))
            yield module
            waiting += reversed(module._modules.values())


def parameters_of(model: nn.Module) -> list[nn.Parameter]:
    """Return what ``model.parameters()`` lists, see ``registered``."""
    held = [each for module in registered(model) for each in module._parameters.values() if each is not None]
    return list({id(each): each for each in held}.values())


def buffers_of(model: nn.Module) -> list[Tensor]:
    """Return what ``model.buffers()`` lists, see ``registered``."""
    held = [each for module in registered(model) for each in module._buffers.values() if each is not None]
    return list({id(each): each for each in held}.values())


def unregistered(modules: Named) -> Named:
    """Return those of a network's modules that only plain containers hold, without what is inside of them."""
    known = {id(module) for module in registered(modules[0][1])}
    others = [(path, module) for path, module in modules if id(module) not in known]
    inside = {id(below) for _path, module in others for below in registered(module)[1:]}
    return [(path, module) for path, module in others if id(module) not in inside]


def set_mode(model: nn.Module, training: bool) -> None:
    """Do what ``model.train(training)`` does.

    A ``train`` of the user's that takes a mode, as PyTorch's does, is called: it may keep some layers as they are. One
    that takes something else, a data set say, has the name alone in common.
    """
    modules = registered(model)
    for module in modules:
        set_flag(module, training)
    for module in reversed(modules):  # the outer ones decide
        if _takes_mode(type(module).train):
            module.train(training)


def set_flag(module: nn.Module, training: bool) -> None:
    """Say of this module alone which mode it is in, past what a class of the user's makes of that."""
    if isinstance(module, torch.jit.ScriptModule):  # which has its own, that Python's would only hide
        module.training = training
    else:
        vars(module)["training"] = training


@cache
def _takes_mode(train: Any) -> bool:
    if train is nn.Module.train:
        return False
    try:
        return "mode" in inspect.signature(train).parameters
    except (TypeError, ValueError):  # no function, or one written in C
        return False


def unsized(modules: Named) -> list[str]:
    """Return the paths of the parameters whose size nobody knows: a lazy layer gets its own when it first runs."""
    return [
        f"{path}.{name}".lstrip(".")
        for path, module in modules
        for name, each in module._parameters.items()
        if each is not None and is_lazy(each)
    ]


def _gather(module: nn.Module, path: str, seen: set[int], found: Named, held: Loose) -> None:
    if id(module) in seen:
        return
    seen.add(id(module))
    found.append((path, module))
    prefix, attributes = f"{path}." if path else "", _attributes(module)
    held += [(prefix + name, each) for name, each in attributes if isinstance(each, nn.Parameter)]
    for name, child in (*module._modules.items(), *attributes):
        if isinstance(child, nn.Module):
            _gather(child, prefix + name, seen, found, held)


def _attributes(module: nn.Module) -> Held:
    """Return the modules and parameters that a module's attributes hold, but for what PyTorch registers."""
    own = {name: value for name, value in vars(module).items() if name not in _PYTORCHS}
    return _held(own, _DEEPEST + 1) if own else []


def _held(container: Any, deepest: int) -> Held:
    """Return the modules and parameters in a container, and in containers in it."""
    found: Held = []
    for key, value in _items(container):
        kind = type(value)
        if kind in _PLAIN or (kind in _OF_PLAIN and _PLAIN.issuperset(map(type, value))):
            continue
        if isinstance(value, nn.Module | nn.Parameter):
            found.append((str(key), value))
        elif deepest > 1 and isinstance(value, _BY_KEY + _BY_POSITION):
            found += [(f"{key}.{below}", each) for below, each in _held(value, deepest - 1)]
    return found


def _items(container: Any) -> Iterable[tuple[Any, Any]]:
    return list(container.items()) if isinstance(container, _BY_KEY) else enumerate(container)
