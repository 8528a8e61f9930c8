"""Activations. No torch here.

Each is one operation for each value (ptflops, DeepSpeed); softmax is 3: exp, sum, division (thop).
"""

from __future__ import annotations

from functools import partial

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, counted, integer
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind, Reads, Role

_activation = partial(
    Kind, family=Family.ACTIVATION, keeps=Keeps.INPUT, per_output=1, other_rule="one for every output value"
)
_pointwise = partial(_activation, reads=Reads.POINT)
_softmax = partial(Kind, family=Family.ACTIVATION, along="dim", keeps=Keeps.OUTPUT, per_output=3)
_SOFTMAX_RULE = "exp, sum, division, for every value"


def _slopes(call: Call) -> tuple[Formula | None, ...]:
    slopes = integer(call, "num_parameters")
    return () if slopes is None else (counted("Parameters", "one slope each", f"{slopes}", slopes, call.own_params),)


KINDS = (
    _pointwise(
        ("ReLU", "relu"),
        keeps=Keeps.OUTPUT,
        sentence="Keeps positive values and sets negative ones to 0. Without such a bend, layers in a row would be "
        "one.",
    ),
    _pointwise(
        ("ReLU6", "relu6"),
        keeps=Keeps.INPUT_OR_COPY,
        sentence="Keeps values from 0 to 6 and clips the rest: a ReLU that low precision can hold.",
    ),
    _pointwise(
        ("LeakyReLU", "leaky_relu"),
        sentence="Keeps positive values and shrinks negative ones, so that a gradient always passes.",
    ),
    _pointwise(
        ("PReLU", "prelu"),
        sentence="Keeps positive values and scales negative ones by a slope that it learns.",
        costs=_slopes,
    ),
    _pointwise(
        ("ELU", "elu"),
        keeps=Keeps.OUTPUT,
        sentence="Keeps positive values and bends negative ones smoothly towards a floor.",
    ),
    _activation(("SELU", "selu"), sentence="A scaled ELU that keeps mean 0 and deviation 1 from layer to layer."),
    _activation(("CELU", "celu"), keeps=Keeps.INPUT_OR_COPY),
    _activation(("RReLU", "rrelu"), keeps_beside=4),  # the slopes that were drawn
    _pointwise(
        ("GELU", "gelu"),
        sentence="Weights each value by the chance that a normal variable is smaller: a ReLU with a smooth bend.",
    ),
    _pointwise(
        ("SiLU", "silu"),
        keeps=Keeps.INPUT_OR_COPY,
        sentence="Multiplies each value by its own sigmoid: a ReLU with a smooth bend. Also called Swish.",
    ),
    _activation(
        ("Mish", "mish"),
        keeps=Keeps.INPUT_OR_COPY,
        sentence="A smooth bend like SiLU's: each value times tanh(softplus(value)).",
    ),
    _pointwise(
        ("Hardswish", "hardswish"),
        keeps=Keeps.INPUT_OR_COPY,
        sentence="SiLU made of straight pieces, cheap on phones.",
    ),
    _pointwise(
        ("Hardsigmoid", "hardsigmoid"),
        keeps=Keeps.INPUT_OR_COPY,
        sentence="A sigmoid made of three straight pieces, cheap on phones.",
    ),
    _pointwise(("Hardtanh", "hardtanh"), keeps=Keeps.INPUT_OR_COPY, sentence="Clips values to a range."),
    _pointwise(
        ("Sigmoid", "sigmoid"),
        keeps=Keeps.OUTPUT,
        sentence="Squeezes each value into 0 to 1. Far from 0 it is flat, and gradients there vanish.",
    ),
    _activation(("LogSigmoid", "logsigmoid", "log_sigmoid"), keeps_beside=4),  # exp(−|value|)
    _pointwise(
        ("Tanh", "tanh"),
        keeps=Keeps.OUTPUT,
        sentence="Squeezes each value into −1 to 1. Far from 0 it is flat, and gradients there vanish.",
    ),
    _pointwise(("Softplus", "softplus"), sentence="A ReLU rounded off everywhere: log(1 + exp(value))."),
    _activation(("Softsign", "softsign"), keeps_beside=4),  # 1 + |value|
    _activation(("Hardshrink", "hardshrink")),
    _activation(("Softshrink", "softshrink")),
    _activation(("Tanhshrink", "tanhshrink")),
    _activation(("Threshold", "threshold")),
    Kind(("GLU", "glu"), Family.OTHER, along="dim", keeps=Keeps.INPUT, per_output=2),  # sigmoid, multiplication
    _softmax(
        ("Softmax", "softmax", "special_softmax"),
        reads=Reads.POINT,
        other_rule=_SOFTMAX_RULE,
        arguments=("dim",),
        role=Role.SOFTMAX | Role.MATRIX,
        sentence="Turns scores into shares that are positive and sum to 1: probabilities, or weights of attention.",
    ),
    _softmax(
        ("Softmax2d",),
        rank=2,
        along=1,
        sentence="Turns scores into shares that are positive and sum to 1: probabilities, or weights of attention.",
    ),
    _softmax(
        ("LogSoftmax", "log_softmax", "special_log_softmax"),
        reads=Reads.POINT,
        other_rule=_SOFTMAX_RULE,
        arguments=("dim",),
        sentence="Logarithms of the shares that softmax would give, as a loss likes to read them.",
    ),
    _softmax(("Softmin", "softmin")),
    Kind(("gumbel_softmax",), Family.ACTIVATION, along="dim"),
)
