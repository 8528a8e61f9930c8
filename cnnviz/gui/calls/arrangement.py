"""Which calls of a report stand under which, in which order, when some are left out. No Qt: fast for 10,000 calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from cnnviz.gui.calls.columns import SortValue
from cnnviz.inspection.call import Call

SortKey = Callable[[Call], SortValue]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is on show. Calls go by their index."""

    below: dict[int | None, list[int]] = field(default_factory=dict)  # a call without children on show is no key
    rows: dict[int, int] = field(default_factory=dict)  # position among its siblings


def hits(calls: Sequence[Call], text: str) -> frozenset[int] | None:
    """Return the calls in whose path or type every word of ``text`` occurs, with all around them; None: every call."""
    words = text.lower().split()
    if not words:
        return None
    found: set[int] = set()
    for call in calls:
        name = f"{call.path} {call.kind}".lower()
        if all(word in name for word in words):
            around: int | None = call.index
            while around is not None and around not in found:
                found.add(around)
                around = calls[around].parent
    return frozenset(found)


def arranged(
    calls: Sequence[Call], kept: Collection[int] | None = None, key: SortKey | None = None, descending: bool = False
) -> Arrangement:
    """Return the calls ``kept`` (None: all), siblings sorted by ``key`` (None: in the order of execution).

    What has no value stands last, whichever way it is sorted; what is equal, in the order of execution.
    """
    below: dict[int | None, list[int]] = {}
    for call in calls:
        if kept is None or call.index in kept:
            below.setdefault(call.parent, []).append(call.index)
    if key is not None:
        below = {parent: _sorted(calls, siblings, key, descending) for parent, siblings in below.items()}
    return Arrangement(below, {call: row for siblings in below.values() for row, call in enumerate(siblings)})


def _sorted(calls: Sequence[Call], siblings: list[int], key: SortKey, descending: bool) -> list[int]:
    values = {call: key(calls[call]) for call in siblings}
    known = [call for call in siblings if values[call] is not None]
    unknown = [call for call in siblings if values[call] is None]
    ordered = sorted(known, key=values.__getitem__, reverse=descending)  # type: ignore[arg-type]  # all of one kind
    return [*ordered, *unknown]
