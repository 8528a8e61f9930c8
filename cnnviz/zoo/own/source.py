"""Which networks a Python file holds and what they ask for, read from its text: nothing in it is run. No torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.zoo.own.signature import Constants, options_of
from cnnviz.zoo.specs import InputShape, Option

_CLASSES_OF_TORCH = frozenset({"Module", "Sequential", "ModuleList", "LightningModule", "ScriptModule"})
_NAMESPACES = ("nn", "torch", "torchvision", "models", "timm")  # what they call returns a network, or may
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class SourceNetwork:
    """Something at the top level of a file that can be called for a network, or is one."""

    name: str
    line: int
    options: tuple[Option, ...]
    inputs: tuple[InputShape, ...]  # as the file declares them; (): it does not
    summary: str  # the docstring's first line
    looks_like_one: bool  # False: only its name says so
    uses: frozenset[str]  # names that its body mentions


def parse(content: bytes, file: Path) -> ast.Module:
    """Return the file's syntax tree.

    Raises:
        CnnvizError: it is no Python; the message has the line.
    """
    if b"\0" in content:
        raise CnnvizError(f"{file.name} is no text.", "Choose a file of Python source.")
    try:
        return ast.parse(content, str(file))
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise CnnvizError(f"{file.name}{where}: {error.msg}.", (error.text or "").strip()) from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        raise CnnvizError(f"{file.name} is no Python file: {reason}.", "Choose a file of Python source.") from error


def networks_in(tree: ast.Module) -> tuple[SourceNetwork, ...]:
    """Return every class, function and variable at the top level, in the file's order; imported names last."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    constants = _constants(tree.body)
    inputs = _declared_inputs(tree.body)
    found: dict[str, SourceNetwork] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = _of_class(node, classes, constants)
        elif isinstance(node, _Function):
            found[node.name] = _of_function(node, classes, constants)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            found[name] = SourceNetwork(name, node.lineno, (), (), "", _makes(node.value, classes), _names(node))
    for name, line in _imported(tree.body):
        found.setdefault(name, SourceNetwork(name, line, (), (), "", False, frozenset()))
    return tuple(each if each.inputs else replace(each, inputs=inputs) for each in found.values())


def offered(networks: tuple[SourceNetwork, ...]) -> tuple[SourceNetwork, ...]:
    """Return those that look like networks and are no part of another one; all that look so where none is left."""
    likely = tuple(each for each in networks if each.looks_like_one and not each.name.startswith("_"))
    parts = {name for each in networks if each.looks_like_one for name in each.uses - {each.name}}
    return tuple(each for each in likely if each.name not in parts) or likely


def _of_class(node: ast.ClassDef, classes: dict[str, ast.ClassDef], constants: Constants) -> SourceNetwork:
    lineage = list(_lineage(node, classes))
    inits = (_method(base, "__init__") for base in lineage)
    init = next((each for each in inits if each is not None), None)
    inputs = next((found for base in lineage if (found := _declared_inputs(base.body))), ())
    likely = any(_is_network_class(base) for base in lineage)
    return SourceNetwork(
        node.name, node.lineno, options_of(init, constants, method=True), inputs, _summary(node), likely, _names(node)
    )


def _of_function(node: _Function, classes: dict[str, ast.ClassDef], constants: Constants) -> SourceNetwork:
    annotated = node.returns is not None and _last_name(node.returns) in _CLASSES_OF_TORCH | classes.keys()
    made = {
        each.targets[0].id
        for each in ast.walk(node)
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) and _makes(each.value, classes)
    }
    returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None]
    makes = any(_makes(each, classes) or (isinstance(each, ast.Name) and each.id in made) for each in returned)
    options = options_of(node, constants, method=False)
    return SourceNetwork(node.name, node.lineno, options, (), _summary(node), annotated or makes, _names(node))


def _lineage(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """Yield a class and its bases in the same file, the nearest first."""
    waiting, seen = [node], set()
    while waiting:
        current = waiting.pop(0)
        if current.name not in seen:
            seen.add(current.name)
            yield current
            waiting += [classes[name] for base in current.bases if (name := _last_name(base)) in classes]


def _is_network_class(node: ast.ClassDef) -> bool:
    if any(_last_name(base) in _CLASSES_OF_TORCH or _root(base) in _NAMESPACES for base in node.bases):
        return True
    return bool(node.bases) and _method(node, "forward") is not None


def _makes(value: ast.expr, classes: dict[str, ast.ClassDef]) -> bool:
    """True for a call of one of the file's network classes or of something in torch.nn or torchvision."""
    if not isinstance(value, ast.Call):
        return False
    name = _last_name(value.func)
    if isinstance(value.func, ast.Name) and name in classes:
        return any(_is_network_class(base) for base in _lineage(classes[name], classes))
    inside = _dotted(value.func)
    networks = inside[:1] and inside[0] in _NAMESPACES and inside[0] != "torch"
    return name in _CLASSES_OF_TORCH or bool(networks) or inside[:2] == ["torch", "nn"]


def _method(node: ast.ClassDef, name: str) -> _Function | None:
    return next((each for each in node.body if isinstance(each, _Function) and each.name == name), None)


def _constants(body: list[ast.stmt]) -> Constants:
    """Return the literals that a file gives names to: ``WIDTH = 64``."""
    found: Constants = {}
    for name, value in _assignments(body):
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    return found


def _declared_inputs(body: list[ast.stmt]) -> tuple[InputShape, ...]:
    """Return what ``input_shape = (1, 28, 28)`` of a file or class says, or ``((1, 28, 28), (10,))`` for two inputs."""
    declared = _constants(body).get("input_shape")
    if not isinstance(declared, tuple | list) or not declared:
        return ()
    shapes = declared if isinstance(declared[0], tuple | list) else (declared,)
    return tuple(map(tuple, shapes)) if all(_is_shape(each) for each in shapes) else ()


def _is_shape(value: object) -> bool:
    return isinstance(value, tuple | list) and bool(value) and all(type(size) is int and size > 0 for size in value)


def _assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def _imported(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, node.lineno) for each in node.names)


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _summary(node: ast.ClassDef | _Function) -> str:
    return (ast.get_docstring(node) or "").strip().partition("\n")[0]


def _dotted(node: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) else parts


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]
    return (_dotted(node) or [""])[-1]


def _root(node: ast.expr) -> str:
    return (_dotted(node) or [""])[0]
