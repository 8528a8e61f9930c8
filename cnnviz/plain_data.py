"""Frozen dataclasses as plain data, the way JSON holds it, and back. A new field is a new key: none is listed here.

Whole numbers are counts, sizes and indices, which are never negative; but for those in a mapping, which are settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_BEYOND_MEASURE = 10**100  # what can be divided, drawn and told
_Read = Callable[[Any], Any]
_Noun = TypeVar("_Noun")


class MismatchError(ValueError):
    """Plain data is not what the fields of a dataclass ask for."""

    def __init__(self, what: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(where)} {what}")
        self.what, self.where = what, where


def as_plain(value: object) -> Any:
    """Return dataclasses as dictionaries of their fields and tuples as lists, all the way down."""
    if isinstance(value, tuple):
        return [as_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: as_plain(each) for key, each in value.items()}
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    return value


def from_plain(noun: type[_Noun], data: object, **given: object) -> _Noun:
    """Return what ``as_plain`` wrote of a ``noun``: unknown keys are skipped, absent ones take their defaults.

    ``given``: fields that are not looked for in ``data``.

    Raises:
        MismatchError: a key is absent that has no default, or a value is of another type than its field.
    """
    read: _Noun = _noun(noun, given)(data) if given and isinstance(data, dict) else _reading(noun)(data)
    return read


def _reading(hint: Any, signed: bool = False) -> _Read:
    by_type = _by_type(hint, signed)

    def read(value: object) -> object:
        of_type = by_type.get(type(value))
        if of_type is None:
            raise _refused(value)
        return of_type(value)

    return read


@cache
def _by_type(hint: Any, signed: bool) -> Mapping[type, _Read]:
    """Return how a value that is annotated ``hint`` is read, by the type that JSON gives it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return {kind: read for each in reversed(arguments) for kind, read in _by_type(each, signed).items()}
    if origin is Literal:
        return {str: _one_of(arguments)}
    if origin is tuple:
        return {list: _tuple_of(arguments, signed)}
    if origin is Mapping:
        of_value = _reading(arguments[1], signed=True)
        return {dict: lambda data: {str(key): of_value(value) for key, value in data.items()}}
    if is_dataclass(hint):
        return {dict: _noun(hint)}
    if hint is int and not signed:
        return {int: _not_negative}
    if hint is float:
        return {float: lambda value: value, int: _as_float}
    return {hint: lambda value: value}


def _as_float(value: int) -> float:
    if abs(value) >= _BEYOND_MEASURE:
        raise _refused("a number beyond measure")
    return float(value)


def _not_negative(value: int) -> int:
    if not 0 <= value < _BEYOND_MEASURE:
        raise _refused(value)
    return value


def _one_of(choices: tuple[object, ...]) -> _Read:
    def read(value: object) -> object:
        if value not in choices:
            raise _refused(value)
        return value

    return read


def _tuple_of(arguments: tuple[Any, ...], signed: bool) -> _Read:
    of_each, count = _reading(arguments[0], signed), None if arguments[-1] is ... else len(arguments)

    def read(values: list[object]) -> object:
        if count is not None and len(values) != count:
            raise _refused(values)
        return tuple([of_each(each) for each in values])

    return read


def _noun(noun: Any, given: Mapping[str, object] = MappingProxyType({})) -> _Read:
    hints = get_type_hints(noun)
    looked_for = [field for field in fields(noun) if field.name not in given]
    readers = {field.name: _reading(hints[field.name]) for field in looked_for}
    needed = {field.name for field in looked_for if field.default is field.default_factory is MISSING}

    def read(data: dict[str, object]) -> object:
        if absent := needed - data.keys():
            raise MismatchError("is missing", (min(absent),))
        values, name = {}, ""
        try:
            for name in readers.keys() & data.keys():
                values[name] = readers[name](data[name])
        except MismatchError as error:
            raise MismatchError(error.what, (name, *error.where)) from None
        return noun(**values, **given)

    return read


def _refused(value: object) -> MismatchError:
    text = repr(value)
    return MismatchError(f"cannot be {text if len(text) <= 40 else f'{text[:40]}…'}")
