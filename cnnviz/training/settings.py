"""What a setting of training is: one row with its type, range, help and place. No torch here.

A setting is declared once, as a field of ``TrainConfig`` that holds its row. The check, config.toml, the flags of
``cnnviz train`` and the form are drawn from these rows, so that all of them take and refuse the same values.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = Literal["int", "float", "bool", "choice", "several", "text", "path", "table"]  # several: choices, with commas
Place = Literal["main", "advanced", "apart"]  # in the form; "apart": no field of its own draws it
Value = TypeVar("Value")

# Names of those that say how and where is computed, and no more: a result does not depend on them.
OF_COMPUTING = frozenset(("device", "precision", "way", "keep_weights", "deterministic"))
_SPOKEN = {"true": True, "yes": True, "false": False, "no": False}
_SHOWN = 60  # characters of a value that is refused


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a run is told. ``described`` puts it into a field, whose name and default it gets."""

    label: str
    kind: Kind
    help: str
    place: Place = "advanced"
    minimum: float | None = None
    maximum: float | None = None
    above_minimum: bool = False  # the minimum itself is refused
    below_maximum: bool = False
    choices: tuple[str, ...] = ()  # of a "choice" or "several"; of a "text": examples of what ``pattern`` lets through
    pattern: str = ""  # of a "text", as a regular expression; "": any
    or_else: str = ""  # of a "text" with choices: what else may be written
    empty: str = ""  # what None means, shown in the empty field; "": a value is needed
    repeated: bool = False  # of a "text" or "several": its flag may be given more than once
    flag: str = ""  # "--lr"; "": made of the name, unless it stands apart
    metavar: str = ""
    name: str = ""
    default: object = None
    required: bool = False  # the field has no default

    def check(self, value: object) -> object:
        """Return the value of a field or a flag, from its type or from text; what ``accept`` takes, as text too.

        Raises:
            CnnvizError: it is refused.
        """
        return self.accept(self._read(value) if isinstance(value, str) else value)

    def accept(self, value: object) -> object:
        """Return the value, whole numbers as float where that is the type, of several each once and in their order.

        Raises:
            CnnvizError: it is of another type, out of range, or no choice.
        """
        if value is None and self.empty:
            return None
        if not self._fits(value):
            raise CnnvizError(f"{self.label} cannot be {_shown(value)}.", self._hint())
        if self.kind == "several" and isinstance(value, str):
            return ",".join(choice for choice in self.choices if choice in _parts(value)) or None
        return float(value) if self.kind == "float" and isinstance(value, int) else value

    def _read(self, text: str) -> object:
        """Return what text stands for; text that stands for nothing stays as it is, and is refused as that."""
        try:
            match self.kind:
                case "several" if text.strip() in ("", self.empty):
                    return None
                case "int" | "float" | "bool" | "path" | "text" if self.empty and not text.strip():
                    return None
                case "int":
                    return int(text)
                case "float":
                    number = float(text)
                    return text if math.isinf(number) and "inf" not in text.lower() else number  # too large for one
                case "bool":
                    return _SPOKEN.get(text.strip().lower(), text)
        except ValueError:
            pass
        return text

    def _fits(self, value: object) -> bool:
        match self.kind:
            case "int":
                return isinstance(value, int) and not isinstance(value, bool) and self._in_range(value)
            case "float":
                return isinstance(value, int | float) and not isinstance(value, bool) and self._in_range(value)
            case "bool":
                return isinstance(value, bool)
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "several":
                return isinstance(value, str) and all(part in self.choices for part in _parts(value))
            case "text":
                return (
                    isinstance(value, str) and _is_text(value) and bool(re.fullmatch(self.pattern or ".+", value, re.S))
                )
            case "path":  # names on disk may be in any bytes
                return isinstance(value, str) and bool(value.strip()) and "\0" not in value
            case "table":
                return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)

    def _in_range(self, number: float) -> bool:
        """NaN is in none, and infinity and what Python cannot make a float of is in none either."""
        above = self.minimum is None or number > self.minimum or (number == self.minimum and not self.above_minimum)
        below = self.maximum is None or number < self.maximum or (number == self.maximum and not self.below_maximum)
        return above and below and (self.kind == "int" or abs(number) <= sys.float_info.max)

    def _hint(self) -> str:
        match self.kind:
            case "int" | "float":
                return f"Choose a {'whole ' if self.kind == 'int' else ''}number{self._range()}."
            case "bool":
                return "Choose true or false."
            case "table":
                return "Choose a table of names and values."
            case _:
                one, also = "some" if self.kind == "several" else "one", f", or {self.or_else}" if self.or_else else ""
                listed = f"Choose {one} of {', '.join(self.choices)}{also}."
                return listed if self.choices else "Choose a name or a path."

    def _range(self) -> str:
        least = "" if self.minimum is None else f" {'above' if self.above_minimum else 'from'} {self.minimum:,}"
        if self.maximum is None:
            return least + " up" * (self.minimum is not None and not self.above_minimum)
        return f"{least} to {'below ' if self.below_maximum else ''}{self.maximum:,}"


def described(setting: Setting) -> dict[str, Setting]:
    """Return what makes a dataclass's field a setting: its ``metadata``."""
    return {"setting": setting}


def setting(default: Value, row: Setting) -> Value:
    """Return a dataclass's field with this default that is this setting."""
    return field(default=default, metadata=described(row))


def settings_of(config: type[DataclassInstance]) -> tuple[Setting, ...]:
    """Return the settings that a dataclass's fields are, in their order."""
    return tuple(
        replace(
            row,
            name=each.name,
            default=None if each.default is MISSING else each.default,
            required=each.default is MISSING and each.default_factory is MISSING,
            flag=row.flag or ("" if row.place == "apart" else f"--{each.name.replace('_', '-')}"),
        )
        for each in fields(config)
        if isinstance(row := each.metadata["setting"], Setting)
    )


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]


def _is_text(value: str) -> bool:
    """Text can be the name of a file, and be written as UTF-8."""
    try:
        return b"\0" not in value.encode("utf-8")
    except UnicodeEncodeError:  # of a file's name in another encoding
        return False


def _shown(value: object) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return "empty"
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "so large"
    text = text.removesuffix(".0") if isinstance(value, float) else text
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
