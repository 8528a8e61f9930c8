"""Which networks a file holds and what they ask for, told by the module that it makes when it is run."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType

from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.foreign.homes import PREFIX, Home
from cnnviz.zoo.inputs import Input, inputs_of
from cnnviz.zoo.own.signature import options_of_call
from cnnviz.zoo.own.source import SourceNetwork, networks_in

_MAKERS = ("torchvision.models", "timm")  # packages whose functions return networks


def networks_of(
    module: ModuleType, home: Home, text: tuple[SourceNetwork, ...], wanted: str = ""
) -> tuple[SourceNetwork, ...]:
    """Return every network of a module, and every callable that may make one, in the module's order.

    Args:
        module: what the file made.
        home: where it found what it imports.
        text: what its text tells.
        wanted: a name that the module may make when it is asked for, as those of its ``__all__`` (PEP 562).
    """
    by_name = {each.name: each for each in text}
    inputs = _inputs(module)
    found: list[SourceNetwork] = []
    with home.entered():
        asked = {name: value_of(module, name) for name in (*_listed(module), wanted) if name not in vars(module)}
        for name, value in [*vars(module).items(), *asked.items()]:
            if isinstance(value, nn.Module) or (callable(value) and not name.startswith("__")):
                found.append(_network(name, value, by_name.get(name), home, inputs))
    return tuple(found)


def value_of(module: ModuleType, name: str) -> object:
    """Return what a module has by this name, dotted or not, or makes by it; None where it refuses."""
    try:
        return functools.reduce(getattr, name.split("."), module)
    except Exception:  # whatever a ``__getattr__`` of theirs may raise
        return None


def _listed(module: ModuleType) -> list[str]:
    listed = vars(module).get("__all__", ())
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list | tuple | set) else []


def _network(
    name: str, value: object, text: SourceNetwork | None, home: Home, inputs: tuple[Input, ...]
) -> SourceNetwork:
    is_network = isinstance(value, nn.Module)
    told = text if is_network or (text is not None and text.is_told) else _written(value, home) or text
    return SourceNetwork(
        name,
        line=text.line if text is not None else 1,
        options=() if is_network else options_of_call(value),
        inputs=_inputs(value) or inputs,
        summary=told.summary if told is not None else "",
        looks_like_one=is_network or _makes_networks(value, told, home),
        uses=told.uses if told is not None else frozenset(),
    )


def _makes_networks(value: object, told: SourceNetwork | None, home: Home) -> bool:
    if isinstance(value, functools.partial):
        return _is_maker(value.func) or _makes_networks(value.func, _written(value.func, home), home)
    if isinstance(value, type):
        return issubclass(value, nn.Module) and _is_theirs(value, home)
    return told is not None and told.looks_like_one


def _is_maker(value: object) -> bool:
    """True of PyTorch's classes of networks too: a partial of one is somebody's own choice."""
    module = str(getattr(value, "__module__", ""))
    return (isinstance(value, type) and issubclass(value, nn.Module)) or module.startswith(_MAKERS)


def _is_theirs(value: object, home: Home) -> bool:
    module = str(getattr(value, "__module__", ""))
    return module.startswith(PREFIX) or module in home.modules


def _written(value: object, home: Home) -> SourceNetwork | None:
    """Return what the text of a class or function of theirs tells of it, in whichever of their files it stands."""
    unwrapped = inspect.unwrap(value) if isinstance(value, Callable) else value  # type: ignore[arg-type]  # mypy takes Callable for no class
    if not (inspect.isfunction(unwrapped) or inspect.isclass(unwrapped)) or not _is_theirs(unwrapped, home):
        return None
    try:
        found = networks_in(ast.parse(textwrap.dedent(inspect.getsource(unwrapped))))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    return found[0] if found else None


def _inputs(holder: object) -> tuple[Input, ...]:
    """Return what ``input_shape`` of a module or class says; () where it says nothing that can be read."""
    declared = getattr(holder, "input_shape", None)
    try:
        return () if declared is None or callable(declared) else inputs_of(declared)
    except CnnvizError:
        return ()
