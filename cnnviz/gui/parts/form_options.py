"""What a form field needs to know of a value, and the kinds that the catalogue has no need of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.zoo.specs import OptionKind


class FieldOption(Protocol):
    """A value with a name, a help text and a check; the catalogue's Option is one."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def kind(self) -> OptionKind: ...
    @property
    def minimum(self) -> int: ...
    @property
    def maximum(self) -> int: ...
    @property
    def choices(self) -> tuple[str, ...]: ...

    def check(self, value: object) -> object:
        """Return the value as its type.

        Raises:
            CnnvizError: it is refused.
        """


@dataclass(frozen=True, slots=True)
class NumberOption:
    """A number that may have decimals, or a whole number that may be left out."""

    name: str
    label: str
    help: str
    kind: Literal["int", "float"]
    minimum: int = 0
    maximum: int = 1_000_000
    above_minimum: bool = False  # the minimum itself is refused
    empty: str = ""  # what no value means, shown in the empty field; "": a value is needed
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> float | int | None:
        """Return the number; None for an empty field that may be empty.

        Raises:
            CnnvizError: it is no number, or out of range.
        """
        text = str(value).strip()
        if not text and self.empty:
            return None
        number = _number(text, self.kind)
        if number is None or not math.isfinite(number):
            what = "a whole number" if self.kind == "int" else "a number such as 0.001"
            shown = repr(text) if text else "empty"
            raise CnnvizError(f"{self.label} cannot be {shown}.", f"Give {what}.")
        too_small = number <= self.minimum if self.above_minimum else number < self.minimum
        if too_small or number > self.maximum:
            least = f"above {self.minimum}" if self.above_minimum else f"{units.exact(self.minimum)} or more"
            hint = f"Choose {least}, and {units.exact(self.maximum)} at most."
            raise CnnvizError(f"{self.label} cannot be {text}.", hint)
        return number


def _number(text: str, kind: str) -> float | int | None:
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return None
