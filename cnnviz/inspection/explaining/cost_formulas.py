"""Where a call's parameters and multiply-adds come from, with the numbers filled in. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.formula import (
    Formula,
    along_axes,
    counted,
    integer,
    plain_kind,
    product,
    rank_of,
    values,
)

_Costs = Callable[[Call], tuple[Formula | None, ...]]
_GATES = {"lstm": 4, "lstmcell": 4, "gru": 3, "grucell": 3, "rnn": 1, "rnncell": 1}
_ATTENTION_SOURCE = "Vaswani et al., arXiv:1706.03762, section 3.2"


def cost_formulas(call: Call) -> tuple[Formula, ...]:
    """Return the formulas of a call's parameters and multiply-adds that give what was counted."""
    kind = plain_kind(call.kind)
    if rank_of(kind) and kind.startswith("conv"):
        found = _transposed(call) if kind.startswith("convtranspose") else _convolution(call)
    elif kind in _GATES:
        found = _recurrent(call)
    else:
        found = _COSTS.get(kind, _nothing)(call)
    return tuple(formula for formula in found if formula is not None)


def _nothing(_call: Call) -> tuple[Formula | None, ...]:
    return ()


def _convolution(call: Call) -> tuple[Formula | None, ...]:
    kernel = along_axes(call.settings.get("kernel_size"), rank_of(call.kind))
    inputs, outputs = integer(call, "in_channels"), integer(call, "out_channels")
    if kernel is None or inputs is None or outputs is None or call.output_shape is None:
        return ()
    groups = integer(call, "groups") or 1
    read = f"{inputs}" if groups == 1 else f"({inputs}/{groups})"
    weights = prod(kernel) * inputs // groups
    of_group = " of a group" if groups > 1 else ""
    biases, text, with_biases = _biases(call, outputs)
    return (
        counted(
            "Parameters",
            f"kernel · input channels{of_group} · output channels{with_biases}",
            f"{product(*kernel, read, outputs)}{text}",
            weights * outputs + biases,
            call.own_params,
        ),
        counted(
            "Multiply-adds",
            f"kernel · input channels{of_group} · every output value",
            product(*kernel, read, *values(call.output_shape)),
            weights * prod(call.output_shape),
            call.self_macs,
        ),
    )


def _transposed(call: Call) -> tuple[Formula | None, ...]:
    """Each input value is spread over one kernel for each output map of its group."""
    kernel = along_axes(call.settings.get("kernel_size"), rank_of(call.kind))
    inputs, outputs = integer(call, "in_channels"), integer(call, "out_channels")
    if kernel is None or inputs is None or outputs is None or not call.input_shapes:
        return ()
    groups = integer(call, "groups") or 1
    written = f"{outputs}" if groups == 1 else f"({outputs}/{groups})"
    of_group = " of a group" if groups > 1 else ""
    biases, text, with_biases = _biases(call, outputs)
    spread = prod(kernel) * outputs // groups
    return (
        counted(
            "Parameters",
            f"kernel · input channels · output channels{of_group}{with_biases}",
            f"{product(*kernel, inputs, written)}{text}",
            inputs * spread + biases,
            call.own_params,
        ),
        counted(
            "Multiply-adds",
            f"kernel · output channels{of_group} · every input value",
            product(*kernel, written, *values(call.input_shapes[0])),
            spread * prod(call.input_shapes[0]),
            call.self_macs,
        ),
    )


def _linear(call: Call) -> tuple[Formula | None, ...]:
    inputs, outputs = integer(call, "in_features"), integer(call, "out_features")
    if inputs is None or outputs is None or call.output_shape is None:
        return ()
    biases, text, with_biases = _biases(call, outputs)
    macs = product(inputs, *values(call.output_shape))
    return (
        counted(
            "Parameters",
            f"inputs · outputs{with_biases}",
            f"{inputs}·{outputs}{text}",
            inputs * outputs + biases,
            call.own_params,
        ),
        counted("Multiply-adds", "inputs · every output value", macs, inputs * prod(call.output_shape), call.self_macs),
    )


def _biases(call: Call, outputs: int) -> tuple[int, str, str]:
    """Return how many there are, and what they add to the numbers and to the rule."""
    return (outputs, f" + {outputs}", " + biases") if call.settings.get("bias") else (0, "", "")


def _scale_and_shift(setting: str, each: str) -> _Costs:
    """A norm learns a scale, and mostly a shift, for each of what ``setting`` counts."""

    def formula(call: Call) -> tuple[Formula | None, ...]:
        extent = call.settings.get(setting)
        sizes = extent if isinstance(extent, tuple) else (extent,) if isinstance(extent, int) else ()
        count = prod(sizes)
        if not sizes or not call.own_params:
            return ()
        both = counted(
            "Parameters", f"a scale and a shift for each {each}", product(2, *sizes), 2 * count, call.own_params
        )
        return (both or counted("Parameters", f"a scale for each {each}", product(*sizes), count, call.own_params),)

    return formula


def _group_norm(call: Call) -> tuple[Formula | None, ...]:
    groups, channels = integer(call, "num_groups"), integer(call, "num_channels")
    if not groups or channels is None:
        return ()
    of_group = Formula("Channels of a group", "channels / groups", f"{channels} / {groups} = {channels // groups}")
    return (*_scale_and_shift("num_channels", "channel")(call), of_group)


def _prelu(call: Call) -> tuple[Formula | None, ...]:
    slopes = integer(call, "num_parameters")
    return () if slopes is None else (counted("Parameters", "one slope each", f"{slopes}", slopes, call.own_params),)


