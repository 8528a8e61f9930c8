"""What a network reaches by references: its parts, and what its code closes over or names.

It is walked from the network, and not searched for among all objects there are: ``gc.get_objects`` and
``gc.get_referrers`` hold for a moment what another thread is just freeing, and end the process when that is a widget.
"""

from __future__ import annotations

import builtins
import gc
import sys
import sysconfig
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any

from torch import Tensor, nn

Named = Iterable[tuple[str, Any]]

_CORE = {"torch", "torchvision", "numpy", "PIL", "PySide6", "shiboken6", "pyqtgraph"}
_HOLDERS = {"builtins", "functools", "collections", "types", "itertools"}  # whose objects hold others
_ATOMS = (str, bytes, int, float, complex, type(None))
_STANDARD = tuple([sysconfig.get_path(name) for name in ("stdlib", "platstdlib")])
_INSTALLED = (
    *_STANDARD,
    *[sysconfig.get_path(name) for name in ("purelib", "platlib")],
    str(Path(__file__).parents[2]),
)


def within_reach(*roots: object) -> Iterator[tuple[str, Any]]:
    """Yield all that these reach, each once, with the name that its holder has for it; "" where it has none.

    What is installed is not walked through, but for what a network's own parts hold and the modules that define them.
    """
    walk, seen = deque([("", root) for root in roots]), {}
    while walk:
        name, thing = walk.popleft()
        if id(thing) in seen or isinstance(thing, _ATOMS):
            continue
        seen[id(thing)] = thing  # held, so that no other gets its address
        yield name, thing
        walk.extend(_held_by(thing))


def kept_by_torch() -> list[Tensor]:
    """Return the tensors that modules of PyTorch's hold by a name."""
    modules = [each for name, each in list(sys.modules.items()) if name.partition(".")[0] == "torch"]
    held = [value for each in modules for value in list(getattr(each, "__dict__", {}).values())]
    return [each for each in held if issubclass(type(each), Tensor)]


def _held_by(thing: Any) -> Named:
    match thing:
        case dict():
            named = [(key if isinstance(key, str) else "", value) for key, value in list(dict.items(thing))]
            return [each for each in named if each[0] != "__builtins__"]
        case list() | tuple() | set() | frozenset() | deque():
            return [("", each) for each in list(thing)]
        case FunctionType():
            return _of_function(thing)
        case MethodType():
            return [("", thing.__self__), ("", thing.__func__)]
        case ModuleType():
            return [("", vars(thing))] if _is_own(vars(thing)) else []
        case weakref.ref():
            return [("", thing())]
        case type():
            return _of_class(thing) if _is_own(_globals(thing)) else []
        case _:
            return _of_instance(thing)


def _of_function(function: FunctionType) -> Named:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    yield from [(name, value) for name, cell in cells for value in _content(cell)]
    yield from [("", function.__defaults__), ("", function.__kwdefaults__), ("", vars(function))]
    if _is_own(function.__globals__):
        yield "", function.__globals__


def _content(cell: CellType) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:  # not yet set
        return []


def _of_class(kind: type) -> Named:
    return [*[(name, value) for name, value in list(vars(kind).items())], *[("", base) for base in kind.__bases__]]


def _of_instance(thing: Any) -> Named:
    kind = type(thing)
    is_part = isinstance(thing, Tensor | nn.Module)
    if not is_part and kind.__module__ in _HOLDERS:
        yield from [("", each) for each in gc.get_referents(thing) if not isinstance(each, type)]
    if not is_part and _is_core(kind):
        return
    yield from list(_attributes(thing).items())
    if isinstance(thing, nn.Parameter):
        yield "", thing.grad
    if not isinstance(thing, Tensor):
        yield from [("", each) for each in gc.get_referents(thing) if not isinstance(each, type)]
    for each in kind.__mro__:
        if not _is_core(each):
            yield from _of_class(each)
            yield "", _globals(each)


def _attributes(thing: Any) -> dict[str, Any]:
    try:
        held = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def _globals(kind: type) -> Mapping[str, Any]:
    """Return the names of the file that defines a class."""
    for each in list(vars(kind).values()):
        if isinstance(each, FunctionType) and each.__module__ == kind.__module__:
            return each.__globals__
    return vars(sys.modules.get(kind.__module__, builtins))


def _is_core(kind: type) -> bool:
    """True for what PyTorch, Qt and Python themselves are made of."""
    return kind.__module__.partition(".")[0] in _CORE | _HOLDERS or _lies_in(_STANDARD, _globals(kind))


def _is_own(names: Mapping[str, Any]) -> bool:
    """True for the names of a file of the user's; what is typed into an interpreter has none."""
    if "__file__" in names:
        return not _lies_in(_INSTALLED, names)
    return names.get("__name__") not in sys.builtin_module_names


def _lies_in(folders: tuple[str, ...], names: Mapping[str, Any]) -> bool:
    file = names.get("__file__")
    return names is vars(builtins) or (isinstance(file, str) and file.startswith(folders))
