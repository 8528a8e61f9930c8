"""Whether what feature maps need fits into main memory, told before a network runs."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from cnnviz.inspection.memory import forward_bytes, weight_bytes
from cnnviz.inspection.report import Report
from cnnviz.machine import check_room


def check_maps_fit(report: Report, call: int, budget: int, is_built: bool) -> None:
    """Refuse to build and run what needs more memory than is free.

    Args:
        report: of the network.
        call: index of the call whose maps are wanted.
        budget: bytes of outputs that are kept beside it.
        is_built: True where the weights are in memory already.

    Raises:
        CnnvizError: it does not fit.
    """
    weights = 0 if is_built else weight_bytes(report)
    needed = weights + bytes_until(report, call, budget)
    check_room(needed, "Choose a smaller input or network, or an earlier layer.")


def bytes_until(report: Report, call: int, budget: int) -> int:
    """Return the most that ``capture`` holds at once, in bytes: it stops after ``call`` once ``budget`` is used up."""
    last, inside = call, {call}
    for each in report.calls[call + 1 :]:
        if each.parent not in inside:
            break
        inside.add(each.index)
        last = each.index
    run = replace(report, calls=report.calls[: last + 1])
    kept = sum(each.activation_bytes for each in run.calls)
    copied = sum(4 * prod(shape) for shape in report.calls[call].output_shapes)
    return forward_bytes(run) + min(budget, kept) + copied
