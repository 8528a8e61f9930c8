"""Where every node, frame and edge of a graph is drawn. Works from the inside out. No torch here.

Each opened container is laid out by itself and stands in the one around it as one box, so a frame holds its own nodes
and no others, and no edge runs through a node or a frame that it has no business in. Where an edge passes the border
of a frame there is a port; all edges from one node share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnviz.inspection.graphs.graph import OUTPUT, Graph
from cnnviz.inspection.graphs.layering import NOTHING, Arrangement, Box, Link, Point, arrange

_PADDING = 14.0  # inside a frame, left, right and below
_LAST = 1 << 62

Key = tuple[str, int]  # ("node", id), ("in", source of the edges) or ("out", source)
Piece = tuple[int | None, int, Key, Key]  # frame, source of the edge, from, to


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels of the scene. For a group: the width that its header needs at least, and the header's height."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Rect:
    """Pixels of the scene, y down."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Wire:
    """The way of an edge from the bottom of its source to the top of its target.

    Between two points it is straight where x stays the same; else it curves and is vertical at both.
    """

    source: int
    target: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything placed. The left and top ends are at 0."""

    nodes: Mapping[int, Rect]
    groups: Mapping[int, Rect]
    wires: tuple[Wire, ...]
    width: float
    height: float


@dataclass(slots=True)
class _Inside:
    """What is inside a frame, or the network: before and after it is laid out."""

    children: list[int] = field(default_factory=list)
    links: dict[tuple[int, Key, Key], int] = field(default_factory=dict)  # → position among the links
    keys: list[Key] = field(default_factory=list)
    arrangement: Arrangement = NOTHING
    size: Size = field(default_factory=lambda: Size(0.0, 0.0))
    header: float = 0.0
    indent: float = 0.0  # from the frame's left end to the arrangement's


def lay_out(graph: Graph, sizes: Mapping[int, Size]) -> Layout:
    """Return the layout of ``graph``; ``sizes`` holds one for each node and each group, by id."""
    around = {node.id: node.group for node in (*graph.nodes, *graph.groups)}
    insides: dict[int | None, _Inside] = {None: _Inside(), **{group.id: _Inside() for group in graph.groups}}
    for node_id, group in around.items():
        insides[group].children.append(node_id)
    pieces = {(edge.source, edge.target): _pieces(edge.source, edge.target, around) for edge in graph.edges}
    for way in pieces.values():
        for frame, net, source, target in way:
            links = insides[frame].links
            links.setdefault((net, source, target), len(links))
    for opened in reversed(graph.groups):
        _arrange_inside(insides, opened.id, sizes)
    _arrange_inside(insides, None, sizes)
    return _assemble(graph, insides, pieces, sizes)


def _pieces(source: int, target: int, around: Mapping[int, int | None]) -> list[Piece]:
    """Return the parts of an edge, one for each frame that it is inside of, from its source to its target."""
    out_of, into = _frames(source, around), _frames(target, around)
    common = next(frame for frame in out_of if frame in into)
    pieces: list[Piece] = []
    at: Key = ("node", source)
    for frame in out_of[: out_of.index(common)]:
        assert frame is not None
        pieces.append((frame, source, at, ("out", source)))
        at = ("node", frame)
    frame = common
    for inner in [*reversed(into[: into.index(common)]), target]:
        assert inner is not None
        pieces.append((frame, source, at, ("node", inner)))
        frame, at = inner, ("in", source)
    return pieces


def _frames(node: int, around: Mapping[int, int | None]) -> list[int | None]:
    """Return the frames around a node, the innermost first, the network last."""
    frames: list[int | None] = []
    frame = around[node]
    while frame is not None:
        frames.append(frame)
        frame = around[frame]
    return [*frames, None]


def _arrange_inside(insides: dict[int | None, _Inside], frame: int | None, sizes: Mapping[int, Size]) -> None:
    inside = insides[frame]
    ends = {key for _, source, target in inside.links for key in (source, target)}
    nodes = [
        ("node", child) for child in sorted(inside.children, key=lambda child: _LAST if child == OUTPUT else child)
    ]
    inside.keys = [*sorted(k for k in ends if k[0] == "in"), *nodes, *sorted(k for k in ends if k[0] == "out")]
    place = {key: i for i, key in enumerate(inside.keys)}
    links = [
        Link(
            place[source],
            place[target],
            net,
            _port_at(insides, source, "out", net),
            _port_at(insides, target, "in", net),
        )
        for net, source, target in inside.links
    ]
    inside.arrangement = arrange([_box(insides, key, sizes) for key in inside.keys], links)
    if frame is not None:
        content = inside.arrangement.width + 2 * _PADDING
        width = max(content, sizes[frame].width)
        inside.header, inside.indent = sizes[frame].height, (width - inside.arrangement.width) / 2
        last_is_port = bool(inside.keys) and inside.keys[-1][0] == "out"
        above = 0.0 if inside.keys and inside.keys[0][0] == "in" else _PADDING
        below = 0.0 if last_is_port else _PADDING
        inside.header += above
        inside.size = Size(width, inside.header + inside.arrangement.height + below)


def _box(insides: Mapping[int | None, _Inside], key: Key, sizes: Mapping[int, Size]) -> Box:
    kind, node = key
    if kind == "in":
        return Box(0.0, 0.0, "in")
    if kind == "out":
        return Box(0.0, 0.0, "out")
    if node in insides:
        return Box(insides[node].size.width, insides[node].size.height)
    return Box(sizes[node].width, sizes[node].height, labelled=True)


def _port_at(insides: Mapping[int | None, _Inside], key: Key, port: str, net: int) -> float:
    """Return where across an edge passes the border of a box, from the box's middle: 0 but for frames."""
    if key[0] != "node" or key[1] not in insides:
        return 0.0
    inside = insides[key[1]]
    return inside.indent + inside.arrangement.middles[inside.keys.index((port, net))] - inside.size.width / 2


def _assemble(
    graph: Graph,
    insides: Mapping[int | None, _Inside],
    pieces: Mapping[tuple[int, int], list[Piece]],
    sizes: Mapping[int, Size],
) -> Layout:
    corners: dict[int | None, Point] = {None: (0.0, 0.0)}  # of what is inside a frame
    nodes: dict[int, Rect] = {}
    groups: dict[int, Rect] = {}
    for frame in (None, *(group.id for group in graph.groups)):
        inside, (left, top) = insides[frame], corners[frame]
        places = zip(inside.keys, inside.arrangement.middles, inside.arrangement.tops, strict=True)
        for (kind, node), middle, y in places:
            if kind == "node":
                size = insides[node].size if node in insides else sizes[node]
                rect = Rect(left + middle - size.width / 2, top + y, size.width, size.height)
                (groups if node in insides else nodes)[node] = rect
                if node in insides:
                    corners[node] = (rect.x + insides[node].indent, rect.y + insides[node].header)
    wires = tuple(Wire(*ends, _joined(way, insides, corners)) for ends, way in pieces.items())
    whole = insides[None].arrangement
    return Layout(nodes, groups, wires, whole.width, whole.height)


def _joined(
    way: list[Piece], insides: Mapping[int | None, _Inside], corners: Mapping[int | None, Point]
) -> tuple[Point, ...]:
    points: list[Point] = []
    for frame, net, source, target in way:
        inside, (left, top) = insides[frame], corners[frame]
        part = inside.arrangement.ways[inside.links[net, source, target]]
        points += [(left + x, top + y) for x, y in part]
    return tuple(point for i, point in enumerate(points) if i == 0 or point != points[i - 1])
