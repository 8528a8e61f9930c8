"""What is known of a kind of layer or function. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, Flag, auto
from math import prod

from cnnviz.inspection.call import Call, SettingValue
from cnnviz.inspection.kinds.formula import Formula

Formulas = Callable[[Call], tuple[Formula | None, ...]]


class Family(Enum):
    """What sort of work it is: colours and legends. The value is what a legend says."""

    CONVOLUTION = "convolution"
    NORMALISATION = "normalisation"
    ACTIVATION = "activation"
    POOLING = "pooling"
    LINEAR = "linear, attention"
    JOIN = "join, arithmetic"
    OTHER = "other"
    CONTAINER = "module, closed"


class Reads(Enum):
    """Which values of its input one value of the output is made from."""

    UNKNOWN = auto()
    POINT = auto()  # the one at its own pixel
    CONVOLUTION = auto()  # a window
    TRANSPOSED = auto()  # those whose kernels reach it
    POOLING = auto()  # a window, which does not overlap the next unless a stride is given
    ADAPTIVE = auto()  # a window whose size follows from the sizes of both maps
    ALL = auto()  # every feature
    MAP = auto()  # every one of its map


class Keeps(Enum):
    """What the backward pass needs of a call, and training therefore holds from the forward pass on."""

    UNKNOWN = auto()  # its input at least
    INPUT = auto()
    OUTPUT = auto()
    BOTH = auto()
    NOTHING = auto()
    MASK = auto()  # what was dropped, as ``keeps_beside`` says; nothing where p is 0
    INPUT_OR_COPY = auto()  # in place, a copy of what is overwritten


class Role(Flag):
    """As what a kind matters to those that look for patterns: advice, remedies, stages, blocks."""

    NONE = 0
    WEIGHTS = auto()  # multiplies by weights of its own; two in a row are one linear map
    LINEAR = auto()  # linear work, or none: it does not part two weight layers
    DROPOUT = auto()  # its scale differs between training and testing
    BATCH_NORM = auto()  # takes away the batch's mean
    NORM = auto()  # sets mean and deviation anew
    SOFTMAX = auto()  # its output sums to 1
    JOIN = auto()  # branches meet, and must fit
    SUM = auto()
    CONCATENATION = auto()
    RESHAPE = auto()  # the batch axis may be lost
    MATRIX = auto()  # as a function, its output with two last axes is a matrix, not a map
    CHAIN = auto()  # runs its parts one after another


def nothing(_call: Call) -> tuple[Formula | None, ...]:
    """No formula."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table. What a row does not say is unknown, never free.

    One operation beside the multiply-adds is one addition, subtraction, multiplication, division or comparison of two
    numbers, or one function of one number, as in ``other_operations``.
    """

    names: tuple[str, ...]  # as torch spells them: classes ("MaxPool2d"), then functions ("max_pool2d")
    family: Family
    rank: int = 0  # axes of the map it works along; 0: any number, or none
    reads: Reads = Reads.UNKNOWN
    along: int | str | None = None  # the axis whose values it mixes, or the setting that names it
    keeps: Keeps | Callable[[Call], Keeps] = Keeps.UNKNOWN
    keeps_beside: int | Callable[[Call], int] = 0  # whatever else it keeps: bytes for each value of the output, or all
    per_output: int | None = None  # operations beside the multiply-adds, for each value of the output
    per_input: int | None = None  # or for each value of the first input
    other: Callable[[Call], int | None] | None = None  # or by a formula
    other_rule: str = ""  # where they come from, in words; "": not explained
    arguments: tuple[str, ...] = ()  # settings that a function takes by position, behind its input
    expects: str = ""  # the setting that says how many channels, or features, must arrive
    role: Role = Role.NONE
    sentence: str | Callable[[Call], str] = ""  # "{kernel}": see ``explaining.sentences``
    sizes: Formulas = nothing  # of the output; both shapes are there
    costs: Formulas = nothing  # parameters and multiply-adds
    instead: tuple[str, SettingValue, Kind] | None = None  # the row of calls of which this setting has this value

    @property
    def name(self) -> str:
        """The name that class and function share: "maxpool2d" of MaxPool2d and max_pool2d; "" of what is unknown."""
        return self.names[0].replace("_", "").lower() if self.names else ""

    def of(self, settings: Mapping[str, SettingValue]) -> Kind:
        """Return the row of a call of this kind."""
        name, value, other = self.instead or ("", None, self)
        return other if name in settings and settings[name] == value else self

    def kept_by(self, call: Call) -> Keeps:
        """Return what one call keeps; of some kinds a setting decides."""
        return self.keeps if isinstance(self.keeps, Keeps) else self.keeps(call)

    def kept_beside(self, call: Call) -> int:
        """Return the bytes that one call keeps besides its input and output."""
        each = self.keeps_beside
        return each * prod(call.output_shapes[0]) if isinstance(each, int) else each(call)


UNKNOWN = Kind((), Family.OTHER)
