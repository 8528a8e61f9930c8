"""Operations beside the multiply-adds: normalisation, activation, pooling, elementwise work and biases. No torch here.

One operation is one addition, subtraction, multiplication, division or comparison of two numbers, or one function of
one number (exp, tanh, GELU): a mathematical operation, not a machine's, as in ELECTRA's ``flops_computation.py`` (Clark
et al. 2020). What a multiply-add does is no part of it. Moving numbers is free. For each element of the output:

    bias of a convolution or linear layer   1   its addition (ptflops)
    activation, +, ×, comparison            1   (ptflops, DeepSpeed)
    pooling with a window of k values       k   k − 1 additions and a division; as many for a maximum. Where windows
                                                do not overlap that is each input once (ptflops, fvcore)
    batch normalisation                     2   scale and shift, with the statistics of evaluation (fvcore, thop)
    layer, group, instance normalisation    5   sum, square, sum, scale, shift (fvcore, DeepSpeed, ELECTRA); RMS: 3
    softmax                                 3   exp, sum, division (thop)
    interpolation from k neighbours    2k − 1   a weighted mean; nearest: none
    attention                               4   for each score: scale and softmax; and the biases of its projections

Reductions (``sum``, ``mean``, ``max``) have one for each element that they read. Dropout does nothing in evaluation.
``None`` is unknown: there is no formula, or a setting that it needs is not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from cnnviz.inspection.call import Call, SettingValue, Shape

_Formula = Callable[[Call], int | None]

_MOVES = (
    "identity", "flatten", "unflatten", "ravel", "view", "viewas", "reshape", "reshapeas", "permute", "transpose",
    "swapaxes", "swapdims", "movedim", "moveaxis", "t", "mt", "squeeze", "unsqueeze", "expand", "expandas",
    "broadcastto", "repeat", "repeatinterleave", "tile", "getitem", "setitem", "select", "narrow", "indexselect",
    "indexput", "gather", "scatter", "take", "takealongdim", "maskedselect", "maskedfill", "where", "cat", "concat",
    "concatenate", "stack", "vstack", "hstack", "chunk", "split", "splitwithsizes", "tensorsplit", "unbind", "unfold",
    "roll", "flip", "rot90", "tril", "triu", "diagonal", "pad", "meshgrid", "pixelshuffle", "pixelunshuffle",
    "channelshuffle", "nativechannelshuffle", "embedding", "onehot", "copy", "fill", "zero", "newzeros", "newones",
    "newfull", "newempty", "newtensor", "zeroslike", "oneslike", "emptylike", "fulllike", "real", "imag",
    "viewasreal", "viewascomplex", "maxunpool1d", "maxunpool2d", "maxunpool3d", "constantpad1d", "constantpad2d",
    "constantpad3d", "zeropad1d", "zeropad2d", "zeropad3d", "reflectionpad1d", "reflectionpad2d", "reflectionpad3d",
    "replicationpad1d", "replicationpad2d", "replicationpad3d", "circularpad1d", "circularpad2d", "circularpad3d",
    "upsamplingnearest2d", "dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "featurealphadropout",
    "featuredropout", "bool", "int", "long", "double", "bfloat16", "lift", "asstridedview", "asstrided",
    "matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "tensordot", "chainmatmul",  # multiply-adds alone
)  # fmt: skip
_ONE_EACH = (
    "relu", "relu6", "leakyrelu", "prelu", "rrelu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid",
    "logsigmoid", "hardsigmoid", "hardswish", "hardtanh", "hardshrink", "softshrink", "tanhshrink", "threshold",
    "softplus", "softsign", "tanh", "add", "sub", "subtract", "rsub", "mul", "multiply", "div", "divide", "truediv",
    "truedivide", "floordiv", "floordivide", "mod", "remainder", "fmod", "pow", "square", "sqrt", "rsqrt", "exp",
    "exp2", "expm1", "log", "log2", "log10", "log1p", "abs", "absolute", "neg", "negative", "sign", "reciprocal",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "erf", "erfinv", "logit", "expit", "sinc",
    "round", "floor", "ceil", "trunc", "frac", "clamp", "clampmin", "clampmax", "clip", "maximum", "minimum", "fmax",
    "fmin", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "not", "invert", "logicaland", "logicalor",
    "logicalnot", "logicalxor", "bitwiseand", "bitwiseor", "bitwisenot", "isnan", "isinf", "isfinite", "nantonum",
    "addmm", "addmv", "addbmm", "baddbmm", "maskedscatter",
)  # fmt: skip
_ONE_FOR_EACH_READ = (
    "sum", "mean", "nansum", "nanmean", "prod", "max", "min", "amax", "amin", "argmax", "argmin", "all", "any",
    "cumsum", "cumprod", "countnonzero", "fold",
)  # fmt: skip
_PER_OUTPUT: Mapping[str, int] = {
    **dict.fromkeys(_MOVES, 0),
    **dict.fromkeys(_ONE_EACH, 1),
    **dict.fromkeys(("batchnorm", "batchnorm1d", "batchnorm2d", "batchnorm3d", "syncbatchnorm"), 2),
    **dict.fromkeys(
        ("layernorm", "groupnorm", "instancenorm", "instancenorm1d", "instancenorm2d", "instancenorm3d"), 5
    ),
    **dict.fromkeys(("softmax", "softmax2d", "softmin", "logsoftmax"), 3),
    "rmsnorm": 3,  # square, sum, scale
    "normalize": 3,  # square, sum, division
    "glu": 2,  # sigmoid, multiplication
    "lerp": 3,
    "addcmul": 2,
    "addcdiv": 2,
    "upsamplingbilinear2d": 7,
}
_PER_INPUT: Mapping[str, int] = {
    **dict.fromkeys(_ONE_FOR_EACH_READ, 1),
    **dict.fromkeys(("norm", "vectornorm", "linalgnorm", "linalgvectornorm", "logsumexp"), 2),  # a function, and a sum
    **dict.fromkeys(("var", "std", "varmean", "stdmean"), 3),  # sum, square, sum
}
_NEIGHBOURS = {"nearest": 0, "nearest-exact": 0, "linear": 2, "bilinear": 4, "trilinear": 8, "bicubic": 16}
_SCORE = 4  # scale, exp, sum, division


def of_calls(calls: Sequence[Call]) -> tuple[int | None, ...]:
    """Return the other operations of every call of a whole report, everything below included, in linear time."""
    containers = {call.parent for call in calls}
    sums = [_own(call, call.index in containers) for call in calls]
    for call in reversed(calls):
        if call.parent is not None:
            below, above = sums[call.index], sums[call.parent]
            sums[call.parent] = None if below is None or above is None else above + below
    return tuple(sums)


def total(calls: Sequence[Call]) -> int | None:
    """Return the other operations of the whole network; None where a call has none that are known, or failed."""
    return of_calls(calls)[0] if calls and calls[0].status != "failed" else None


def other_operations(call: Call) -> int | None:
    """Return the operations beside the multiply-adds of a call with none below it, for the whole batch."""
    if call.self_macs is None or not call.output_shapes:
        return None
    kind = call.kind.lower().replace("_", "")
    if kind in _PER_OUTPUT:
        return _PER_OUTPUT[kind] * prod(call.output_shapes[0])
    if kind in _PER_INPUT:
        return _PER_INPUT[kind] * prod(call.input_shapes[0]) if call.input_shapes else None
    if kind in _FORMULAS:
        return _FORMULAS[kind](call)
    # A module of the user's that calls nothing and makes nothing: it hands on what it was given.
    return 0 if call.module and not call.activation_bytes else None


def _own(call: Call, is_container: bool) -> int | None:
    if call.status == "failed":
        return None
    return 0 if is_container else other_operations(call)


def _bias(call: Call) -> int | None:
    """One addition for each output, where there is a bias."""
    match call.settings.get("bias"):
        case bool(bias):
            return bias * prod(call.output_shapes[0])
    return None


def _pooling(axes: int, each: int = 1) -> _Formula:
    """``each`` operation for every value in every window."""

    def formula(call: Call) -> int | None:
        window = _window(call.settings.get("kernel_size"), axes)
        return None if window is None else each * window * prod(call.output_shapes[0])

    return formula


def _window(kernel: SettingValue, axes: int) -> int | None:
    if isinstance(kernel, tuple):
        return prod(kernel) if len(kernel) == axes else kernel[0] ** axes
    return kernel**axes if isinstance(kernel, int) else None


def _adaptive_pooling(axes: int) -> _Formula:
    def formula(call: Call) -> int | None:
        if not call.input_shapes:
            return None
        return adaptive_reads(call.input_shapes[0], call.output_shapes[0], axes)

    return formula


def adaptive_reads(data: Shape, output: Shape, axes: int) -> int:
    """Return how many values the windows of adaptive pooling hold: output i of n reads ⌊i·m/n⌋ … ⌈(i+1)·m/n⌉ of m."""
    sizes = zip(data[-axes:], output[-axes:], strict=True)
    return prod(output[:-axes]) * prod(sum(-(-(i + 1) * m // n) - i * m // n for i in range(n)) for m, n in sizes)


def _interpolation(call: Call) -> int | None:
    mode = call.settings.get("mode", "nearest")
    if mode == "area":
        return _adaptive_pooling(len(call.output_shapes[0]) - 2)(call)
    neighbours = _NEIGHBOURS.get(str(mode))
    return None if neighbours is None else max(0, 2 * neighbours - 1) * prod(call.output_shapes[0])


def _local_response(call: Call) -> int | None:
    """x · (k + α · mean of n squares)^−β: a square, n − 1 additions; then scale, shift, power, product."""
    size = call.settings.get("size")
    return (size + 4) * prod(call.output_shapes[0]) if isinstance(size, int) else None


def _recurrent(sums: int, elementwise: int) -> _Formula:
    """For each step, layer, direction and hidden unit.

    Args:
        sums: gates, each of which adds what comes from the input to what comes from the last step, and two biases.
        elementwise: functions, products and sums that make the new state of the gates.
    """

    def formula(call: Call) -> int | None:
        hidden, bias = call.settings.get("hidden_size"), call.settings.get("bias")
        layers, both_ways = call.settings.get("num_layers", 1), call.settings.get("bidirectional", False)
        if not (isinstance(hidden, int) and isinstance(layers, int) and isinstance(bias, bool) and call.input_shapes):
            return None
        steps = prod(call.input_shapes[0][:-1])
        return steps * layers * (2 if both_ways else 1) * hidden * (sums * (3 if bias else 1) + elementwise)

    return formula


def _einsum(call: Call) -> int | None:
    """Multiply-adds alone, or, where there are none, sums and products of which we do not know the number."""
    return 0 if call.self_macs else None


def _attention(call: Call) -> int | None:
    """Queries (…, L, E), keys (…, S, E), values: L · S scores in each head; a mask is added to them."""
    if len(call.input_shapes) < 3:
        return None
    query, key = call.input_shapes[:2]
    return (_SCORE + (len(call.input_shapes) > 3)) * prod(query[:-1]) * key[-2]


def _multihead_attention(call: Call) -> int | None:
    """Biases of queries, keys, values and the output; scale and softmax of N · heads · L · S scores."""
    heads, bias = call.settings.get("num_heads"), call.settings.get("bias")
    if not isinstance(heads, int) or not isinstance(bias, bool) or len(call.input_shapes) < 3:
        return None
    query, key = call.input_shapes[:2]
    time = 1 if call.settings.get("batch_first") and len(key) == 3 else 0
    biases = bias * (2 * prod(query) + 2 * prod(key[:-1]) * query[-1])
    return biases + _SCORE * heads * prod(query[:-1]) * key[time]


_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "convtranspose1d", "convtranspose2d", "convtranspose3d")
_FORMULAS: Mapping[str, _Formula] = {
    **dict.fromkeys((*_CONVOLUTIONS, "linear"), _bias),
    **{f"{kind}pool{axes}d": _pooling(axes) for kind in ("max", "avg", "fractionalmax") for axes in (1, 2, 3)},
    **{f"lppool{axes}d": _pooling(axes, each=2) for axes in (1, 2, 3)},  # a power and an addition
    **{f"adaptive{kind}pool{axes}d": _adaptive_pooling(axes) for kind in ("max", "avg") for axes in (1, 2, 3)},
    **dict.fromkeys(("upsample", "interpolate"), _interpolation),
    "localresponsenorm": _local_response,
    **dict.fromkeys(("lstm", "lstmcell"), _recurrent(sums=4, elementwise=9)),  # σ σ σ tanh tanh; f·c + i·g; o·tanh c
    **dict.fromkeys(("gru", "grucell"), _recurrent(sums=3, elementwise=8)),  # σ σ tanh; r·n; (1 − z)·n + z·h
    **dict.fromkeys(("rnn", "rnncell"), _recurrent(sums=1, elementwise=1)),  # tanh
    "einsum": _einsum,
    "scaleddotproductattention": _attention,
    "multiheadattention": _multihead_attention,
}
