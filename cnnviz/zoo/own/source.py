"""Which networks a file's code holds and what they ask for, read from its syntax: nothing in it is run. No torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cnnviz.errors import CnnvizError
from cnnviz.zoo.inputs import Input, inputs_of
from cnnviz.zoo.own.signature import Constants, options_of
from cnnviz.zoo.specs import Option

_CLASSES_OF_TORCH = frozenset({"Module", "Sequential", "ModuleList", "LightningModule", "ScriptModule"})
_NAMESPACES = ("nn", "torch", "torchvision", "models", "timm")  # what they call returns a network, or may
_MAKES_NAMES = frozenset({"globals", "exec", "vars", "locals", "setattr", "__getattr__"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class SourceNetwork:
    """Something at the top level of a file that can be called for a network, or is one."""

    name: str
    line: int
    options: tuple[Option, ...]
    inputs: tuple[Input, ...]  # as the file declares them; (): it does not
    summary: str  # the docstring's first line
    looks_like_one: bool  # False: only its name says so
    uses: frozenset[str]  # names that its body mentions
    is_told: bool = True  # False: the text does not say all of this, running the file would


def networks_in(tree: ast.Module) -> tuple[SourceNetwork, ...]:
    """Return every class, function and variable of the file itself, in its order; imported names last."""
    body = list(top_level(tree.body))
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    constants = _constants(body)
    inputs, is_told = _declared_inputs(body, constants)
    found: dict[str, SourceNetwork] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = _of_class(node, classes, constants)
        elif isinstance(node, _Function):
            found[node.name] = _of_function(node, classes, constants)
        for name, value, annotation in _assignments(node):
            found[name] = _of_value(name, node, value, annotation, classes)
    for name, line in _imported(body):
        found.setdefault(name, SourceNetwork(name, line, (), (), "", False, frozenset(), False))
    return tuple(
        each if each.inputs else replace(each, inputs=inputs, is_told=each.is_told and is_told)
        for each in found.values()
    )


def tells_all(tree: ast.Module) -> bool:
    """Return whether every name of the file stands in its text: none comes by ``*``, ``exec`` or ``globals()``."""
    nodes = list(ast.walk(tree))
    stars = any(isinstance(each, ast.ImportFrom) and each.names[0].name == "*" for each in nodes)
    used = {each.id for each in nodes if isinstance(each, ast.Name)}
    made = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    return not stars and not (used | made) & _MAKES_NAMES


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements whose names are the file's own: those below ``if``, ``try``, ``with`` and ``for`` too."""
    for node in body:
        yield node
        if not isinstance(node, ast.ClassDef | _Function):
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                yield from top_level(getattr(node, field, []))


def offered(networks: tuple[SourceNetwork, ...]) -> tuple[SourceNetwork, ...]:
    """Return those that look like networks and are no part of another one; all that look so where none is left."""
    likely = tuple(each for each in networks if each.looks_like_one and not each.name.startswith("_"))
    parts = {name for each in networks if each.looks_like_one for name in each.uses - {each.name}}
    return tuple(each for each in likely if each.name not in parts) or likely


def _of_class(node: ast.ClassDef, classes: dict[str, ast.ClassDef], constants: Constants) -> SourceNetwork:
    lineage = list(_lineage(node, classes))
    inits = (_method(base, "__init__") for base in lineage)
    init = next((each for each in inits if each is not None), None)
    inputs = next((found for base in lineage if (found := _declared_inputs(base.body, constants)[0])), ())
    likely = any(_is_network_class(base) for base in lineage)
    options = options_of(init, constants, method=True)
    is_told = not node.decorator_list and (init is not None or all(_takes_nothing(each, classes) for each in lineage))
    return SourceNetwork(node.name, node.lineno, options, inputs, _summary(node), likely, _names(node), is_told)


def _takes_nothing(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    """True of a class without ``__init__`` whose bases outside the file are PyTorch's, which take no options either."""
    return all(_last_name(base) in _CLASSES_OF_TORCH | classes.keys() for base in node.bases)


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
    likely, is_told = annotated or makes, not node.decorator_list
    return SourceNetwork(node.name, node.lineno, options, (), _summary(node), likely, _names(node), is_told)


def _of_value(
    name: str, node: ast.stmt, value: ast.expr | None, annotation: ast.expr | None, classes: dict[str, ast.ClassDef]
) -> SourceNetwork:
    makes = value is not None and _makes(value, classes)
    likely = makes or (annotation is not None and _last_name(annotation) in _CLASSES_OF_TORCH | classes.keys())
    return SourceNetwork(name, node.lineno, (), (), "", likely, _names(value or node), makes or _is_plain(value))


def _is_plain(value: ast.expr | None) -> bool:
    """True for a number, a text, a list: no network, and nothing that makes one."""
    return isinstance(value, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Set | ast.JoinedStr)


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
    for name, value, _annotation in (each for node in body for each in _assignments(node)):
        try:
            found[name] = ast.literal_eval(value) if value is not None else None
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            found.pop(name, None)
    return found


def _declared_inputs(body: list[ast.stmt], constants: Constants) -> tuple[tuple[Input, ...], bool]:
    """Return what ``input_shape = (1, 28, 28)`` of a file or class says, and whether its text says it.

    ``((1, 28, 28), (10,))`` are two inputs, ``(12, "int64")``, ``(12, torch.int64)`` and ``"12:int64"`` say the kind of
    number too.
    """
    values = [value for node in body for name, value, _ in _assignments(node) if name == "input_shape"]
    if not values:
        return (), True
    try:
        return inputs_of(_literal(values[-1], constants)), True
    except ValueError:
        return (), False
    except CnnvizError:
        return (), True


def _literal(node: ast.expr | None, constants: Constants) -> object:
    """Return the value of a literal with constants of the file and PyTorch's kinds of number in it."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Tuple(elts) | ast.List(elts):
            return tuple(_literal(each, constants) for each in elts)
        case ast.Name(name) if name in constants:
            return constants[name]
        case ast.Attribute(ast.Name("torch"), kind):
            return f"torch.{kind}"
    raise ValueError("no literal")


def _assignments(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """Yield each name that a statement assigns to, with its value and annotation where these can be told."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        if node.value is not None:
            yield node.target.id, node.value, node.annotation
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from ((name, value, None) for name, value in _pairs(target, node.value))


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts) else None
        for at, each in enumerate(target.elts):
            yield from _pairs(each, parts[at] if parts is not None else None)


def _imported(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, node.lineno) for each in node.names if each.name != "*")


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
