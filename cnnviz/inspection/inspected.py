"""A network and what it did, handed on together: nobody has to guess whether a report fits a spec. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.report import Report
from cnnviz.inspection.saved_report import saved_report
from cnnviz.zoo.catalog import find

if TYPE_CHECKING:
    from cnnviz.zoo.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Inspected:
    """A spec, and the report of the very network that it builds."""

    spec: ModelSpec  # with the input that the network was run on, where that was only guessed
    report: Report

    @property
    def title(self) -> str:
        """What it is called beside others: a saved report by its file, for the network may stand beside it."""
        architecture = find(self.spec.name)
        return architecture.title if architecture.is_report else self.report.title


def inspect_spec(spec: ModelSpec) -> Inspected:
    """Inspect a network, one of the user's at the first input that works where its own was only guessed.

    The first call pays for ``import torch``, unless it is for a saved report.

    Raises:
        CnnvizError: as ``inspect_as_asked``.
    """
    return inspect_as_asked(spec, shape_is_said=spec.input_shape != find(spec.name).input_shape)


def inspect_as_asked(spec: ModelSpec, *, shape_is_said: bool, batch: int = 1, train_mode: bool = False) -> Inspected:
    """Inspect a network, or read the report that ``spec`` names a file of.

    Raises:
        CnnvizError: as ``tracer.inspect`` and ``saved_report``.
    """
    if (saved := saved_report(spec, batch, train_mode)) is not None:
        return Inspected(spec, saved)
    from cnnviz.inspection.tracer import inspect, with_working_input

    fitting = with_working_input(spec, shape_is_said)
    return Inspected(fitting, inspect(fitting, batch=batch, train_mode=train_mode))
