from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from cnnviz.inspection.graphs.graph import INPUT, OUTPUT, Edge, Family, Graph, Nesting, Node, graph_of, opened_at_first
from cnnviz.inspection.graphs.graph_layout import Layout, Rect, Size, lay_out
from cnnviz.inspection.tracer import inspect

_NETWORKS = ("resnet18", "googlenet", "densenet121", "vit_b_16")


def graph(edges: list[tuple[int, int]], groups: dict[int, int | None] | None = None, **inside: int) -> Graph:
    """A graph of the ids in ``edges``; ``groups`` says what a group stands in, ``n5=2`` that node 5 is in group 2."""
    places = {int(name[1:]): group for name, group in inside.items()}
    ids = sorted({each for edge in edges for each in edge})
    nodes = tuple(Node(each, places.get(each), "", "", Family.OTHER, ()) for each in ids)
    frames = tuple(Node(each, around, "", "", Family.CONTAINER, ()) for each, around in (groups or {}).items())
    return Graph(nodes, tuple(Edge(*edge, ()) for edge in edges), frames)


def placed(made: Graph, width: float = 100.0) -> Layout:
    sizes = {node.id: Size(width + 7 * (node.id % 5), 40.0 + node.id % 3) for node in made.nodes}
    return lay_out(made, sizes | {group.id: Size(120.0, 24.0) for group in made.groups})


def middle(rect: Rect) -> float:
    return rect.x + rect.width / 2


def overlap(one: Rect, other: Rect) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def test_chain_stands_in_one_straight_column() -> None:
    layout = placed(graph([(0, 1), (1, 2), (2, 3)]))
    assert {round(middle(rect), 6) for rect in layout.nodes.values()} == {round(middle(layout.nodes[0]), 6)}
    assert all(len({x for x, _ in wire.points}) == 1 for wire in layout.wires)


def test_skip_passes_beside_a_straight_trunk_in_one_straight_lane() -> None:
    layout = placed(graph([(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]))
    trunk = [middle(layout.nodes[each]) for each in range(5)]
    assert max(trunk) - min(trunk) < 0.5
    skip = next(wire for wire in layout.wires if wire.source == 0 and wire.target == 4)
    beside = {x for x, y in skip.points if layout.nodes[1].y <= y <= layout.nodes[3].y}
    assert len(beside) == 1
    assert all(abs(beside.copy().pop() - middle(layout.nodes[i])) > layout.nodes[i].width / 2 for i in (1, 2, 3))


def test_fork_stands_in_the_middle_above_equal_branches() -> None:
    layout = lay_out(graph([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]), {i: Size(80.0, 30.0) for i in range(5)})
    branches = sorted(middle(layout.nodes[i]) for i in (1, 2, 3))
    assert branches[1] - branches[0] == branches[2] - branches[1]
    assert middle(layout.nodes[0]) == pytest.approx(branches[1]) == pytest.approx(middle(layout.nodes[4]))


def test_frame_holds_its_nodes_below_its_header_and_no_others() -> None:
    made = graph([(0, 1), (0, 3), (3, 4), (1, 5), (4, 5)], {2: None}, n3=2, n4=2)
    layout = placed(made)
    frame = layout.groups[2]
    for each in (3, 4):
        rect = layout.nodes[each]
        assert frame.x < rect.x
        assert rect.x + rect.width < frame.x + frame.width
        assert frame.y + 24.0 < rect.y
        assert rect.y + rect.height < frame.y + frame.height
    assert not any(overlap(frame, layout.nodes[each]) for each in (0, 1, 5))


def test_two_edges_from_one_node_share_their_port_into_a_frame() -> None:
    layout = placed(graph([(0, 2), (0, 3), (2, 3)], {1: None}, n2=1, n3=1))
    top = layout.groups[1].y
    ports = {x for wire in layout.wires if wire.source == 0 for x, y in wire.points if y == top}
    assert len(ports) == 1


def test_nothing_to_place_has_no_size() -> None:
    layout = lay_out(Graph((), ()), {})
    assert (layout.width, layout.height, layout.wires) == (0.0, 0.0, ())


def test_crossing_that_can_be_avoided_is_avoided() -> None:
    layout = placed(graph([(0, 1), (0, 2), (1, 4), (2, 3), (3, 5), (4, 5)]), 60.0)
    assert (layout.nodes[1].x < layout.nodes[2].x) == (layout.nodes[4].x < layout.nodes[3].x)


@pytest.fixture(scope="module", params=[(name, which) for name in _NETWORKS for which in ("first", "all")], ids=str)
def network(request: pytest.FixtureRequest) -> tuple[Graph, Layout]:
    name, which = request.param
    report = inspect(f"torchvision/{name}")
    opened = opened_at_first(report) if which == "first" else Nesting.of(report).containers()
    made = graph_of(report, opened)
    return made, placed(made)


def test_no_two_nodes_overlap_and_all_keep_their_size(network: tuple[Graph, Layout]) -> None:
    made, layout = network
    assert set(layout.nodes) == {node.id for node in made.nodes}
    rows = sorted(layout.nodes.values(), key=lambda rect: rect.y)
    for one, other in combinations(rows, 2):
        if other.y >= one.y + one.height:
            continue
        assert not overlap(one, other)
    for node in made.nodes:
        assert (layout.nodes[node.id].width, layout.nodes[node.id].height) == (
            100.0 + 7 * (node.id % 5),
            40.0 + node.id % 3,
        )


def test_frames_are_nested_or_apart(network: tuple[Graph, Layout]) -> None:
    made, layout = network
    around = {group.id: group.group for group in made.groups}
    for one, other in combinations(layout.groups, 2):
        if one not in _outside(other, around) and other not in _outside(one, around):
            assert not overlap(layout.groups[one], layout.groups[other])


def test_wires_lead_down_from_source_to_target(network: tuple[Graph, Layout]) -> None:
    made, layout = network
    assert {(w.source, w.target) for w in layout.wires} == {(e.source, e.target) for e in made.edges}
    for wire in layout.wires:
        source, target = layout.nodes[wire.source], layout.nodes[wire.target]
        assert wire.points[0] == pytest.approx((middle(source), source.y + source.height))
        assert wire.points[-1] == pytest.approx((middle(target), target.y))
        assert all(after > before - 1e-6 for (_, before), (_, after) in pairwise(wire.points))


def test_no_wire_runs_through_a_node_or_a_foreign_frame(network: tuple[Graph, Layout]) -> None:
    made, layout = network
    around = {each.id: each.group for each in (*made.nodes, *made.groups)}
    rects = sorted({**layout.nodes, **layout.groups}.items(), key=lambda item: item[1].y)
    for wire in layout.wires:
        own = {wire.source, wire.target, *_outside(wire.source, around), *_outside(wire.target, around)}
        for (x0, y0), (x1, y1) in set(pairwise(wire.points)):
            part = Rect(min(x0, x1), y0 + 0.01, abs(x1 - x0), max(0.0, y1 - y0 - 0.02))
            hit = [each for each, rect in rects if each not in own and rect.y < y1 and overlap(part, rect)]
            assert not hit, (wire.source, wire.target, hit)


def _outside(each: int, around: dict[int, int | None]) -> set[int]:
    found, frame = set(), around[each] if each not in (INPUT, OUTPUT) else None
    while frame is not None:
        found.add(frame)
        frame = around[frame]
    return found
