"""What a network did when it was run once: a frozen list of calls, in order, as a tree. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

from cnnviz.errors import CnnvizError
from cnnviz.inspection import other_operations
from cnnviz.inspection.call import Call, Shape
from cnnviz.plain_data import MismatchError, as_plain, from_plain

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a whole report. Shared parameters are counted once."""

    params: int  # what ``model.parameters()`` holds, without ``Report.unsized``
    trainable_params: int
    buffers: int  # elements
    macs: int | None  # None: some call could not be counted, or the run failed
    activation_bytes: int

    @property
    def flops(self) -> int | None:
        """Two for each multiply-add."""
        return None if self.macs is None else 2 * self.macs


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run stopped."""

    message: str
    hint: str
    call: int | None  # index of the innermost call that failed
    source: str | None  # "file.py:31"


@dataclass(frozen=True, slots=True)
class Part:
    """A module of which there is something to say."""

    path: str  # "aux1"
    kind: str  # "InceptionAux"
    params: int  # everything below included


@dataclass(frozen=True, slots=True)
class Held:
    """Parameters that others than the module whose row counts them hold too, or alone."""

    call: int  # index of the row that counts them
    holders: tuple[str, ...]  # paths of modules: more than one share them; none: a plain list holds them
    params: int


@dataclass(frozen=True, slots=True)
class Report:
    """A network, run once and looked at. ``calls[i].index == i``; a parent stands before its children."""

    name: str
    input_shapes: tuple[Shape, ...]
    calls: tuple[Call, ...]
    totals: Totals
    error: Failure | None = None
    never_ran: tuple[Part, ...] = ()  # what has parameters and took no part
    unregistered: tuple[Part, ...] = ()  # what only plain lists and dictionaries hold
    outputs_from: tuple[int, ...] = ()  # the calls that made the network's output
    decided_by_data: tuple[int, ...] = ()  # the calls in which numbers decided what ran, or how large it was
    unsized: tuple[str, ...] = ()  # parameters of lazy layers that never ran, of which no size is known
    held_elsewhere: tuple[Held, ...] = ()  # weights that are shared, or of modules that never ran

    @property
    def status(self) -> Literal["complete", "partial"]:
        """Partial: the run failed, and ``calls`` ends with the failing call."""
        return "complete" if self.error is None else "partial"

    def children(self, parent: int | None) -> tuple[Call, ...]:
        """Return the calls directly below ``parent``."""
        return tuple(call for call in self.calls if call.parent == parent)

    @property
    def title(self) -> str:
        """The name, of a file of the user's without its folder: "net.py:Net"."""
        path = PurePath(self.name)
        return path.name if path.is_absolute() else self.name

    def unsized_below(self, path: str) -> tuple[str, ...]:
        """Return the parameters of unknown size of the module at a path, and of those inside of it."""
        return tuple(name for name in self.unsized if f".{name}".startswith(f".{path}." if path else "."))

    def find(self, path: str) -> Call | None:
        """Return the first call of the module at a path; where there is none, of the function; or None.

        "relu()" is the function of a network that has a module of that name too.
        """
        name = path.removesuffix("()")
        found = [call for call in self.calls if call.path == name and not (call.module and name != path)]
        return min(found, key=lambda call: not call.module, default=None)

    def call_dicts(self) -> list[dict[str, object]]:
        """Return the JSON form of every call."""
        other_ops = other_operations.of_calls(self.calls)
        return [{**as_plain(call), "other_ops": other} for call, other in zip(self.calls, other_ops, strict=True)]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form of the public interface, schema 1: every field, and what follows from the fields."""
        calls = self.call_dicts()
        other_ops = calls[0]["other_ops"] if calls and self.error is None else None
        return {
            "schema": SCHEMA,
            "name": self.name,
            "status": self.status,
            **as_plain(replace(self, calls=())),
            "totals": {**as_plain(self.totals), "flops": self.totals.flops, "other_ops": other_ops},
            "calls": calls,
        }

    @classmethod
    def from_dict(cls, data: object) -> Report:
        """Return the report that ``to_dict`` wrote. Keys that a later version added are skipped.

        Raises:
            CnnvizError: it is no report, it is damaged, or a later version wrote it in another schema.
        """
        schema = data.get("schema") if isinstance(data, dict) else None
        if not isinstance(schema, int):
            raise CnnvizError("This is no report of cnnviz's.", "Make one: cnnviz inspect MODEL --format json.")
        if schema > SCHEMA:
            raise CnnvizError(f"This report is of schema {schema}; {SCHEMA} can be read.", "Install a later cnnviz.")
        try:
            report = from_plain(cls, data)
            _check_indices(report)
        except MismatchError as error:
            raise CnnvizError(f"This report is damaged: {error}.", "Make it again.") from error
        return report


def _check_indices(report: Report) -> None:
    """Raise MismatchError where a call is meant that is not there, or that came later than what depends on it."""
    count = len(report.calls)
    around: dict[int, None] = {}  # the calls that a call is made in, which have returned nothing yet
    for index, call in enumerate(report.calls):
        before = (*call.inputs_from, *(() if call.parent is None else (call.parent,)))
        if call.index != index or (call.parent is None) != (index == 0) or max(before, default=-1) >= index:
            raise MismatchError(f"cannot be {call.index} after {before}", ("calls", "index"))
        while around and next(reversed(around)) != call.parent:
            around.popitem()
        if call.parent is not None and (not around or not around.keys().isdisjoint(call.inputs_from)):
            raise MismatchError(f"{index} cannot be in {call.parent}, or come from what it is in", ("calls",))
        around[index] = None
    failed = () if report.error is None or report.error.call is None else (report.error.call,)
    counting = (each.call for each in report.held_elsewhere)
    if (last := max((*report.outputs_from, *failed, *counting), default=-1)) >= count:
        raise MismatchError(f"name call {last} of {count}", ("calls",))
