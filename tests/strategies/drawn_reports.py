"""Random reports, of no network that could be: whatever the fields of a report may hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Failure, Report

_Drawn = TypeVar("_Drawn")
Draw = Callable[[st.SearchStrategy[_Drawn]], _Drawn]

_COUNTS = st.integers(0, 2**70)
_SHAPES = st.lists(st.lists(_COUNTS, max_size=5).map(tuple), max_size=3).map(tuple)
_NUMBERS = st.floats(allow_nan=False)  # what is not a number is not equal to itself
_SETTINGS = st.one_of(st.integers(), st.booleans(), st.text(), _NUMBERS, st.lists(st.integers()).map(tuple), st.none())
st.register_type_strategy(int, _COUNTS)
_CALLS = st.builds(
    Call, input_shapes=_SHAPES, output_shapes=_SHAPES, settings=st.dictionaries(st.text(), _SETTINGS, max_size=4)
)


@st.composite
def reports(draw: Draw) -> Report:
    """A report whose calls stand in a tree, in the order in which they begin, and whose sources have returned."""
    drawn = draw(st.lists(_CALLS, max_size=8))
    calls, around = [], list[int]()
    for index, call in enumerate(drawn):
        parent = draw(st.sampled_from(around)) if around else None
        around = around[: around.index(parent) + 1] if parent is not None else []
        ended = sorted({*range(index)} - {*around})
        sources = draw(st.lists(st.sampled_from(ended), max_size=3).map(tuple)) if ended else ()
        calls.append(replace(call, index=index, parent=parent, inputs_from=sources))
        around.append(index)
    failures = st.builds(Failure, call=st.none() | st.integers(0, len(drawn) - 1) if drawn else st.none())
    return draw(
        st.builds(
            Report,
            calls=st.just(tuple(calls)),
            input_shapes=_SHAPES,
            error=st.none() | failures,
            outputs_from=_some(len(drawn)),
        )
    )


def _some(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Some of the first ``count`` calls."""
    return st.lists(st.integers(0, max(count - 1, 0)), max_size=3 if count else 0).map(tuple)
