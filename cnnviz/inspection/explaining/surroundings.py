"""What is asked of a report again and again, each computed when it is first asked for. No torch here."""

from __future__ import annotations

from functools import cached_property

from cnnviz.inspection import other_operations, receptive_field
from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.related import Neighbours, Related
from cnnviz.inspection.receptive_field import Field
from cnnviz.inspection.report import Report


class Surroundings:
    """What the details of one call need of the whole report."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def related(self, call: Call) -> Related:
        """Return the calls around this one."""
        return self._neighbours.around(call)

    @cached_property
    def containers(self) -> frozenset[int]:
        """The calls that hold others."""
        return frozenset(call.parent for call in self.report.calls if call.parent is not None)

    @cached_property
    def fields(self) -> list[Field]:
        """The receptive field of every call."""
        return receptive_field.fields(self.report.calls)

    @cached_property
    def other_operations(self) -> tuple[int | None, ...]:
        """The operations beside the multiply-adds, of every call; None: unknown."""
        return other_operations.of_calls(self.report.calls)

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self.report)

    @cached_property
    def output_bytes(self) -> tuple[int, ...]:
        """Bytes of what each call puts out, everything inside included."""
        sums = [call.activation_bytes for call in self.report.calls]
        for call in reversed(self.report.calls):
            if call.parent is not None:
                sums[call.parent] += sums[call.index]
        return tuple(sums)
