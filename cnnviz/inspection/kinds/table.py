"""Which row a call is on. No torch here.

Torch's exact names decide, and whether it is a class or a function: a class of the user's called Add, or add, is not
torch.add. What is on no row is ``UNKNOWN``.
"""

from __future__ import annotations

from cnnviz.inspection.call import Call
from cnnviz.inspection.kinds import (
    activation,
    attention,
    convolutions,
    functions,
    joins,
    linear,
    moves,
    normalisation,
    pooling,
    recurrent,
)
from cnnviz.inspection.kinds.kind import UNKNOWN, Kind

KINDS: tuple[Kind, ...] = (
    *convolutions.KINDS,
    *normalisation.KINDS,
    *activation.KINDS,
    *pooling.KINDS,
    *linear.KINDS,
    *attention.KINDS,
    *recurrent.KINDS,
    *joins.KINDS,
    *functions.KINDS,
    *moves.KINDS,
)
BY_NAME: dict[str, Kind] = {name: kind for kind in KINDS for name in kind.names}


def kind_named(name: str) -> Kind:
    """Return the row of a class or function of torch, given its exact name: "MaxPool2d", "max_pool2d"."""
    return BY_NAME.get(name, UNKNOWN)


def kind_of_call(call: Call) -> Kind:
    """Return the row of what a call ran."""
    return kind_named(call.kind).of(call.settings) if call.module == call.kind[:1].isupper() else UNKNOWN
