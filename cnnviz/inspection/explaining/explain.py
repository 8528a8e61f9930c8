"""A call in formulas with its numbers filled in: "3·3·64·128 + 128 = 73,856". No torch here."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.field_formulas import field_formulas
from cnnviz.inspection.explaining.other_formulas import other_formulas
from cnnviz.inspection.kinds.formula import Formula
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.receptive_field import Field

__all__ = ["Formula", "explain"]


def explain(call: Call, fields: Sequence[Field] | None = None) -> tuple[Formula, ...]:
    """Return the formulas that give this call's output size, parameters, multiply-adds and receptive field.

    A formula whose result is not what was counted is left out: parameters shared with an earlier layer, say.

    Args:
        fields: of every call of the report, as ``receptive_field.fields`` gives them; None: without that formula.
    """
    kind = kind_of_call(call)
    of_size = kind.sizes(call) if call.output_shapes and call.input_shapes else ()
    of_field = () if fields is None or not call.output_shapes else field_formulas(call, fields)
    found = (*of_size, *kind.costs(call), *other_formulas(call), *of_field)
    return tuple(formula for formula in found if formula is not None)
