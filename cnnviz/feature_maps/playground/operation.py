"""What slides over the input, and in which steps: each setting is declared once. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from cnnviz.errors import CnnvizError

Pair = tuple[int, int]  # height, width
Padding = Pair | Literal["valid", "same"]
Value = Pair | int | str

CONVOLUTION, TRANSPOSED = "Convolution", "Transposed convolution"
MAX_POOLING, AVERAGE_POOLING = "Max pooling", "Average pooling"
KINDS = (CONVOLUTION, TRANSPOSED, MAX_POOLING, AVERAGE_POOLING)
_PAIR = re.compile(r"\(?\s*(\d{1,4})\s*(?:[,x×]\s*(\d{1,4})\s*)?\)?")


@dataclass(frozen=True, slots=True)
class Operation:
    """As ``torch.nn`` names them. A pair is (height, width). Pooling makes as many channels as it is given."""

    kind: str = CONVOLUTION  # one of KINDS
    input_size: Pair = (5, 5)
    input_channels: int = 1
    output_channels: int = 1
    kernel_size: Pair = (3, 3)
    padding: Padding = (0, 0)
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)

    @property
    def has_kernel(self) -> bool:
        """Whether it multiplies with numbers of its own."""
        return self.kind in (CONVOLUTION, TRANSPOSED)

    @property
    def channels_out(self) -> int:
        """How many channels the output has."""
        return self.output_channels if self.has_kernel else self.input_channels


@dataclass(frozen=True, slots=True)
class PlaySetting:
    """One field of ``Operation``: how it is called, what it may be, how it is read from text."""

    name: str
    label: str
    help: str
    kind: Literal["choice", "int", "pair", "padding"]
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> Value:
        """Return the value from text.

        Raises:
            CnnvizError: it is none, or out of range.
        """
        text = str(value).strip().lower()
        if self.kind == "choice":
            found = next((each for each in self.choices if each.lower() == text), None)
            if found is None:
                raise CnnvizError(f"{self.label} cannot be {value}.", f"Choose one of {', '.join(self.choices)}.")
            return found
        if self.kind == "padding" and text in ("valid", "same"):
            return text
        return self._numbers(text)

    def _numbers(self, text: str) -> Pair | int:
        match = _PAIR.fullmatch(text)
        pair = self.kind != "int"
        words = ", or “valid” or “same”" if self.kind == "padding" else ""
        form = f"one number for both axes, or height, width{words}" if pair else "a whole number"
        if match is None or (match[2] is not None and not pair):
            raise CnnvizError(f"{self.label} is {form}.", "Such as 3 or 2, 3." if pair else "Such as 1.")
        numbers = int(match[1]), int(match[2] or match[1])
        if not all(self.minimum <= each <= self.maximum for each in numbers):
            raise CnnvizError(f"{self.label} is from {self.minimum} to {self.maximum} here.")
        return numbers if pair else numbers[0]


SETTINGS = (
    PlaySetting("kind", "Operation", "What is done with the numbers under the window.", "choice", choices=KINDS),
    PlaySetting("input_size", "Input size", "Rows, columns; one number for a square.", "pair", 1, 64),
    PlaySetting("input_channels", "Input channels", "Each has a kernel of its own; their sums are added.", "int", 1, 4),
    PlaySetting("output_channels", "Output channels", "Each has kernels of its own.", "int", 1, 4),
    PlaySetting("kernel_size", "Kernel size", "Rows, columns; one number for a square.", "pair", 1, 11),
    PlaySetting(
        "padding",
        "Padding",
        "Rows and columns added at each side; “valid” is none, “same” as many as keep the size. A transposed"
        " convolution takes them away from its output.",
        "padding",
        0,
        16,
    ),
    PlaySetting("stride", "Stride", "How far the window moves.", "pair", 1, 8),
    PlaySetting("dilation", "Dilation", "How far apart the cells under the kernel lie; 1: side by side.", "pair", 1, 8),
)
assert [each.name for each in SETTINGS] == [each.name for each in fields(Operation)]


def value_as_text(value: Value) -> str:
    """Return what ``PlaySetting.check`` reads as this value: "3", "2, 3", "same"."""
    if isinstance(value, tuple):
        return str(value[0]) if value[0] == value[1] else f"{value[0]}, {value[1]}"
    return str(value)


def as_texts(operation: Operation) -> dict[str, str]:
    """Return every setting as text, by its name."""
    return {each.name: value_as_text(getattr(operation, each.name)) for each in SETTINGS}


def from_texts(texts: Mapping[str, str]) -> Operation:
    """Return the operation that ``as_texts`` wrote; what is left out is as usual.

    Raises:
        CnnvizError: a text is refused.
    """
    made = Operation()
    for setting in SETTINGS:
        if setting.name in texts:
            made = replace(made, **{setting.name: setting.check(texts[setting.name])})  # type: ignore[arg-type]
    return made
