"""The options that a callable's signature leaves open, read from its syntax tree, or from itself. No torch."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from cnnviz.zoo.specs import Option, OptionKind, OptionValue

Constants = dict[str, object]  # what a file's module-level names stand for

_LIMIT = 1_000_000_000
_CHANNELS = frozenset(
    {"in_channels", "in_ch", "in_chans", "channels", "num_channels", "n_channels", "input_channels", "img_channels"}
)
_CLASSES = frozenset({"num_classes", "n_classes", "classes", "num_outputs", "num_labels", "nclasses"})
_SIMPLE: dict[str, OptionKind] = {"int": "int", "float": "float", "bool": "bool", "str": "text"}


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    annotation: ast.expr | None
    default: object  # _NONE: the parameter has none; _UNREADABLE: not a number, text, True or False


_NONE, _UNREADABLE = object(), object()


def options_of(
    function: ast.FunctionDef | ast.AsyncFunctionDef | None, constants: Constants, method: bool
) -> tuple[Option, ...]:
    """Return an option for each parameter that a number, a text, True or False can be given to.

    A parameter whose default is something else, such as a tuple, a class or None, keeps it.
    """
    if function is None:
        return ()
    return _options(_parameters(function.args, constants)[1 if method else 0 :])


def options_of_call(callable_: object) -> tuple[Option, ...]:
    """Return the same of a class, function or partial that is there; () where it does not tell its signature."""
    try:
        parameters = inspect.signature(callable_).parameters.values()  # type: ignore[arg-type]  # what is none raises TypeError
    except (TypeError, ValueError):
        return ()
    named = [each for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    return _options([_Parameter(each.name, _annotation(each.annotation), _readable(each.default)) for each in named])


def _options(parameters: list[_Parameter]) -> tuple[Option, ...]:
    made = (_option(parameter) for parameter in parameters)
    return tuple(option for option in made if option is not None)


def _annotation(annotation: object) -> ast.expr | None:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    try:
        return None if annotation is inspect.Parameter.empty else ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _readable(default: object) -> object:
    if default is inspect.Parameter.empty:
        return _NONE
    return default if isinstance(default, bool | int | float | str) else _UNREADABLE


def _parameters(arguments: ast.arguments, constants: Constants) -> list[_Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    pairs = zip(positional, [None] * missing + list(arguments.defaults), strict=True)
    keyword = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [_Parameter(each.arg, each.annotation, _value(default, constants)) for each, default in (*pairs, *keyword)]


def _value(default: ast.expr | None, constants: Constants) -> object:
    if default is None:
        return _NONE
    if isinstance(default, ast.Name):
        value = constants.get(default.id, _UNREADABLE)
    else:
        try:
            value = ast.literal_eval(default)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return _UNREADABLE
    return value if value is _NONE else _readable(value)


def _option(parameter: _Parameter) -> Option | None:
    if parameter.default is _UNREADABLE:
        return None
    literal = _literal_choices(parameter.annotation)
    default = _usual(parameter.name) if parameter.default is _NONE else parameter.default
    assert default is None or isinstance(default, bool | int | float | str)
    if literal and all(isinstance(each, str) for each in literal):
        return _made(parameter.name, "choice", default if default is not None else literal[0], choices=literal)
    if literal and all(type(each) is int for each in literal):
        return _made(parameter.name, "int", default if default is not None else literal[0], allowed=literal)
    return _made(parameter.name, _kind(parameter.annotation, default), default)


def _made(name: str, kind: OptionKind, default: OptionValue | None, *, choices: Any = (), allowed: Any = ()) -> Option:
    role = name in _CHANNELS | _CLASSES
    label = name if not name.isascii() else name.replace("_", " ").strip().capitalize()
    help_text = f"The parameter {name} of your network." + ("" if default is not None else " It has no default.")
    return Option(name, label, kind, default, help_text, 1 if role else -_LIMIT, _LIMIT, choices, allowed)


def _usual(name: str) -> int | None:
    """Return what a parameter without default most often is, told by its name."""
    return 3 if name in _CHANNELS else 10 if name in _CLASSES else None


def _kind(annotation: ast.expr | None, default: OptionValue | None) -> OptionKind:
    named = annotation.id if isinstance(annotation, ast.Name) else None
    if isinstance(annotation, ast.Constant):
        named = str(annotation.value)
    if named in _SIMPLE and not (named == "int" and isinstance(default, float)):
        return _SIMPLE[named]
    match default:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "text"
    return "value"


def _literal_choices(annotation: ast.expr | None) -> tuple[Any, ...]:
    """Return ("relu", "tanh") of ``Literal["relu", "tanh"]``, also of ``typing.Literal``; else ()."""
    if not isinstance(annotation, ast.Subscript):
        return ()
    name = annotation.value.attr if isinstance(annotation.value, ast.Attribute) else annotation.value
    if name != "Literal" and not (isinstance(name, ast.Name) and name.id == "Literal"):
        return ()
    parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    return tuple(each.value for each in parts if isinstance(each, ast.Constant))
