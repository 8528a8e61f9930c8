"""A report as a graph: who feeds whom, with some containers opened and all others one node each. No torch here.

A call is on show when every container around it is open. What flows between two leaves is drawn between the calls on
show that stand for them. Calls are nested in time, so no edge points back to an earlier call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.explaining.related import from_input
from cnnviz.inspection.kinds.kind import Family
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.report import Report

INPUT, OUTPUT = -1, -2  # ids of the nodes that are no calls
AT_FIRST = 40  # nodes: what a graph may begin with


@dataclass(frozen=True, slots=True)
class Node:
    """One box. ``id`` is Call.index, or INPUT, or OUTPUT."""

    id: int
    group: int | None  # the opened container around it; None: the network
    name: str  # "conv1", "layer1.0", "conv1 · call 2"
    kind: str  # "Conv2d", "cat", "input"
    family: Family
    shapes: tuple[Shape, ...]  # of the outputs, batch axis kept
    share: float | None = None  # of the network's multiply-adds, 0..1; None: unknown
    holds: int = 0  # calls directly inside; 0: cannot be opened
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """What flows from one node to another."""

    source: int
    target: int
    shapes: tuple[Shape, ...]  # different ones once; empty: unknown


@dataclass(frozen=True, slots=True)
class Graph:
    """What is on show. ``groups`` are the opened containers, outer before inner; the network itself is not framed."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Nesting:
    """Which call stands in which, looked up once for a report."""

    report: Report
    below: dict[int | None, tuple[int, ...]]

    @classmethod
    def of(cls, report: Report) -> Nesting:
        """Return the nesting of a report's calls."""
        below: dict[int | None, list[int]] = {}
        for call in report.calls:
            below.setdefault(call.parent, []).append(call.index)
        return cls(report, {parent: tuple(children) for parent, children in below.items()})

    def is_container(self, call: int) -> bool:
        """Return whether other calls ran inside this one."""
        return call in self.below

    def containers(self) -> frozenset[int]:
        """Return every call that can be opened."""
        return frozenset(parent for parent in self.below if parent is not None)

    def around(self, call: int) -> Iterator[int]:
        """Yield the calls around this one, the innermost first."""
        parent = self.report.calls[call].parent
        while parent is not None:
            yield parent
            parent = self.report.calls[parent].parent

    def shown_for(self, call: int, opened: frozenset[int]) -> int:
        """Return what stands for a call: itself, or the outermost closed container around it."""
        closed = [each for each in self.around(call) if not self._is_open(each, opened)]
        return closed[-1] if closed else call

    def is_open(self, call: int, opened: frozenset[int]) -> bool:
        """Return whether a container shows what is inside it. The network itself always does."""
        return self._is_open(call, opened) and self.shown_for(call, opened) == call

    def _is_open(self, call: int, opened: frozenset[int]) -> bool:
        return call in self.below and (call in opened or self.report.calls[call].parent is None)


def graph_of(report: Report, opened: Iterable[int], nesting: Nesting | None = None) -> Graph:
    """Return the graph in which the containers ``opened`` show their inside where they are on show themselves."""
    nesting, opened = nesting or Nesting.of(report), frozenset(opened)
    shown = {call.index: nesting.shown_for(call.index, opened) for call in report.calls}
    on_show = [call for call in report.calls if shown[call.index] == call.index]
    whole = max((call.macs or 0 for call in report.calls), default=0)
    nodes = [_node(c, nesting, whole) for c in on_show if not nesting.is_open(c.index, opened)]
    groups = [_node(c, nesting, whole) for c in on_show if nesting.is_open(c.index, opened) and c.parent is not None]
    edges = _edges(nesting, shown)
    ends = {INPUT: report.input_shapes, OUTPUT: report.calls[0].output_shapes if report.calls else ()}
    used = {end for edge in edges for end in (edge.source, edge.target)}
    first, last = (_end(end, shapes) for end, shapes in ends.items())
    nodes = [first] * (INPUT in used) + nodes + [last] * (OUTPUT in used)
    return Graph(tuple(nodes), edges, tuple(groups))


