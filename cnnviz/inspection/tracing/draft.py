"""A call while it is being watched; the report freezes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import nn

from cnnviz.inspection.call import CallStatus, Identity, SettingValue, Shape


@dataclass(slots=True)
class Draft:
    """One call under way, or ended."""

    index: int
    parent: int | None
    path: str
    kind: str
    module: nn.Module | None
    call_number: int
    inputs_from: tuple[int, ...]
    reads_input: bool
    reads_unseen: bool  # a tensor that something made which nobody watched
    input_shapes: tuple[Shape, ...]
    later_outputs: tuple[tuple[int, int], ...] = ()
    output_from: tuple[int, int] | None = None
    output_shapes: tuple[Shape, ...] = ()
    self_macs: int | None = 0
    activation_bytes: int = 0
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    status: CallStatus = "failed"  # until it returns

    @property
    def identity(self) -> Identity:
        """What the call is, in this run and in another."""
        return Identity(self.path, self.module is not None, self.call_number)


def ended_by_failure(drafts: list[Draft], index: int | None) -> bool:
    """False of a call whose failure the network itself caught: something around it went on."""
    while index is not None and drafts[index].status == "failed":
        index = drafts[index].parent
    return index is None


def swallowed_failure(drafts: list[Draft]) -> bool:
    """True when the network caught a failure and went on in another way."""
    return any(draft.status == "failed" and not ended_by_failure(drafts, draft.index) for draft in drafts)


def added(left: int | None, right: int | None) -> int | None:
    """Return the sum of two costs; None where one of them is not known."""
    return None if left is None or right is None else left + right
