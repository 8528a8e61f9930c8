"""All modules of a network, those too that PyTorch does not know of."""

from __future__ import annotations

import inspect
from collections import UserDict, UserList, deque
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

_PYTORCHS = frozenset(vars(nn.Module()))  # _modules, _parameters, hooks
_NO_CONTAINERS = frozenset({int, float, bool, str, bytes, type(None)})  # most of what there is, told fast
_BY_KEY = (dict, UserDict, MappingProxyType)
_BY_POSITION = (list, tuple, set, frozenset, deque, UserList)
_DEEPEST = 3  # containers in one another
Named = list[tuple[str, nn.Module]]
Loose = list[tuple[str, nn.Parameter]]
_T = TypeVar("_T")


def named_modules(model: nn.Module) -> Named:
    """Return (path, module) of every module, each once, as ``model.named_modules()`` does, outer before inner.

    Those in Python's own containers, and in classes made of these, are found too, which PyTorch does not register: it
    neither trains nor saves nor moves them.
    """
    found: Named = []
    _gather(model, "", set(), found)
    return found


def registered(model: nn.Module) -> list[nn.Module]:
    """Return what ``model.modules()`` lists, whatever a class of the user's makes of that name, or of being equal."""
    found: dict[int, nn.Module] = {}
    _register(model, found)
    return list(found.values())


def _register(module: nn.Module, found: dict[int, nn.Module]) -> None:
    if id(module) not in found:
        found[id(module)] = module
        for child in module._modules.values():
            if child is not None:
                _register(child, found)


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
    inside = {id(below) for _, module in modules if id(module) not in known for below in registered(module)[1:]}
    return [(path, module) for path, module in modules if id(module) not in known | inside]


def set_mode(model: nn.Module, training: bool) -> None:
    """Do what ``model.train(training)`` does.

    A ``train`` of the user's that takes a mode, as PyTorch's does, is called: it may keep some layers as they are. One
    that takes something else, a data set say, has the name alone in common.
    """
    modules = registered(model)
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


def unsized(modules: Named) -> list[str]:
    """Return the paths of the parameters whose size nobody knows: a lazy layer gets its own when it first runs."""
    return [
        f"{path}.{name}".lstrip(".")
        for path, module in modules
        for name, each in module._parameters.items()
        if each is not None and is_lazy(each)
    ]


def unregistered_parameters(modules: Named) -> Loose:
    """Return the parameters that only plain containers of a network's modules hold, each once."""
    seen = {id(each) for _path, module in modules for each in module._parameters.values()}
    found = []
    for path, module in modules:
        for name, each in _attributes(module, nn.Parameter):
            if id(each) not in seen:
                seen.add(id(each))
                found.append((f"{path}.{name}".lstrip("."), each))
    return found


def _gather(module: nn.Module, path: str, seen: set[int], found: Named) -> None:
    if id(module) in seen:
        return
    seen.add(id(module))
    found.append((path, module))
    prefix = f"{path}." if path else ""
    for name, child in module._modules.items():
        if child is not None:
            _gather(child, prefix + name, seen, found)
    for name, child in _attributes(module, nn.Module):
        _gather(child, prefix + name, seen, found)


def _attributes(module: nn.Module, wanted: type[_T]) -> list[tuple[str, _T]]:
    """Return what a module's attributes hold of a type, but for what PyTorch registers."""
    attributes = vars(module).items()
    own = {name: value for name, value in attributes if type(value) not in _NO_CONTAINERS and name not in _PYTORCHS}
    return _held(own, wanted, _DEEPEST + 1) if own else []


def _held(container: Any, wanted: type[_T], deepest: int) -> list[tuple[str, _T]]:
    """Return what is of a type in a container, and in containers in it."""
    found: list[tuple[str, _T]] = []
    for key, value in _items(container):
        if type(value) in _NO_CONTAINERS:
            continue
        if isinstance(value, wanted):
            found.append((str(key), value))
        elif deepest > 1 and isinstance(value, _BY_KEY + _BY_POSITION):
            found += [(f"{key}.{below}", each) for below, each in _held(value, wanted, deepest - 1)]
    return found


def _items(container: Any) -> Iterable[tuple[Any, Any]]:
    return list(container.items()) if isinstance(container, _BY_KEY) else enumerate(container)
