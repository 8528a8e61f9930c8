"""One call of a module or a function, as a report holds it. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Shape = tuple[int, ...]  # batch axis kept
SettingValue = int | float | bool | str | tuple[int, ...] | None
CallStatus = Literal["complete", "failed", "not counted"]
FieldStatus = Literal["exact", "whole input", "unknown"]


class Identity(NamedTuple):
    """What a call is, in whatever run: its index is another one where numbers decide what runs."""

    path: str
    module: bool  # functions have a name space of their own
    number: int  # 1 for the first call


@dataclass(frozen=True, slots=True)
class Call:
    """One module or function that ran. ``params`` and ``macs`` include every call below it."""

    index: int  # position in Report.calls, in the order of execution
    parent: int | None  # index of the enclosing call; None for the network itself
    path: str  # "features.0"; "" is the network itself; a function is named under its module: "layer1.0.add"
    kind: str  # "Conv2d", "cat"
    module: bool  # False: a function such as torch.cat
    call_number: int  # 1 for the first call of the module, or of the function, at this path
    inputs_from: tuple[int, ...]  # the calls whose outputs this one reads
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]  # empty: the call did not finish
    own_params: int  # elements held here, or below in parts that never ran; none that an earlier row counts
    params: int
    self_macs: int | None  # multiply-adds; None: no formula, never a guessed 0
    macs: int | None
    activation_bytes: int  # of new outputs; 0 for a container, a view and work in place
    receptive_field: tuple[int, int] | None = None  # height, width in input pixels
    receptive_field_status: FieldStatus = "unknown"
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    status: CallStatus = "complete"
    reads_input: bool = False  # the network's own input, which no call made
    reads_unseen: bool = False  # what no call here made: work that nobody watches made it, or wrote a part of it
    later_outputs: tuple[tuple[int, int], ...] = ()  # (call, number of its output): inputs that are not the first
    output_from: tuple[int, int] | None = None  # of a container: what made its first output; −1 is the network's input

    @property
    def identity(self) -> Identity:
        """What the call is, in this run and in another."""
        return Identity(self.path, self.module, self.call_number)

    @property
    def output_shape(self) -> Shape | None:
        """The first output's shape; None when the call did not finish or returned no tensor."""
        return self.output_shapes[0] if self.output_shapes else None

    @property
    def flops(self) -> int | None:
        """Two for each multiply-add, everything below included."""
        return None if self.macs is None else 2 * self.macs

    @property
    def name(self) -> str:
        """The last part of the path: "0" of "features.0"."""
        return self.path.rpartition(".")[2]
