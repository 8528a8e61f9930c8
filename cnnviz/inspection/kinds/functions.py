"""Functions of numbers one by one, comparisons, and reductions. No torch here.

A function of one or two numbers is one operation for each output (ptflops, DeepSpeed). Reductions have one for each
value that they read, or as many as stand beside them.
"""

from __future__ import annotations

from functools import partial

from cnnviz.inspection.kinds.kind import Family, Kind

_ONE_EACH = (
    "remainder", "fmod", "square", "exp2", "expm1", "log2", "log10", "log1p", "sign", "reciprocal", "sin", "cos", "tan",
    "asin", "acos", "atan", "atan2", "sinh", "cosh", "erf", "erfinv", "logit", "expit", "sinc", "round", "floor",
    "ceil", "trunc", "frac", "clamp", "clamp_min", "clamp_max", "clip", "fmax", "fmin", "lt", "le", "gt", "ge", "eq",
    "ne", "and", "or", "xor", "invert", "logical_and", "logical_or", "logical_not", "logical_xor", "bitwise_and",
    "bitwise_or", "bitwise_not", "bitwise_xor", "isnan", "isinf", "isfinite", "nan_to_num", "masked_scatter",
    "arcsin", "arccos", "arctan", "arctan2", "asinh", "acosh", "atanh", "arcsinh", "arccosh", "arctanh", "greater",
    "greater_equal", "less", "less_equal", "not_equal", "float_power", "hypot", "copysign", "heaviside", "deg2rad",
    "rad2deg", "sgn", "signbit", "erfc", "lgamma", "digamma", "special_erf", "special_erfc", "special_erfinv",
    "special_exp2", "special_expit", "special_expm1", "special_log1p", "special_logit", "special_round",
    "special_sinc",
)  # fmt: skip
_ONE_FOR_EACH_READ = (
    "nansum", "nanmean", "prod", "max", "min", "amax", "amin", "argmax", "argmin", "all", "any", "cumsum", "cumprod",
    "count_nonzero",
)  # fmt: skip
_reduction = partial(Kind, family=Family.OTHER, along="dim")

KINDS = (
    *(Kind((name,), Family.OTHER, per_output=1) for name in _ONE_EACH),
    Kind(("lerp",), Family.OTHER, per_output=3),
    Kind(("addcmul",), Family.OTHER, per_output=2),
    Kind(("addcdiv",), Family.OTHER, per_output=2),
    *(_reduction((name,), per_input=1) for name in _ONE_FOR_EACH_READ),
    _reduction(("logsumexp", "special_logsumexp"), per_input=2),  # exp, and a sum
    *(_reduction((name,), per_input=3) for name in ("var", "std", "var_mean", "std_mean")),  # sum, square, sum
)
