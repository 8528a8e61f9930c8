"""Places boxes on ranks from top to bottom so that every link points down, and leads links around boxes.

The method of Sugiyama, Tagawa and Toda (1981): ranks by longest path; lanes for links that pass a rank, one lane for
all links of a net; few crossings by barycentres; places across by isotonic regression, rank after rank. No torch here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnnviz.inspection.graphs.crossings import order_ranks
from cnnviz.inspection.graphs.lanes import Ranked, Segment
from cnnviz.inspection.graphs.straightening import place_across

Point = tuple[float, float]  # x to the right, y down, in pixels of the scene

SPACE_ACROSS = 26.0  # between boxes of a rank
LANE_WIDTH = 10.0  # what a link needs where it passes a rank
_LABEL_ROOM = 17.0  # under a box whose output has a label
_STRAIGHT_ROOM, _CURVE_ROOM = 20.0, 34.0  # between ranks, arrow head included
_STEEPER, _MOST_ROOM = 0.045, 110.0  # the wider a link swings, the more room it gets
_PORT_ROOM = 14.0  # between the border of a frame and what is inside


@dataclass(frozen=True, slots=True)
class Box:
    """One box to place. A port is where links enter ("in") or leave ("out") a frame: first, or last, of all."""

    width: float
    height: float
    port: Literal["in", "out"] | None = None
    labelled: bool = False  # its output's label needs room below it


@dataclass(frozen=True, slots=True)
class Link:
    """From one box to a later one. Links of one ``net`` from one box share their way as long as they can."""

    source: int  # positions among the boxes
    target: int
    net: int
    leaves: float = 0.0  # where across, from the middle of the box
    enters: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Middle across and top of each box, and the way of each link: straight where x stays, curved where it changes."""

    middles: tuple[float, ...]
    tops: tuple[float, ...]
    ways: tuple[tuple[Point, ...], ...]
    width: float
    height: float


NOTHING = Arrangement((), (), (), 0.0, 0.0)


def arrange(boxes: Sequence[Box], links: Sequence[Link]) -> Arrangement:
    """Return where everything goes; the left and top ends are at 0. Every link leads to a later box."""
    if not boxes:
        return NOTHING
    ranked = _with_lanes(boxes, links, _rank(boxes, links))
    order_ranks(ranked)
    across = place_across(ranked, SPACE_ACROSS)
    left = min(x - width / 2 for x, width in zip(across, ranked.widths, strict=True))
    across = [x - left for x in across]
    bands = _bands(boxes, ranked, across)
    rank_of = {item: rank for rank, items in enumerate(ranked.ranks) for item in items}
    tops = [bands[rank_of[i]].middle - box.height / 2 for i, box in enumerate(boxes)]
    ways = [
        _way(link, chain, across, tops, boxes, [bands[rank_of[item]] for item in chain])
        for link, chain in zip(links, ranked.chains, strict=True)
    ]
    right = max(x + width / 2 for x, width in zip(across, ranked.widths, strict=True))
    return Arrangement(tuple(across[: len(boxes)]), tuple(tops), tuple(ways), right, bands[-1].bottom)


def _rank(boxes: Sequence[Box], links: Sequence[Link]) -> list[int]:
    """Return each box's rank: one below the lowest of its sources; what has none stands just above its first target."""
    first = 1 if any(box.port == "in" for box in boxes) else 0
    ranks = [0 if box.port == "in" else first for box in boxes]
    for link in sorted(links, key=lambda link: link.source):
        ranks[link.target] = max(ranks[link.target], ranks[link.source] + 1)
    fed = {link.target for link in links}
    for i, box in enumerate(boxes):
        targets = [ranks[link.target] for link in links if link.source == i] if i not in fed and not box.port else []
        ranks[i] = max(ranks[i], min(targets) - 1) if targets else ranks[i]
    lowest = max((rank + 1 for rank, box in zip(ranks, boxes, strict=True) if box.port != "out"), default=0)
    return [max(lowest, rank) if box.port == "out" else rank for rank, box in zip(ranks, boxes, strict=True)]


def _with_lanes(boxes: Sequence[Box], links: Sequence[Link], rank_of: list[int]) -> Ranked:
    ranks: list[list[int]] = [[] for _ in range(max(rank_of) + 1)]
    for i, rank in enumerate(rank_of):
        ranks[rank].append(i)
    ranked = Ranked(ranks, [box.width for box in boxes], len(boxes), [[] for _ in ranks], [])
    lanes: dict[tuple[int, int, int], int] = {}  # (source, net, rank) → item
    for link in links:
        chain, leaves = [link.source], link.leaves
        for rank in range(rank_of[link.source] + 1, rank_of[link.target]):
            key = (link.source, link.net, rank)
            if key not in lanes:
                lanes[key] = len(ranked.widths)
                ranked.widths.append(LANE_WIDTH)
                ranked.ranks[rank].append(lanes[key])
                ranked.segments[rank - 1].append(Segment(chain[-1], lanes[key], leaves, 0.0))
            chain.append(lanes[key])
            leaves = 0.0
        ranked.segments[rank_of[link.target] - 1].append(Segment(chain[-1], link.target, leaves, link.enters))
        ranked.chains.append([*chain, link.target])
    return ranked


@dataclass(frozen=True, slots=True)
class _Band:
    """The strip of one rank: boxes stand between top and bottom, curves begin below the labels."""

    top: float
    bottom: float
    below_labels: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def _bands(boxes: Sequence[Box], ranked: Ranked, across: list[float]) -> list[_Band]:
    bands, y = [], 0.0
    for items, segments in zip(ranked.ranks, ranked.segments, strict=True):
        here = [boxes[item] for item in items if item < len(boxes)]
        bottom = y + max((box.height for box in here), default=0.0)
        below = bottom + (_LABEL_ROOM if any(box.labelled for box in here) else 0.0)
        bands.append(_Band(y, bottom, below))
        swing = max((abs(across[s.upper] + s.leaves - across[s.lower] - s.enters) for s in segments), default=0.0)
        ports = bool(here) and all(box.port for box in here)
        y = below + _room(swing, ports or all(_is_out(boxes, s) for s in segments))
    return bands


def _is_out(boxes: Sequence[Box], segment: Segment) -> bool:
    return segment.lower < len(boxes) and boxes[segment.lower].port == "out"


def _room(swing: float, at_border: bool) -> float:
    if swing < 1.0:
        return _PORT_ROOM if at_border else _STRAIGHT_ROOM
    return min(_MOST_ROOM, _CURVE_ROOM + _STEEPER * swing)


def _way(
    link: Link, chain: list[int], across: list[float], tops: list[float], boxes: Sequence[Box], bands: list[_Band]
) -> tuple[Point, ...]:
    x = across[link.source] + link.leaves
    points = [(x, tops[link.source] + boxes[link.source].height), (x, bands[0].below_labels)]
    for lane, band in zip(chain[1:-1], bands[1:-1], strict=True):
        points += [(across[lane], band.top), (across[lane], band.below_labels)]
    x = across[link.target] + link.enters
    return (*points, (x, bands[-1].top), (x, tops[link.target]))
