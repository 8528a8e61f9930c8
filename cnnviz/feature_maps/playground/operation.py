"""What slides over the input, and in which steps: each setting is declared once. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Literal

from cnnviz.errors import CnnvizError

Pair = tuple[int, int]  # height, width
Padding = Pair | Literal["valid", "same"]
Numbers = tuple[float, ...]
Value = Pair | Numbers | int | str

CONVOLUTION, TRANSPOSED = "Convolution", "Transposed convolution"
MAX_POOLING, AVERAGE_POOLING = "Max pooling", "Average pooling"
OF_LAYERS = {  # what a call of a network is here
    "Conv2d": CONVOLUTION, "conv2d": CONVOLUTION, "ConvTranspose2d": TRANSPOSED, "conv_transpose2d": TRANSPOSED,
}  # fmt: skip
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
    groups: int = 1
    output_padding: Pair = (0, 0)  # of a transposed convolution
    bias: Numbers = (0.0,)  # of each output channel, those that are left out 0; one is for all

    @property
    def has_kernel(self) -> bool:
        """Whether it multiplies with numbers of its own."""
        return self.kind in (CONVOLUTION, TRANSPOSED)

    @property
    def channels_out(self) -> int:
        """How many channels the output has."""
        return self.output_channels if self.has_kernel else self.input_channels

    @property
    def reads(self) -> int:
        """How many input channels each output channel with a kernel reads: those of its group."""
        return max(1, self.input_channels // self.groups)

    def first_source(self, channel: int) -> int:
        """Return the first input channel that an output channel reads."""
        return channel // max(1, self.output_channels // self.groups) * self.reads if self.has_kernel else channel

    def bias_of(self, channel: int) -> float:
        """Return what is added to an output channel."""
        if not self.has_kernel:
            return 0.0
        return self.bias[0] if len(self.bias) == 1 else (*self.bias, *(0.0,) * channel)[channel]


@dataclass(frozen=True, slots=True)
class PlaySetting:
    """One field of ``Operation``: how it is called, what it may be, how it is read from text."""

    name: str
    label: str
    help: str
    kind: Literal["choice", "int", "pair", "padding", "numbers"]
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
        return _numbers(text, self) if self.kind == "numbers" else self._whole(text)

    def _whole(self, text: str) -> Pair | int:
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
    PlaySetting(
        "input_channels", "Input channels", "Each has a kernel of its own; their sums are added.", "int", 1, 16
    ),
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
    PlaySetting("groups", "Groups", "Output channels of one group read the input channels of the same.", "int", 1, 16),
    PlaySetting(
        "output_padding",
        "Output padding",
        "Rows and columns more at the end of a transposed one's output.",
        "pair",
        0,
        7,
    ),
    PlaySetting("bias", "Bias", "Added to each output channel; one number is for all.", "numbers", 0, 4),
)
assert [each.name for each in SETTINGS] == [each.name for each in fields(Operation)]


def _numbers(text: str, setting: PlaySetting) -> Numbers:
    try:
        numbers = tuple(float(each.replace("−", "-")) for each in text.split(","))
    except ValueError:
        numbers = ()
    if not 1 <= len(numbers) <= setting.maximum or not all(map(isfinite, numbers)):
        raise CnnvizError(f"{setting.label} is a number, or one for each output channel.", "Such as 0 or 0.5, -1.")
    return numbers


def value_as_text(value: Value) -> str:
    """Return what ``PlaySetting.check`` reads as this value: "3", "2, 3", "same", "0.5"."""
    if isinstance(value, tuple) and isinstance(value[0], float):
        return ", ".join(repr(each).removesuffix(".0") for each in value)
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
            made = replace(made, **{setting.name: setting.check(texts[setting.name])})  # type: ignore[arg-type]  # each checked by its row
    return made
