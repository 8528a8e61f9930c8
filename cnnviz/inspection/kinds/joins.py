"""Where branches meet, and arithmetic. No torch here.

+, ×, and one function of one number are one operation each (ptflops, DeepSpeed); moving numbers is free.
"""

from __future__ import annotations

from functools import partial

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, integer
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind, Reads, Role

_AXIS_NAMES = {1: "Output channels", 2: "Output height", 3: "Output width"}


def _joined(call: Call) -> tuple[Formula, ...]:
    """What is joined adds up along one axis."""
    made = call.output_shape or ()
    axis = integer(call, "dim") or 0
    axis += len(made) if axis < 0 else 0
    if not 0 <= axis < len(made) or any(len(shape) != len(made) for shape in call.input_shapes):
        return ()
    parts = [shape[axis] for shape in call.input_shapes]
    if len(parts) < 2 or sum(parts) != made[axis]:
        return ()
    what = _AXIS_NAMES.get(axis, f"Output axis {axis}") if len(made) == 4 else f"Output axis {axis}"
    rule = "the inputs' channels, one behind the other" if what == "Output channels" else "the inputs' sizes added up"
    return (Formula(what, rule, f"{' + '.join(map(str, parts))} = {made[axis]}"),)


_join = partial(Kind, family=Family.JOIN, per_output=0)
_arithmetic = partial(Kind, family=Family.JOIN, per_output=1)
_explained = partial(_arithmetic, reads=Reads.POINT, other_rule="one for every output value")

KINDS = (
    _join(
        ("cat", "concat", "concatenate"),
        reads=Reads.POINT,
        along="dim",
        keeps=Keeps.NOTHING,
        arguments=("dim",),
        role=Role.JOIN | Role.CONCATENATION,
        sentence="Puts its inputs one behind the other along one axis: nothing is mixed, the next layer reads all of "
        "them.",
        sizes=_joined,
    ),
    _join(
        ("stack",),
        along="dim",
        keeps=Keeps.NOTHING,
        arguments=("dim",),
        sentence="Puts its inputs side by side along a new axis.",
    ),
    *(_join(names, keeps=Keeps.NOTHING) for names in (("hstack",), ("vstack", "row_stack"), ("dstack",))),
    _join(("column_stack",), keeps=Keeps.NOTHING),
    _join(("where",), keeps=Keeps.NOTHING, keeps_beside=1),  # of which a value is
    _explained(
        ("add",),
        keeps=Keeps.NOTHING,
        role=Role.JOIN | Role.SUM,
        sentence="Adds its inputs value by value. Where one of them skipped some layers, those learn only the change: "
        "a residual connection.",
    ),
    _explained(
        ("sub", "subtract"), keeps=Keeps.NOTHING, role=Role.JOIN, sentence="Subtracts its inputs value by value."
    ),
    _explained(
        ("mul", "multiply"),
        keeps=Keeps.INPUT,
        role=Role.JOIN,
        sentence="Multiplies its inputs value by value. Where one of them is between 0 and 1, it is a gate.",
    ),
    _explained(("div", "divide", "truediv", "true_divide"), keeps=Keeps.INPUT),
    _arithmetic(("floordiv", "floor_divide"), keeps=Keeps.NOTHING),
    _arithmetic(("mod",)),
    *(_arithmetic((name,), keeps=Keeps.INPUT) for name in ("pow", "maximum", "minimum")),
    _arithmetic(("neg", "negative"), keeps=Keeps.NOTHING),
    _arithmetic(("abs", "absolute"), keeps=Keeps.INPUT),
    _arithmetic(("sqrt",), keeps=Keeps.OUTPUT),
    _arithmetic(("rsqrt",), keeps=Keeps.OUTPUT),
    _arithmetic(("exp",), keeps=Keeps.OUTPUT),
    _arithmetic(("log",), keeps=Keeps.INPUT),
    Kind(
        ("sum",),
        Family.JOIN,
        along="dim",
        keeps=Keeps.NOTHING,
        per_input=1,
        sentence="Adds up values along one or more axes.",
    ),
    Kind(
        ("StochasticDepth",),
        Family.JOIN,
        reads=Reads.POINT,
        keeps=Keeps.NOTHING,
        sentence="Skips the whole branch at random while training; afterwards it does nothing.",
    ),
)
