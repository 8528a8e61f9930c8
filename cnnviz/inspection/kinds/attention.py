"""Attention. No torch here.

Beside the multiply-adds there are 4 operations for each score: scale and softmax (exp, sum, division); and the biases
of the projections. Training keeps the queries, the keys, the values and their means; the scores too where they are
handed out or some are dropped, else one sum for each query and head.
"""

from __future__ import annotations

from math import prod

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.formula import Formula, counted
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind

_SOURCE = "Vaswani et al., arXiv:1706.03762, section 3.2"
_SCORE = 4  # scale, exp, sum, division


def _multihead_costs(call: Call) -> tuple[Formula | None, ...]:
    """Four projections of width E; L·S scores of E multiply-adds over all heads, and as many for the mean of values."""
    if call.output_shape is None or len(call.output_shape) != 3 or len(call.input_shapes) < 2:
        return ()
    steps = 1 if call.settings.get("batch_first") else 0
    batch, length, width = call.output_shape[1 - steps], call.output_shape[steps], call.output_shape[2]
    others = call.input_shapes[1][steps]
    compared = others + _added(call)
    reads = f"{length}·{width}·{width}" if length == others else ""
    project = f"4·{reads}" if reads else f"2·{length}·{width}·{width} + 2·{others}·{width}·{width}"
    once = (2 * length + 2 * others) * width * width + 2 * length * compared * width
    text = f"{project} + 2·{length}·{compared}·{width}"
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
            _SOURCE,
        ),
    )


def _added(call: Call) -> int:
    """Keys that the layer adds to those that it is given: a learned one, one of zeros."""
    added = call.settings.get("added_keys", 0)
    return added if isinstance(added, int) else 0


def _multihead_operations(call: Call) -> int | None:
    """Biases of queries, keys, values and the output; scale and softmax of N · heads · L · S scores."""
    heads, bias = call.settings.get("num_heads"), call.settings.get("bias")
    if not isinstance(heads, int) or not isinstance(bias, bool) or len(call.input_shapes) < 3:
        return None
    query, key = call.input_shapes[:2]
    time = 1 if call.settings.get("batch_first") and len(key) == 3 else 0
    biases = bias * (2 * prod(query) + 2 * prod(key[:-1]) * query[-1])
    return biases + _SCORE * heads * prod(query[:-1]) * (key[time] + _added(call))


def _kept_by_heads(call: Call) -> int:
    """In float32: projected queries, keys, values and their mean; copies that are scaled where there are scores."""
    heads = call.settings.get("num_heads")
    if not isinstance(heads, int) or len(call.input_shapes) < 2:
        return 0
    query, key = call.input_shapes[:2]
    time = 1 if call.settings.get("batch_first") and len(key) == 3 else 0
    dropped, scores_are_told = bool(call.settings.get("dropout_p")), len(call.output_shapes) > 1
    of_query, of_key = prod(query), prod(key[:-1]) * query[-1]
    rows = heads * prod(query[:-1])
    if not scores_are_told and not dropped:
        return 4 * (2 * of_query + 2 * of_key + rows)
    with_itself = query == key and len(call.inputs_from) + call.reads_input == 1  # then all three are one tensor
    copies = of_query * with_itself + (0 if scores_are_told else of_key)
    scores = rows * key[time] * (3 if dropped else 1)
    return 4 * (2 * of_query + 2 * of_key + copies + scores)


def _kept_by_multihead(call: Call) -> Keeps:
    """Keys that the layer adds are copied together with those that it is given, where and how often depends."""
    return Keeps.INPUT if isinstance(call.settings.get("num_heads"), int) and not _added(call) else Keeps.UNKNOWN


def _kept_scaled(call: Call) -> Keeps:
    return Keeps.UNKNOWN if call.settings.get("dropout_p") else Keeps.BOTH


def _log_sums(call: Call) -> int:
    """Of each query, the logarithm of the sum that its scores are divided by, in 4 bytes."""
    return 4 * prod(call.output_shapes[0][:-1])


def _scaled_costs(call: Call) -> tuple[Formula | None, ...]:
    """(…, L, E), (…, S, E), (…, S, V): L·S·E for the scores and L·S·V for the weighted means, in each head."""
    if len(call.input_shapes) < 3 or any(len(shape) < 2 for shape in call.input_shapes[:3]):
        return ()
    query, key, value = call.input_shapes[:3]
    heads, text = prod(query[:-2]), f"{query[-2]}·{key[-2]}·({query[-1]} + {value[-1]})"
    result = prod(query[:-1]) * key[-2] * (query[-1] + value[-1])
    rule = "heads · queries · keys · (width of a key + of a value)"
    return (counted("Multiply-adds", rule, f"{heads}·{text}", result, call.self_macs, _SOURCE),)


def _scaled_operations(call: Call) -> int | None:
    """Queries (…, L, E), keys (…, S, E), values: L · S scores in each head; a mask is added to them."""
    if len(call.input_shapes) < 3:
        return None
    query, key = call.input_shapes[:2]
    return (_SCORE + (len(call.input_shapes) > 3)) * prod(query[:-1]) * key[-2]


KINDS = (
    Kind(
        ("MultiheadAttention", "multi_head_attention_forward"),
        Family.LINEAR,
        keeps=_kept_by_multihead,
        keeps_beside=_kept_by_heads,
        other=_multihead_operations,
        sentence="Lets every position gather from all others: each compares its query with all keys, and takes the "
        "mean of their values, weighted by how well they match; several heads do so side by side.",
        costs=_multihead_costs,
    ),
    Kind(
        ("scaled_dot_product_attention",),
        Family.LINEAR,
        keeps=_kept_scaled,
        keeps_beside=_log_sums,
        other=_scaled_operations,
        sentence="Compares every query with every key; the softmax of the scores weights the mean of the values.",
        costs=_scaled_costs,
    ),
)
