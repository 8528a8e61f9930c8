"""Which networks there are, their options and where they come from. No torch here: the picker fills at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from cnnviz.assets import asset
from cnnviz.errors import CnnvizError

OptionValue = int | bool | str
InputShape = tuple[int, ...]  # (C, H, W): the batch axis left out


@dataclass(frozen=True, slots=True)
class Option:
    """One choice a builder leaves open. Declared once; the form, the command line and the check read it."""

    name: str
    label: str
    kind: Literal["int", "bool", "choice"]
    default: OptionValue
    help: str
    minimum: int = 1
    maximum: int = 1_000_000
    choices: tuple[str, ...] = ()
    allowed: tuple[int, ...] = ()  # the only numbers an "int" may be; empty: any in the range

    def check(self, value: object) -> OptionValue:
        """Return ``value`` as this option's type, from its type or from text.

        Raises:
            CnnvizError: the value is of another type, out of range or not a choice.
        """
        match self.kind:
            case "int":
                return self._check_int(value)
            case "bool":
                return self._check_bool(value)
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

    def _check_bool(self, value: object) -> bool:
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        try:
            return known[str(value).lower()]
        except KeyError:
            raise self._refused(value, "Say true or false.") from None

    def _refused(self, value: object, hint: str) -> CnnvizError:
        return CnnvizError(f"{self.label} cannot be {str(value)!r}.", hint)


@dataclass(frozen=True, slots=True)
class PretrainedWeights:
    """ImageNet weights that torchvision offers for download."""

    name: str  # "IMAGENET1K_V1"
    crop: int  # pixels, height and width the figures were taken at
    params: int
    gmacs: float  # torchvision's "_ops": 10⁹ multiply-adds
    top1: float  # percent of ImageNet's validation set
    megabytes: float  # 10⁶ bytes to download


@dataclass(frozen=True, slots=True)
class Architecture:
    """One entry of the picker."""

    name: str  # "vgg11", "torchvision/vgg11"
    title: str  # "VGG-11"
    group: Literal["Textbook", "torchvision"]
    family: str  # "VGG"
    module: str  # "cnnviz.zoo.vgg": importing it registers the builder
    input_shape: InputShape
    options: tuple[Option, ...]
    source: str
    summary: str
    weights: tuple[PretrainedWeights, ...] = ()

    def option(self, name: str) -> Option | None:
        """Return the option of this name, or None."""
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A network that can be built: which one, every option resolved, and the input it is built for."""

    name: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    input_shape: InputShape = (3, 224, 224)

    @property
    def num_classes(self) -> int | None:
        """How many logits the network returns; None where its builder does not say."""
        value = self.options.get("num_classes")
        return value if isinstance(value, int) else None


def architectures() -> tuple[Architecture, ...]:
    """Return every architecture, the textbook's first, in the picker's order."""
    return tuple(_by_name().values())


def find(name: str) -> Architecture:
    """Return the architecture of this name; a bare torchvision name works where no textbook network bears it.

    Raises:
        CnnvizError: there is none; the hint names the nearest ones.
    """
    known = _by_name()
    found = known.get(name) or known.get(f"torchvision/{name}")
    if found is None:
        near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`cnnviz list` prints every name."
        raise CnnvizError(f"There is no architecture {name!r}.", hint)
    return found


def resolve(name: str, options: Mapping[str, object] | None = None, input_shape: InputShape | None = None) -> ModelSpec:
    """Return a spec in which every option has a checked value and the input shape agrees with ``in_channels``.

    Raises:
        CnnvizError: the name or an option is unknown, a value is refused, or the input does not fit.
    """
    architecture = find(name)
    given = dict(options or {})
    for unknown in given.keys() - {option.name for option in architecture.options}:
        names = ", ".join(option.name for option in architecture.options)
        raise CnnvizError(f"{architecture.title} has no option {unknown!r}.", f"Its options are: {names}.")
    channels = architecture.option("in_channels")
    if channels is not None and input_shape:
        given.setdefault("in_channels", input_shape[0])
    checked = {option.name: option.check(given.get(option.name, option.default)) for option in architecture.options}
    expected = int(checked["in_channels"]) if channels is not None else architecture.input_shape[0]
    shape = (expected, *architecture.input_shape[1:]) if input_shape is None else input_shape
    _check_input_shape(architecture, shape, expected)
    return ModelSpec(architecture.name, checked, shape)


def _check_input_shape(architecture: Architecture, shape: InputShape, channels: int) -> None:
    if len(shape) != 3 or any(not 1 <= size <= 16384 for size in shape):
        text = ",".join(map(str, shape))
        raise CnnvizError(f"{text!r} is no input size for {architecture.title}.", "Give C,H,W, such as 3,224,224.")
    if shape[0] != channels:
        hint = f"Use {channels},{shape[1]},{shape[2]}"
        hint += "." if architecture.option("in_channels") is None else f", or set in_channels to {shape[0]}."
        raise CnnvizError(f"{architecture.title} takes {channels} input channels; {shape[0]} were given.", hint)


