"""What sort of work an operation does: the few families that colours and legends know. No torch here."""

from __future__ import annotations

import re
from enum import Enum

from cnnviz.inspection.call import Call


class Family(Enum):
    """The value is what a legend says."""

    CONVOLUTION = "convolution"
    NORMALISATION = "normalisation"
    ACTIVATION = "activation"
    POOLING = "pooling"
    LINEAR = "linear, attention"
    JOIN = "join, arithmetic"
    OTHER = "other"
    CONTAINER = "module, closed"


# Looked for in the lower-case name in this order: "LocalResponseNorm" before "relu", "AdaptiveMaxPool2d" before "max".
_PATTERNS = (
    (Family.CONVOLUTION, r"conv|fold"),
    (Family.NORMALISATION, r"norm"),
    (Family.POOLING, r"pool|^(mean|upsample\w*|interpolate)$"),
    (Family.LINEAR, r"linear|attention|embedding|^(matmul|bmm|mm|addmm|baddbmm|einsum|lstm|gru|rnn|\w*lstm\w*)$"),
    (Family.ACTIVATION, r"relu|elu$|silu|swish|mish|sigmoid|tanh|softmax|softplus|softmin|shrink|threshold|softsign"),
    (
        Family.JOIN,
        r"^(cat|concat|concatenate|stack|hstack|vstack|add|sub|rsub|mul|div|true_?div(ide)?|floor_?div(ide)?|pow|mod"
        r"|maximum|minimum|neg|sqrt|rsqrt|exp|log|abs|sum|where|stochasticdepth|stochastic_depth)$",
    ),
)


def family_of(call: Call) -> Family:
    """Return the family that the name of a call's kind tells; for a leaf, not for what holds other calls."""
    kind = call.kind.lower()
    return next((family for family, pattern in _PATTERNS if re.search(pattern, kind)), Family.OTHER)