def opened_at_first(report: Report, at_most: int = AT_FIRST) -> frozenset[int]:
    """Return which containers to open so that at most ``at_most`` nodes are on show.

    Level by level; within a level all containers of a kind, so that equals look equal, or where all of them are too
    many, the first as an example. Small ones come first.
    """
    nesting = Nesting.of(report)
    opened, count = frozenset[int](), len(graph_of(report, (), nesting).nodes)
    level = [call for root in nesting.below.get(None, ()) for call in nesting.below.get(root, ())]
    while level := [call for call in level if nesting.is_container(call)]:
        kinds: dict[str, list[int]] = {}
        for call in level:
            kinds.setdefault(report.calls[call].kind, []).append(call)
        alike = sorted(kinds.values(), key=lambda calls: _growth(calls, nesting))
        level = []
        for calls in [*alike, *(calls[:1] for calls in alike)]:
            growth = _growth(calls, nesting)
            if count + growth <= at_most and not opened.issuperset(calls):
                count += growth
                opened |= frozenset(calls)
                level += [child for call in calls for child in nesting.below[call]]
    return opened


def _growth(calls: list[int], nesting: Nesting) -> int:
    return sum(len(nesting.below[call]) - 1 for call in calls)


def _node(call: Call, nesting: Nesting, whole: int) -> Node:
    holds = len(nesting.below.get(call.index, ()))
    parent = call.parent
    framed = parent is not None and nesting.report.calls[parent].parent is not None
    return Node(
        id=call.index,
        group=parent if framed else None,
        name=_name(call),
        kind=call.kind,
        family=Family.CONTAINER if holds else kind_of_call(call).family,
        shapes=call.output_shapes,
        share=call.macs / whole if call.macs is not None and whole else None,
        holds=holds,
        failed=call.status == "failed",
    )


def _end(end: int, shapes: tuple[Shape, ...]) -> Node:
    kind = "input" if end == INPUT else "output"
    return Node(end, None, "", kind, Family.OTHER, shapes)


def _name(call: Call) -> str:
    """Return the last part of the path, and what stands before it as long as that is only numbers: "block2.0.1"."""
    parts = call.path.split(".")
    first = next((i for i in range(len(parts) - 1, -1, -1) if not parts[i].isdigit()), 0)
    name = ".".join(parts[first:])
    return f"{name} · call {call.call_number}" if call.call_number > 1 and call.module else name


def _edges(nesting: Nesting, shown: dict[int, int]) -> tuple[Edge, ...]:
    """Return the edges between calls on show, one for each pair, with the shapes of all that flows there."""
    flows: dict[tuple[int, int], dict[Shape, None]] = {}
    for source, target, shapes in _leaf_flows(nesting):
        pair = (shown.get(source, source), shown.get(target, target))
        if pair[0] != pair[1]:
            flows.setdefault(pair, {}).update(dict.fromkeys(shapes))
    return tuple(Edge(source, target, tuple(shapes)) for (source, target), shapes in flows.items())


def _leaf_flows(nesting: Nesting) -> Iterator[tuple[int, int, tuple[Shape, ...]]]:
    """Yield (source, target, shapes) for the calls that hold no others, and for the network's input and output."""
    report = nesting.report
    leaves = [call for call in report.calls if not nesting.is_container(call.index)]
    for call in leaves:
        if call.reads_input:
            yield INPUT, call.index, from_input(call, report)
        for source in call.inputs_from:
            offered = report.calls[source].output_shapes
            taken = tuple(shape for shape in offered if shape in call.input_shapes)
            yield source, call.index, taken or offered
    for index in report.outputs_from:
        yield index, OUTPUT, report.calls[index].output_shapes
