"""Orders the items of each rank so that few links cross: sweeps by barycentre, the best order seen wins."""

from __future__ import annotations

from bisect import bisect_right, insort

from cnnviz.inspection.graphs.lanes import Ranked, Segment

_SWEEPS = 12
_PATIENCE = 4  # sweeps without a better order


def order_ranks(ranked: Ranked) -> None:
    """Reorder ``ranked.ranks`` in place."""
    best, fewest, waited = [list(items) for items in ranked.ranks], count_crossings(ranked), 0
    for sweep in range(_SWEEPS):
        if fewest == 0 or waited == _PATIENCE:
            break
        _sweep(ranked, down=sweep % 2 == 0)
        crossings = count_crossings(ranked)
        waited = 0 if crossings < fewest else waited + 1
        if crossings < fewest:
            best, fewest = [list(items) for items in ranked.ranks], crossings
    ranked.ranks[:] = best


def count_crossings(ranked: Ranked) -> int:
    """Return how many pairs of segments cross."""
    return sum(_crossings(ranked, rank) for rank in range(len(ranked.ranks) - 1))


def _sweep(ranked: Ranked, down: bool) -> None:
    count = len(ranked.ranks)
    for rank in range(1, count) if down else range(count - 2, -1, -1):
        segments = ranked.segments[rank - 1 if down else rank]
        place = {item: float(i) for i, item in enumerate(ranked.ranks[rank - 1 if down else rank + 1])}
        seen: dict[int, list[float]] = {}
        for segment in segments:
            moving, fixed = (segment.lower, segment.upper) if down else (segment.upper, segment.lower)
            offset = segment.leaves if down else segment.enters
            seen.setdefault(moving, []).append(place[fixed] + _within(offset, ranked.widths[fixed]))
        own = {item: float(i) for i, item in enumerate(ranked.ranks[rank])}
        ranked.ranks[rank].sort(key=lambda item: sum(seen[item]) / len(seen[item]) if item in seen else own[item])


def _crossings(ranked: Ranked, rank: int) -> int:
    upper = {item: float(i) for i, item in enumerate(ranked.ranks[rank])}
    lower = {item: float(i) for i, item in enumerate(ranked.ranks[rank + 1])}

    def ends(segment: Segment) -> tuple[float, float]:
        start = upper[segment.upper] + _within(segment.leaves, ranked.widths[segment.upper])
        return start, lower[segment.lower] + _within(segment.enters, ranked.widths[segment.lower])

    crossings, passed = 0, list[float]()
    for _, end in sorted(map(ends, ranked.segments[rank])):
        crossings += len(passed) - bisect_right(passed, end)
        insort(passed, end)
    return crossings


def _within(offset: float, width: float) -> float:
    """Return an offset from the middle as a part of a place: less than half a place either way."""
    return 0.9 * offset / width if width else 0.0
