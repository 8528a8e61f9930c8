"""What a network did when it was run once: a frozen list of calls, in order, as a tree. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from cnnviz.inspection import other_operations
from cnnviz.inspection.call import Call, Shape

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a whole report. Shared parameters are counted once."""

    params: int
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

    def find(self, path: str) -> Call | None:
        """Return the first call at a module path, or None."""
        return next((call for call in self.calls if call.path == path), None)

    def call_dicts(self) -> list[dict[str, object]]:
        """Return the JSON form of every call."""
        other_ops = other_operations.of_calls(self.calls)
        return [{**_call_dict(call), "other_ops": other} for call, other in zip(self.calls, other_ops, strict=True)]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form of the public interface, schema 1."""
        calls = self.call_dicts()
        return {
            "schema": SCHEMA,
            "name": self.name,
            "status": self.status,
            "input_shapes": [list(shape) for shape in self.input_shapes],
            "totals": {
                "params": self.totals.params,
                "trainable_params": self.totals.trainable_params,
                "buffers": self.totals.buffers,
                "macs": self.totals.macs,
                "flops": self.totals.flops,
                "activation_bytes": self.totals.activation_bytes,
                "other_ops": calls[0]["other_ops"] if calls and self.error is None else None,
            },
            "error": None if self.error is None else _failure_dict(self.error),
            "outputs_from": list(self.outputs_from),
            "calls": calls,
        }


def _failure_dict(failure: Failure) -> dict[str, object]:
    return {"message": failure.message, "hint": failure.hint, "call": failure.call, "source": failure.source}


def _call_dict(call: Call) -> dict[str, object]:
    return {
        "index": call.index,
        "parent": call.parent,
        "path": call.path,
        "kind": call.kind,
        "module": call.module,
        "call_number": call.call_number,
        "inputs_from": list(call.inputs_from),
        "reads_input": call.reads_input,
        "input_shapes": [list(shape) for shape in call.input_shapes],
        "output_shapes": [list(shape) for shape in call.output_shapes],
        "own_params": call.own_params,
        "params": call.params,
        "self_macs": call.self_macs,
        "macs": call.macs,
        "activation_bytes": call.activation_bytes,
        "receptive_field": None if call.receptive_field is None else list(call.receptive_field),
        "receptive_field_status": call.receptive_field_status,
        "settings": {key: list(value) if isinstance(value, tuple) else value for key, value in call.settings.items()},
        "status": call.status,
    }
