"""Places the items of every rank across: links as straight as their order allows, straight trunks before lanes."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import inf

from cnnviz.inspection.graphs.lanes import Ranked

_SWEEPS = 8  # down and up
_LOOSE, _BRANCH, _LANE, _TRUNK = 0.01, 1.0, 100.0, 10_000.0  # how much an item insists on its place
_LANE_GAP = 8.0  # beside a lane


def place_across(ranked: Ranked, space: float) -> list[float]:
    """Return the middle of every item; items of a rank keep their order and ``space`` between boxes."""
    across = [0.0] * len(ranked.widths)
    apart = [_distances(ranked, items, space) for items in ranked.ranks]
    for items, distances in zip(ranked.ranks, apart, strict=True):
        _put(across, items, [0.0] * len(items), [1.0] * len(items), distances)
    for _ in range(_SWEEPS):
        for down in (True, False):
            count = len(ranked.ranks)
            for rank in range(1, count) if down else range(count - 2, -1, -1):
                wishes, weights = _wishes(ranked, across, rank, down)
                _put(across, ranked.ranks[rank], wishes, weights, apart[rank])
    _straighten_lanes(ranked, across, apart)
    return across


def _straighten_lanes(ranked: Ranked, across: list[float], apart: list[list[float]]) -> None:
    """Move the lanes of a link to one line below its source, or as near as their neighbours let them.

    Twice, for those neighbours.
    """
    below = {s.upper: s.lower for segments in ranked.segments for s in segments if s.upper >= ranked.boxes <= s.lower}
    where = {item: (rank, i) for rank, items in enumerate(ranked.ranks) for i, item in enumerate(items)}
    firsts = [s for segments in ranked.segments for s in segments if s.lower >= ranked.boxes > s.upper]
    runs = [(s, _run(s.lower, below)) for s in firsts]
    middle = sum(across) / max(1, len(across))
    for _ in range(2):
        # The outer ones first: they make room for the others.
        for first, run in sorted(runs, key=lambda run: -max(abs(across[lane] - middle) for lane in run[1])):
            wish, together = across[first.upper] + first.leaves, list[int]()
            least, most = -inf, inf
            for lane in run:
                low, high = _room(ranked, across, apart, where[lane])
                if max(low, least) > min(high, most):
                    wish = _line_up(across, together, wish, least, most)
                    together, least, most = [], -inf, inf
                together.append(lane)
                least, most = max(low, least), min(high, most)
            _line_up(across, together, wish, least, most)


def _run(lane: int, below: dict[int, int]) -> list[int]:
    run = [lane]
    while run[-1] in below:
        run.append(below[run[-1]])
    return run


def _room(ranked: Ranked, across: list[float], apart: list[list[float]], where: tuple[int, int]) -> tuple[float, float]:
    """Return between what an item can stand without coming too near to its neighbours."""
    rank, i = where
    items, distances = ranked.ranks[rank], apart[rank]
    low = across[items[i - 1]] + distances[i - 1] if i else -inf
    return low, across[items[i + 1]] - distances[i] if i + 1 < len(items) else inf


def _line_up(across: list[float], lanes: list[int], wish: float, least: float, most: float) -> float:
    place = min(most, max(least, wish))
    for lane in lanes:
        across[lane] = place
    return place if lanes else wish


def _wishes(ranked: Ranked, across: list[float], rank: int, down: bool) -> tuple[list[float], list[float]]:
    """Return where each item of a rank would stand to be in line with the rank above, or below, and how much so."""
    found: dict[int, tuple[float, list[float]]] = {}
    segments = ranked.segments[rank - 1 if down else rank]
    entries = Counter(segment.lower for segment in segments)
    for segment in segments:
        item, other = (segment.lower, segment.upper) if down else (segment.upper, segment.lower)
        # A box with several entrances stands under its source, not one of its entrances: trunks would drift aside.
        shift = segment.leaves - (segment.enters if entries[segment.lower] == 1 else 0.0)
        wish = across[other] + (shift if down else -shift)
        weight = _weight(segment.upper >= ranked.boxes, segment.lower >= ranked.boxes)
        strongest, wishes = found.get(item, (0.0, []))
        if weight > strongest:
            found[item] = (weight, [wish])
        elif weight == strongest:
            wishes.append(wish)
    items = ranked.ranks[rank]
    nothing: tuple[float, list[float]] = (_LOOSE, [])
    chosen = [found.get(item, nothing) for item in items]
    wishes = [sum(w) / len(w) if w else across[item] for item, (_, w) in zip(items, chosen, strict=True)]
    return wishes, [weight for weight, _ in chosen]


def _weight(upper_is_lane: bool, lower_is_lane: bool) -> float:
    if upper_is_lane and lower_is_lane:
        return _LANE
    return _BRANCH if upper_is_lane or lower_is_lane else _TRUNK


def _distances(ranked: Ranked, items: list[int], space: float) -> list[float]:
    """Return the least distance between the middles of neighbours."""
    return [
        (ranked.widths[left] + ranked.widths[right]) / 2
        + (space if left < ranked.boxes and right < ranked.boxes else _LANE_GAP)
        for left, right in pairwise(items)
    ]


def _put(
    across: list[float], items: list[int], wishes: list[float], weights: list[float], distances: list[float]
) -> None:
    """Place items as near to their wishes as their distances allow, by weighted least squares.

    What is left after taking the distances off is isotonic regression, solved by pooling adjacent violators (Ayer et
    al., 1955): neighbours that would overlap stick together at their mean.
    """
    offsets, offset = [0.0], 0.0
    for distance in distances:
        offset += distance
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # mean, weight, items
    for wish, weight, offset in zip(wishes, weights, offsets, strict=False):
        mean, total, size = wish - offset, weight, 1
        while pools and pools[-1][0] > mean:
            before, heavy, many = pools.pop()
            mean = (before * heavy + mean * total) / (heavy + total)
            total, size = heavy + total, many + size
        pools.append((mean, total, size))
    places = [mean for mean, _, size in pools for _ in range(size)]
    for item, place, offset in zip(items, places, offsets, strict=False):
        across[item] = place + offset
