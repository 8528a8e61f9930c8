"""Functions of numbers one by one, comparisons, and reductions. No torch here.

A function of one or two numbers is one operation for each output (ptflops, DeepSpeed). Reductions have one for each
value that they read, or as many as stand beside them.
"""

from __future__ import annotations

from functools import partial

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind

_KEEP_INPUT = (
    "square", "log2", "log10", "log1p", "sin", "cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "erf", "erfinv",
    "logit", "sinc", "clamp", "clamp_min", "clamp_max", "clip", "fmax", "fmin", "nan_to_num", "arcsin", "arccos",
    "arctan", "arctan2", "asinh", "acosh", "atanh", "arcsinh", "arccosh", "arctanh", "erfc", "lgamma", "digamma",
    "special_erf", "special_erfc", "special_erfinv", "special_log1p", "special_logit", "special_sinc",
)  # fmt: skip
_KEEP_OUTPUT = ("exp2", "expm1", "reciprocal", "tan", "expit", "special_exp2", "special_expit", "special_expm1")
_KEEP_BOTH = ("hypot", "copysign", "sgn")
_KEEP_NOTHING = (
    "sign", "round", "floor", "ceil", "trunc", "frac", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "invert",
    "logical_and", "logical_or", "logical_not", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_not",
    "bitwise_xor", "isnan", "isinf", "isfinite", "greater", "greater_equal", "less", "less_equal", "not_equal",
    "heaviside", "deg2rad", "rad2deg", "signbit", "special_round",
)  # fmt: skip
_KEEP_UNKNOWN = ("remainder", "fmod", "masked_scatter", "float_power")
_reduction = partial(Kind, family=Family.OTHER, along="dim")
_counting = partial(_reduction, per_input=1)


def _kept_by_extreme(call: Call) -> Keeps:
    """Along an axis, where it was found, which is an output too; of all values, these and the one that was found."""
    return Keeps.OUTPUT if call.output_shapes and call.output_shapes[0] else Keeps.BOTH


KINDS = (
    *(
        Kind((name,), Family.OTHER, keeps=keeps, per_output=1)
        for keeps, names in (
            (Keeps.INPUT, _KEEP_INPUT),
            (Keeps.OUTPUT, _KEEP_OUTPUT),
            (Keeps.BOTH, _KEEP_BOTH),
            (Keeps.NOTHING, _KEEP_NOTHING),
            (Keeps.UNKNOWN, _KEEP_UNKNOWN),
        )
        for name in names
    ),
    Kind(("lerp",), Family.OTHER, per_output=3),
    Kind(("addcmul",), Family.OTHER, per_output=2),
    Kind(("addcdiv",), Family.OTHER, per_output=2),
    *(_counting((name,), keeps=Keeps.NOTHING) for name in ("argmax", "argmin", "all", "any", "cumsum")),
    _counting(("count_nonzero",), keeps=Keeps.NOTHING),
    *(_counting((name,), keeps=Keeps.INPUT) for name in ("nansum", "nanmean")),
    *(_counting((name,), keeps=Keeps.BOTH) for name in ("prod", "amax", "amin", "cumprod")),
    *(_counting((name,), keeps=_kept_by_extreme) for name in ("max", "min")),
    _reduction(("logsumexp", "special_logsumexp"), keeps=Keeps.BOTH, per_input=2),  # exp, and a sum
    # Sum, square, sum.
    *(_reduction((name,), keeps=Keeps.INPUT, per_input=3) for name in ("var", "var_mean")),
    *(_reduction((name,), keeps=Keeps.BOTH, per_input=3) for name in ("std", "std_mean")),
)
