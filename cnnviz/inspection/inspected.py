"""A network and what it did, handed on together: nobody has to guess whether a report fits a spec. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import find

if TYPE_CHECKING:
    from cnnviz.zoo.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Inspected:
    """A spec, and the report of the very network that it builds."""

    spec: ModelSpec  # with the input that the network was run on, where that was only guessed
    report: Report


def inspect_spec(spec: ModelSpec) -> Inspected:
    """Inspect a network, one of the user's at the first input that works where its own was only guessed.

    The first call pays for ``import torch``.

    Raises:
        CnnvizError: as ``tracer.inspect``.
    """
    from cnnviz.inspection.tracer import inspect, with_working_input

    fitting = with_working_input(spec, shape_is_said=spec.input_shape != find(spec.name).input_shape)
    return Inspected(fitting, inspect(fitting))
