"""What a layer does, in one plain sentence with its own numbers. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import POSITION, along_axes, extent, times
from cnnviz.inspection.kinds.kind import Role
from cnnviz.inspection.kinds.table import kind_of_call


def sentence(call: Call, below: Sequence[Call] = ()) -> str:
    """Return what this call does in plain words; "" where we have none.

    Args:
        below: the calls directly inside it.
    """
    kind = kind_of_call(call)
    if below and not kind.sentence:
        return _container(call, below)
    if isinstance(kind.sentence, str):
        return kind.sentence.format_map(_Numbers(call, kind.rank))
    return kind.sentence(call)


class _Numbers(dict[str, str]):
    """What a sentence may name of a call: any setting, and how far its windows, steps and output reach."""

    def __init__(self, call: Call, rank: int) -> None:
        super().__init__({name: _plain(value) for name, value in call.settings.items()})
        self["kernel"] = extent(call, "kernel_size", rank) or "small"
        stride = along_axes(call.settings.get("stride") or call.settings.get("kernel_size"), rank) or ()
        self["stride"] = f", {stride[0]} {POSITION[rank]}s apart" if stride and max(stride) > 1 else ""
        made = (call.output_shape or ())[-rank:] if rank else ()
        self["output"] = "one value" if prod(made) == 1 else times(made)
        share = call.settings.get("p")
        self["p"] = f"{share:.0%}" if isinstance(share, float) else "a share"

    def __missing__(self, name: str) -> str:
        return {"mode": "nearest"}.get(name, "some")


def _container(call: Call, below: Sequence[Call]) -> str:
    """What a module's own parts tell: a sum with its input, branches that are joined, a chain."""
    outside = set(call.inputs_from)
    last = below[-1]
    sums = [
        each for each in below if Role.SUM in kind_of_call(each).role and len(each.inputs_from) + each.reads_input > 1
    ]
    if sums and any(outside & set(each.inputs_from) or (call.reads_input and each.reads_input) for each in sums):
        return "A residual block: its input is added to what its layers make of it, so that they learn only the change."
    if sums:
        return "Adds up what its branches make of its input; where one of them is a short cut, it is a residual block."
    if Role.CONCATENATION in kind_of_call(last).role and len(last.input_shapes) > 1:
        if outside & set(last.inputs_from) or (call.reads_input and last.reads_input):
            return "Puts new maps behind the ones that it was given, so that later layers read all of them."
        return (
            f"Looks at its input in {len(last.input_shapes)} ways side by side, and puts the maps of all branches "
            "one behind the other."
        )
    return (
        f"Runs its {len(below)} parts one after another."
        if Role.CHAIN in kind_of_call(call).role and len(below) > 1
        else ""
    )


def _plain(value: object) -> str:
    return times(value) if isinstance(value, tuple) else str(value)
