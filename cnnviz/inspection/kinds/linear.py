"""Linear layers, embeddings and products of matrices. No torch here.

Beside the multiply-adds a linear layer adds a bias to each output (ptflops), a product that adds something one number.
"""

from __future__ import annotations

from functools import partial
from math import prod

from cnnviz import units
from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds.biases import additions, biases
from cnnviz.inspection.kinds.formula import Formula, counted, integer, product, values
from cnnviz.inspection.kinds.kind import Family, Keeps, Kind, Reads, Role


def _linear_costs(call: Call) -> tuple[Formula | None, ...]:
    inputs, outputs = integer(call, "in_features"), integer(call, "out_features")
    if inputs is None or outputs is None or call.output_shape is None:
        return ()
    added, text, with_biases = biases(call, outputs)
    macs = product(inputs, *values(call.output_shape))
    return (
        counted(
            "Parameters",
            f"inputs · outputs{with_biases}",
            f"{inputs}·{outputs}{text}",
            inputs * outputs + added,
            call.own_params,
        ),
        counted("Multiply-adds", "inputs · every output value", macs, inputs * prod(call.output_shape), call.self_macs),
    )


def _linear_sentence(call: Call) -> str:
    inputs, outputs = integer(call, "in_features"), integer(call, "out_features")
    if inputs is None or outputs is None:
        return "Fully connected: each output is a weighted sum of all inputs."
    each = " at every position" if call.output_shape is not None and len(call.output_shape) > 2 else ""
    return (
        f"Fully connected: each of {units.counted(outputs, 'output')} is a weighted sum of all {units.exact(inputs)} "
        f"inputs{each}, with a learned weight for every pair."
    )


def _embedding_costs(call: Call) -> tuple[Formula | None, ...]:
    words, width = integer(call, "num_embeddings"), integer(call, "embedding_dim")
    if words is None or width is None:
        return ()
    return (counted("Parameters", "entries · numbers of each", product(words, width), words * width, call.own_params),)


def _product_costs(call: Call) -> tuple[Formula | None, ...]:
    if call.output_shape is None or not call.input_shapes or not call.input_shapes[0]:
        return ()
    inner = call.input_shapes[0][-1]
    text = product(inner, *values(call.output_shape))
    result = inner * prod(call.output_shape)
    return (counted("Multiply-adds", "inner size · every output value", text, result, call.self_macs),)


def _einsum_operations(call: Call) -> int | None:
    """Multiply-adds alone, or, where there are none, sums and products of which we do not know the number."""
    return 0 if call.self_macs else None


_product = partial(Kind, family=Family.LINEAR, keeps=Keeps.INPUT, per_output=0)
_added_product = partial(Kind, family=Family.LINEAR, keeps=Keeps.INPUT, per_output=1)

KINDS = (
    Kind(
        ("Linear", "LazyLinear", "NonDynamicallyQuantizableLinear", "linear"),
        Family.LINEAR,
        reads=Reads.ALL,
        keeps=Keeps.INPUT,
        other=additions,
        arguments=("weight", "bias"),
        expects="in_features",
        role=Role.WEIGHTS,
        sentence=_linear_sentence,
        costs=_linear_costs,
    ),
    Kind(("Bilinear", "bilinear"), Family.LINEAR, keeps=Keeps.INPUT),
    Kind(
        ("Embedding", "embedding"),
        Family.LINEAR,
        keeps=Keeps.INPUT,
        per_output=0,
        sentence="Looks up a learned row of {embedding_dim} numbers for each whole number that comes in.",
        costs=_embedding_costs,
    ),
    Kind(("EmbeddingBag", "embedding_bag"), Family.LINEAR),
    _product(
        ("matmul", "linalg_matmul"),
        role=Role.MATRIX,
        sentence="Multiplies two matrices: every output value is a sum of products of a row and a column.",
        costs=_product_costs,
    ),
    _product(
        ("bmm",),
        role=Role.MATRIX,
        sentence="Multiplies matrices, one pair for each entry of the batch.",
        costs=_product_costs,
    ),
    _product(("mm",), costs=_product_costs),
    *(_product((name,)) for name in ("mv", "dot", "vdot", "inner", "tensordot", "linalg_vecdot", "kron")),
    _product(("outer", "ger")),
    _product(("chain_matmul", "linalg_multi_dot")),
    _added_product(("addmm",)),
    _added_product(("addmv",)),
    _added_product(("addbmm",)),
    _added_product(("addr",)),
    _added_product(("baddbmm",), role=Role.MATRIX),
    Kind(
        ("einsum",),
        Family.LINEAR,
        keeps=Keeps.INPUT,
        other=_einsum_operations,
        role=Role.MATRIX,
        sentence="Multiplies and sums along the axes that its formula names.",
    ),
)
