"""Where the inputs of a number come from: the number, in another layer's maps, that each of them is. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
from cnnviz.feature_maps.questions import Place
from cnnviz.inspection.call import Call

_FORMS = (2, 4, 5)  # axes of outputs whose places in maps their shape alone tells: vectors, maps, maps with a depth


@dataclass(frozen=True, slots=True)
class Origin:
    """One number of a call's output."""

    call: int  # index in the report
    at: Place
    slice: int = 0  # of maps with a depth


def origin_of(found: Arithmetic, calls: Sequence[Call], term: int) -> Origin | None:
    """Return which number a term's input is; None: padding, the picture's, or not known.

    Args:
        found: the arithmetic.
        calls: of the report that it belongs to.
        term: which of its terms.
    """
    terms = found.terms
    made_by, source = calls[found.call].inputs_from, int(terms.source[term])
    if terms.padded[term] or calls[found.call].reads_input or source >= len(made_by):
        return None
    shape = calls[made_by[source]].output_shape
    if shape is None or len(shape) not in _FORMS or (len(shape) == 5) != (found.depths > 1):
        return None
    channel, depth = divmod(int(terms.channel[term]), found.depths)
    return Origin(made_by[source], Place(channel, int(terms.row[term]), int(terms.column[term])), depth)