@cache
def _by_name() -> dict[str, Architecture]:
    return {entry.name: entry for entry in (*_textbook(), *_torchvision())}


_CLASSES = Option("num_classes", "Classes", "int", 10, "How many logits the last layer returns.", 1, 100_000)
_CHANNELS = Option("in_channels", "Input channels", "int", 1, "1 for grey pictures, 3 for colour.", 1, 4096)
_WIDTH = Option(
    "width_divisor",
    "Width ÷",
    "int",
    1,
    "Divides the channels of every layer; 8 makes the small VGG of the course, which trains on a laptop.",
    allowed=(1, 2, 4, 8, 16, 32, 64),
)
_ACTIVATION = Option(
    "activation",
    "Activation",
    "choice",
    "sigmoid",
    "sigmoid as in the book, tanh as in 1998, relu as today.",
    choices=("sigmoid", "relu", "tanh"),
)
_BATCH_NORM = Option(
    "batch_norm", "BatchNorm", "bool", False, "Batch normalisation before each activation (the book's section 8.5)."
)
_D2L = "Dive into Deep Learning (Zhang et al., 2023)"


def _textbook() -> tuple[Architecture, ...]:
    def entry(
        name: str,
        title: str,
        family: str,
        size: int,
        source: str,
        summary: str,
        options: tuple[Option, ...] = (_CHANNELS, _CLASSES),
    ) -> Architecture:
        module = f"cnnviz.zoo.{family.lower()}"
        return Architecture(name, title, "Textbook", family, module, (1, size, size), options, source, summary)

    vgg_source = f"Simonyan and Zisserman, arXiv:1409.1556, table 1; as in {_D2L}, section 8.2"
    return (
        entry(
            "lenet",
            "LeNet-5",
            "LeNet",
            28,
            f"LeCun et al., 1998, figure 2; as in {_D2L}, section 7.6: sigmoid, average pooling",
            "Two convolutions and three fully connected layers: the first network that read cheques.",
            (_CHANNELS, _CLASSES, _ACTIVATION, _BATCH_NORM),
        ),
        entry(
            "alexnet",
            "AlexNet",
            "AlexNet",
            224,
            f"Krizhevsky et al., 2012; as in {_D2L}, section 8.1: one stream, one channel",
            "Large kernels first, ReLU and dropout: it won ImageNet in 2012.",
        ),
        *(
            entry(
                f"vgg{depth}",
                f"VGG-{depth}",
                "VGG",
                224,
                vgg_source,
                "Blocks of 3×3 convolutions that halve the picture and double the channels.",
                (_CHANNELS, _CLASSES, _WIDTH),
            )
            for depth in (11, 13, 16, 19)
        ),
        entry(
            "nin",
            "NiN",
            "NiN",
            224,
            f"Lin et al., arXiv:1312.4400; as in {_D2L}, section 8.3",
            "1×1 convolutions after each convolution, and a mean over the map in place of fully connected layers.",
        ),
        entry(
            "googlenet",
            "GoogLeNet",
            "GoogLeNet",
            96,
            f"Szegedy et al., arXiv:1409.4842, table 1; as in {_D2L}, section 8.4: without auxiliary heads",
            "Inception blocks: convolutions of several sizes side by side, joined along the channels.",
        ),
        entry(
            "resnet18",
            "ResNet-18",
            "ResNet",
            96,
            f"He et al., arXiv:1512.03385, table 1; as in {_D2L}, section 8.6: convolutions with biases",
            "Each block adds what it learns to what it was given, so that depth no longer hurts.",
        ),
        entry(
            "densenet",
            "DenseNet",
            "DenseNet",
            96,
            f"Huang et al., arXiv:1608.06993; as in {_D2L}, section 8.7: four blocks of four, growth 32",
            "Each layer reads the maps of all layers before it.",
        ),
    )


def _torchvision() -> tuple[Architecture, ...]:
    """The classification builders of torchvision, read from ``resources/torchvision.json``."""
    classes = Option("num_classes", "Classes", "int", 1000, _CLASSES.help, 1, 100_000)
    return tuple(
        Architecture(
            name=f"torchvision/{row['name']}",
            title=row["name"],
            group="torchvision",
            family=row["family"],
            module="cnnviz.zoo.torchvision",
            input_shape=(3, row["weights"][0]["crop"], row["weights"][0]["crop"]),
            options=(classes,),
            source=f"torchvision.models.{row['name']}",
            summary=f"{row['family']} as torchvision builds it, for ImageNet's 1000 classes.",
            weights=tuple(PretrainedWeights(**weights) for weights in row["weights"]),
        )
        for row in json.loads(asset("torchvision.json").read_text("utf-8"))
    )