def _embedding(call: Call) -> tuple[Formula | None, ...]:
    words, width = integer(call, "num_embeddings"), integer(call, "embedding_dim")
    if words is None or width is None:
        return ()
    return (counted("Parameters", "entries · numbers of each", product(words, width), words * width, call.own_params),)


def _recurrent(call: Call) -> tuple[Formula | None, ...]:
    """g gates, each with weights for what comes in, weights for the last state, and two biases, in each direction.

    Hochreiter and Schmidhuber 1997 (LSTM), Cho et al., arXiv:1406.1078 (GRU), as cuDNN and PyTorch hold them.
    """
    inputs, hidden, gates = integer(call, "input_size"), integer(call, "hidden_size"), _GATES[plain_kind(call.kind)]
    if inputs is None or hidden is None or call.output_shape is None or call.settings.get("proj_size"):
        return ()
    ways, biases = (2 if call.settings.get("bidirectional") else 1), (2 if call.settings.get("bias") else 0)
    later = (integer(call, "num_layers") or 1) - 1
    rows = product(*(factor for factor in (ways, gates) if factor > 1), hidden)
    steps = prod(call.output_shape[:-1])
    first, next_ = inputs + hidden, ways * hidden + hidden

    def text(extra: int) -> str:
        more = f" + {extra}" if extra else ""
        upper = f" + {later}·{rows}·({ways * hidden} + {hidden}{more})" if later else ""
        return f"{rows}·({inputs} + {hidden}{more}){upper}"

    def total(extra: int) -> int:
        return ways * gates * hidden * (first + extra + later * (next_ + extra))

    directions = "directions · " if ways > 1 else ""
    rule = (
        f"{directions}{gates} gates · states · (inputs + states"
        if gates > 1
        else f"{directions}states · (inputs + states"
    )
    macs = f"{steps}·[{text(0)}]" if later else f"{steps}·{text(0)}"
    return (
        counted(
            "Parameters", f"{rule}{' + 2 biases' if biases else ''})", text(biases), total(biases), call.own_params
        ),
        counted("Multiply-adds", f"steps · {rule})", macs, steps * total(0), call.self_macs),
    )


def _attention(call: Call) -> tuple[Formula | None, ...]:
    """Four projections of width E; L·S scores of E multiply-adds over all heads, and as many for the mean of values."""
    if call.output_shape is None or len(call.output_shape) != 3 or len(call.input_shapes) < 2:
        return ()
    steps = 1 if call.settings.get("batch_first") else 0
    batch, length, width = call.output_shape[1 - steps], call.output_shape[steps], call.output_shape[2]
    others = call.input_shapes[1][steps]
    reads = f"{length}·{width}·{width}" if length == others else ""
    project = f"4·{reads}" if reads else f"2·{length}·{width}·{width} + 2·{others}·{width}·{width}"
    once = (2 * length + 2 * others) * width * width + 2 * length * others * width
    text = f"{project} + 2·{length}·{others}·{width}"
    return (
        counted(
            "Parameters",
            "projections of queries, keys, values and output, with biases",
            f"4·({width}·{width} + {width})",
            4 * (width * width + width),
            call.own_params,
        ),
        counted(
            "Multiply-adds",
            "four projections + scores and weighted means",
            text if batch == 1 else f"{batch}·({text})",
            batch * once,
            call.self_macs,
            _ATTENTION_SOURCE,
        ),
    )


def _scaled_dot_product(call: Call) -> tuple[Formula | None, ...]:
    """(…, L, E), (…, S, E), (…, S, V): L·S·E for the scores and L·S·V for the weighted means, in each head."""
    if len(call.input_shapes) < 3 or any(len(shape) < 2 for shape in call.input_shapes[:3]):
        return ()
    query, key, value = call.input_shapes[:3]
    heads, text = prod(query[:-2]), f"{query[-2]}·{key[-2]}·({query[-1]} + {value[-1]})"
    result = prod(query[:-1]) * key[-2] * (query[-1] + value[-1])
    rule = "heads · queries · keys · (width of a key + of a value)"
    return (counted("Multiply-adds", rule, f"{heads}·{text}", result, call.self_macs, _ATTENTION_SOURCE),)


def _matrix_product(call: Call) -> tuple[Formula | None, ...]:
    if call.output_shape is None or not call.input_shapes or not call.input_shapes[0]:
        return ()
    inner = call.input_shapes[0][-1]
    text = product(inner, *values(call.output_shape))
    return (
        counted(
            "Multiply-adds", "inner size · every output value", text, inner * prod(call.output_shape), call.self_macs
        ),
    )


_COSTS: Mapping[str, _Costs] = {
    "linear": _linear,
    **dict.fromkeys(
        ("batchnorm1d", "batchnorm2d", "batchnorm3d", "syncbatchnorm"), _scale_and_shift("num_features", "channel")
    ),
    **dict.fromkeys(
        ("instancenorm1d", "instancenorm2d", "instancenorm3d"), _scale_and_shift("num_features", "channel")
    ),
    **dict.fromkeys(("layernorm", "layernorm2d", "rmsnorm"), _scale_and_shift("normalized_shape", "normalised value")),
    "groupnorm": _group_norm,
    "prelu": _prelu,
    "embedding": _embedding,
    "multiheadattention": _attention,
    "scaleddotproductattention": _scaled_dot_product,
    **dict.fromkeys(("matmul", "mm", "bmm"), _matrix_product),
}
