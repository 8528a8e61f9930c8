"""What the catalogue is made of: options, architectures, and the spec of a network that can be built. No torch here."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cnnviz.errors import CnnvizError

OptionValue = int | bool | str | float
InputShape = tuple[int, ...]  # (C, H, W), of a video (C, T, H, W): the batch axis left out; (): one number a picture
OptionKind = Literal["int", "bool", "choice", "float", "text", "value"]
Task = Literal["classification", "segmentation", "detection", "video"]


class ConstructionError(CnnvizError):
    """A network of the user's could not be made here and now; elsewhere than on meta it may be."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice a builder leaves open. Declared once; the form, the command line and the check read it."""

    name: str
    label: str
    kind: OptionKind  # "value": a number, true, false or a text, whichever it looks like
    default: OptionValue | None  # None: there is none, a value must be given
    help: str
    minimum: int = 1
    maximum: int = 1_000_000
    choices: tuple[str, ...] = ()
    allowed: tuple[int, ...] = ()  # the only numbers an "int" may be; empty: any in the range

    def check(self, value: object) -> OptionValue:
        """Return ``value`` as this option's type, from its type or from text.

        Raises:
            CnnvizError: the value is missing, of another type, out of range or not a choice.
        """
        if value is None or (value == "" and self.default is None):
            raise CnnvizError(f"{self.label} needs a value.", "It has no default.")
        match self.kind:
            case "int":
                return self._check_int(value)
            case "bool":
                return self._check_bool(value)
            case "float":
                return self._check_float(value)
            case "text":
                return str(value)
            case "value":
                return _literal(value)
            case "choice":
                if value in self.choices:
                    return str(value)
                raise self._refused(value, f"Choose one of {', '.join(self.choices)}.")

    def _check_int(self, value: object) -> int:
        try:
            number = int(str(value))
        except ValueError:
            raise self._refused(value, "Give a whole number.") from None
        if self.allowed and number not in self.allowed:
            raise self._refused(value, f"Choose one of {', '.join(map(str, self.allowed))}.")
        if not self.minimum <= number <= self.maximum:
            raise self._refused(value, f"Choose between {self.minimum:,} and {self.maximum:,}.")
        return number

    def _check_float(self, value: object) -> float:
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._refused(value, "Give a number such as 0.5.")
        return number

    def _check_bool(self, value: object) -> bool:
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        try:
            return known[str(value).lower()]
        except KeyError:
            raise self._refused(value, "Say true or false.") from None

    def _refused(self, value: object, hint: str) -> CnnvizError:
        shown = repr(str(value)) if str(value) else "empty"
        return CnnvizError(f"{self.label} cannot be {shown}.", hint)


def _literal(value: object) -> OptionValue:
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return str(value)
    return value if isinstance(value, int | float | bool) else str(value)


@dataclass(frozen=True, slots=True)
class PretrainedWeights:
    """ImageNet weights that torchvision offers for download, of classification networks alone."""

    name: str  # "IMAGENET1K_V1"
    crop: int  # pixels, height and width the figures were taken at
    params: int
    gmacs: float  # torchvision's "_ops": 10⁹ multiply-adds
    top1: float  # percent of ImageNet's validation set
    megabytes: float  # 10⁶ bytes to download


@dataclass(frozen=True, slots=True)
class PublishedFigures:
    """What torchvision states of its network with these weights. Percentages of two measures do not compare."""

    weights: str  # "COCO_V1"
    params: int
    gmacs: float | None  # 10⁹ multiply-adds at ``input_shape``; None: they depend on what is in the picture
    input_shape: InputShape
    measure: str  # "box AP on COCO val2017"
    percent: float


@dataclass(frozen=True, slots=True)
class Architecture:
    """One entry of the picker."""

    name: str  # "vgg11", "torchvision/vgg11", "/home/ada/net.py:Net"
    title: str  # "VGG-11"
    group: Literal["Textbook", "torchvision", "My networks"]
    family: str  # "VGG"; of somebody's own: the file's name
    module: str  # "cnnviz.zoo.vgg": importing it registers the builder
    input_shape: InputShape
    options: tuple[Option, ...]
    source: str
    summary: str
    weights: tuple[PretrainedWeights, ...] = ()
    further_inputs: tuple[InputShape, ...] = ()  # of a network that takes more than one
    dtypes: tuple[str, ...] = ()  # "int64": the kind of number of each input, in order; "" or missing: nobody says
    input_is_guess: bool = False  # nobody says what the network takes; ``inspection.fitting`` tries
    task: Task = "classification"  # video: one class for several frames
    published: PublishedFigures | None = None  # of the default form, whatever the task
    is_report: bool = False  # somebody's saved report: what a network did, and no network

    def option(self, name: str) -> Option | None:
        """Return the option of this name, or None."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def is_own(self) -> bool:
        """True for somebody's own file: it may take inputs of any shape, and may change."""
        return self.group == "My networks"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A network that can be built: which one, every option resolved, and the input it is built for."""

    name: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    input_shape: InputShape = (3, 224, 224)
    further_inputs: tuple[InputShape, ...] = ()  # where forward takes more than these: again the last
    dtypes: tuple[str, ...] = ()  # "int64": the kind of number of each input, in order; "" or missing: nobody says
    revision: str = ""  # of somebody's own file: which content of it; another content is another network

    @property
    def inputs(self) -> tuple[InputShape, ...]:
        """The shapes of all inputs that are said."""
        return (self.input_shape, *self.further_inputs)

    @property
    def num_classes(self) -> int | None:
        """How many logits the network returns; None where its builder does not say."""
        value = self.options.get("num_classes")
        return value if isinstance(value, int) else None
