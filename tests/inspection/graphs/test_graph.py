from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from cnnviz.inspection.call import Call, Shape
from cnnviz.inspection.graphs.graph import INPUT, OUTPUT, Graph, Nesting, graph_of, opened_at_first
from cnnviz.inspection.kinds.kind import Family
from cnnviz.inspection.kinds.table import kind_of_call
from cnnviz.inspection.report import Failure, Report, Totals
from cnnviz.inspection.tracer import inspect

IMAGE, MAPS, LOGITS = (1, 3, 8, 8), (1, 4, 8, 8), (1, 10)
_NETWORKS = ("resnet18", "googlenet", "densenet121", "vit_b_16", "swin_t", "efficientnet_b0", "inception_v3")


def call(
    index: int,
    parent: int | None,
    path: str,
    kind: str,
    sources: tuple[int, ...] = (),
    shapes_in: tuple[Shape, ...] = (MAPS,),
    shapes_out: tuple[Shape, ...] = (MAPS,),
    **more: object,
) -> Call:
    settings: dict[str, object] = {"module": kind[0].isupper(), "call_number": 1, "macs": 0}
    settings |= {"reads_input": not sources, **more}
    return Call(
        index=index, parent=parent, path=path, kind=kind, inputs_from=sources, input_shapes=shapes_in,
        output_shapes=shapes_out, own_params=0, params=0, self_macs=0, activation_bytes=0, **settings,  # type: ignore[arg-type]
    )  # fmt: skip


def report_of(*calls: Call, inputs: tuple[Shape, ...] = (IMAGE,), error: Failure | None = None) -> Report:
    """The last call makes the network's output, unless it failed."""
    outputs = () if error else (calls[-1].index,)
    return Report("net", inputs, calls, Totals(0, 0, 0, 0, 0), error, outputs_from=outputs)


def residual() -> Report:
    """Net(stem, block(conv, relu, conv, add), head): the block adds what it reads to what it makes."""
    return report_of(
        call(0, None, "", "Net", (), (IMAGE,), (LOGITS,), macs=100),
        call(1, 0, "stem", "Conv2d", (), (IMAGE,), macs=20),
        call(2, 0, "block", "Block", (1,), macs=60),
        call(3, 2, "block.conv1", "Conv2d", (1,), macs=30),
        call(4, 2, "block.relu", "ReLU", (3,)),
        call(5, 2, "block.conv2", "Conv2d", (4,), macs=30),
        call(6, 2, "block.add", "add", (5, 1), (MAPS, MAPS)),
        call(7, 2, "block.relu", "ReLU", (6,), call_number=2),
        call(8, 0, "head", "Linear", (7,), shapes_out=(LOGITS,), macs=20),
    )


def pairs(graph: Graph) -> set[tuple[int, int]]:
    return {(edge.source, edge.target) for edge in graph.edges}


def test_closed_residual_block_is_one_node_without_a_loop() -> None:
    graph = graph_of(residual(), ())
    assert [node.id for node in graph.nodes] == [INPUT, 1, 2, 8, OUTPUT]
    assert pairs(graph) == {(INPUT, 1), (1, 2), (2, 8), (8, OUTPUT)}
    assert graph.groups == ()


def test_opened_residual_block_shows_both_ways_and_is_framed() -> None:
    graph = graph_of(residual(), {2})
    assert pairs(graph) == {(INPUT, 1), (1, 3), (3, 4), (4, 5), (5, 6), (1, 6), (6, 7), (7, 8), (8, OUTPUT)}
    assert [group.id for group in graph.groups] == [2]
    assert {node.id for node in graph.nodes if node.group == 2} == {3, 4, 5, 6, 7}


def test_node_says_name_kind_family_share_and_what_it_holds() -> None:
    nodes = {node.id: node for node in graph_of(residual(), {2}).nodes}
    assert (nodes[3].name, nodes[3].kind, nodes[3].family) == ("conv1", "Conv2d", Family.CONVOLUTION)
    assert (nodes[6].family, nodes[6].holds, nodes[6].share) == (Family.JOIN, 0, 0.0)
    assert nodes[3].share == 0.3
    assert nodes[7].name == "relu · call 2"
    closed = {node.id: node for node in graph_of(residual(), ()).nodes}[2]
    assert (closed.family, closed.holds, closed.share, closed.shapes) == (Family.CONTAINER, 5, 0.6, (MAPS,))


def test_edge_carries_the_shapes_that_its_target_reads() -> None:
    half, rest = (1, 2, 8, 8), (1, 1, 8, 8)
    report = report_of(
        call(0, None, "", "Net", (), (IMAGE,), (half,)),
        call(1, 0, "chunk", "chunk", (), (IMAGE,), (half, rest)),
        call(2, 0, "relu", "ReLU", (1,), (rest,), (rest,)),
        call(3, 0, "cat", "cat", (1, 2), (half, half, rest), (half,)),
    )
    shapes = {(edge.source, edge.target): edge.shapes for edge in graph_of(report, ()).edges}
    assert shapes[1, 2] == (rest,)
    assert shapes[1, 3] == (half, rest)
    assert shapes[INPUT, 1] == (IMAGE,)
    assert shapes[3, OUTPUT] == (half,)


def inception() -> Report:
    """Two branches of two convolutions and one of one, joined; all containers."""
    return report_of(
        call(0, None, "", "Net", (), (IMAGE,), (MAPS,)),
        call(1, 0, "stem", "Conv2d", (), (IMAGE,)),
        call(2, 0, "mixed", "Inception", (1,)),
        call(3, 2, "mixed.b1", "Sequential", (1,)),
        call(4, 3, "mixed.b1.0", "Conv2d", (1,)),
        call(5, 3, "mixed.b1.1", "Conv2d", (4,)),
        call(6, 2, "mixed.b2", "Sequential", (1,)),
        call(7, 6, "mixed.b2.0", "Conv2d", (1,)),
        call(8, 6, "mixed.b2.1", "Conv2d", (7,)),
        call(9, 2, "mixed.b3", "Sequential", (1,)),
        call(10, 9, "mixed.b3.0", "Conv2d", (1,)),
        call(11, 2, "mixed.cat", "cat", (5, 8, 10), (MAPS, MAPS, MAPS)),
    )


def test_inception_block_forks_into_its_branches_and_joins_them() -> None:
    graph = graph_of(inception(), {2})
    assert pairs(graph) == {(INPUT, 1), (1, 3), (1, 6), (1, 9), (3, 11), (6, 11), (9, 11), (11, OUTPUT)}


def test_containers_open_inside_opened_ones_only() -> None:
    graph = graph_of(inception(), {2, 6})
    assert pairs(graph) == {(INPUT, 1), (1, 3), (1, 7), (7, 8), (1, 9), (3, 11), (8, 11), (9, 11), (11, OUTPUT)}
    assert [(group.id, group.group) for group in graph.groups] == [(2, None), (6, 2)]
    assert graph_of(inception(), {6}) == graph_of(inception(), ())


def test_reused_module_has_a_node_for_each_call() -> None:
    report = report_of(
        call(0, None, "", "Net", (), (IMAGE,), (IMAGE,)),
        call(1, 0, "same", "Sequential", (), (IMAGE,), (IMAGE,)),
        call(2, 1, "same.0", "ReLU", (), (IMAGE,), (IMAGE,)),
        call(3, 0, "same", "Sequential", (2,), (IMAGE,), (IMAGE,), call_number=2),
        call(4, 3, "same.0", "ReLU", (2,), (IMAGE,), (IMAGE,), call_number=2),
    )
    assert pairs(graph_of(report, ())) == {(INPUT, 1), (1, 3), (3, OUTPUT)}
    assert [node.name for node in graph_of(report, ()).nodes[1:3]] == ["same", "same · call 2"]
    assert pairs(graph_of(report, {3})) == {(INPUT, 1), (1, 4), (4, OUTPUT)}


def test_every_output_of_the_network_leaves_it() -> None:
    report = report_of(
        call(0, None, "", "Net", (), (IMAGE,), (LOGITS, LOGITS, MAPS)),
        call(1, 0, "body", "Conv2d", (), (IMAGE,)),
        call(2, 0, "head", "Linear", (1,), shapes_out=(LOGITS,)),
        call(3, 0, "aux", "Linear", (1,), shapes_out=(LOGITS,)),
    )
    graph = graph_of(replace(report, outputs_from=(2, 3, 1)), ())
    assert pairs(graph) == {(INPUT, 1), (1, 2), (1, 3), (2, OUTPUT), (3, OUTPUT), (1, OUTPUT)}


@pytest.mark.parametrize(
    ("kind", "shapes"), [("sub", (IMAGE, IMAGE)), ("cat", (IMAGE, MAPS))], ids=["equal shapes", "other shapes"]
)
def test_skip_from_the_very_input_is_an_edge(kind: str, shapes: tuple[Shape, ...]) -> None:
    made = shapes[1]
    report = report_of(
        call(0, None, "", "Net", (), (IMAGE,), (IMAGE,)),
        call(1, 0, "conv", "Conv2d", (), (IMAGE,), (made,)),
        call(2, 0, kind, kind, (1,), shapes, (IMAGE,), reads_input=True),
    )
    assert pairs(graph_of(report, ())) == {(INPUT, 1), (INPUT, 2), (1, 2), (2, OUTPUT)}


def test_attention_over_one_tensor_does_not_read_the_input_again() -> None:
    words = (1, 5, 16)
    report = report_of(
        call(0, None, "", "Net", (), (words,), (words,)),
        call(1, 0, "norm", "LayerNorm", (), (words,), (words,)),
        call(2, 0, "attention", "MultiheadAttention", (1,), (words, words, words), (words,)),
        inputs=(words,),
    )
    assert pairs(graph_of(report, ())) == {(INPUT, 1), (1, 2), (2, OUTPUT)}


def test_failed_run_ends_at_the_failed_call_without_an_output() -> None:
    report = report_of(
        call(0, None, "", "Net", (), (IMAGE,), (), status="failed"),
        call(1, 0, "conv", "Conv2d", (), (IMAGE,)),
        call(2, 0, "fc", "Linear", (1,), shapes_out=(), status="failed"),
        error=Failure("no", "do", 2, None),
    )
    graph = graph_of(report, ())
    assert pairs(graph) == {(INPUT, 1), (1, 2)}
    assert [node.failed for node in graph.nodes] == [False, False, True]


def test_network_of_one_layer_is_one_node() -> None:
    report = report_of(call(0, None, "", "Conv2d", (), (IMAGE,)))
    assert pairs(graph_of(report, ())) == {(INPUT, 0), (0, OUTPUT)}
    assert opened_at_first(report) == frozenset()


def test_at_first_a_kind_is_opened_as_a_whole_or_once_as_an_example() -> None:
    assert opened_at_first(inception(), 9) == {2, 3, 6, 9}  # 4 nodes, 3 more in the block, 2 more in its branches
    assert opened_at_first(inception(), 8) == {2, 3}
    assert opened_at_first(inception(), 7) == {2}
    assert opened_at_first(inception(), 6) == frozenset()


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("Conv2d", Family.CONVOLUTION),
        ("conv_transpose2d", Family.CONVOLUTION),
        ("BatchNorm2d", Family.NORMALISATION),
        ("LocalResponseNorm", Family.NORMALISATION),
        ("AdaptiveAvgPool2d", Family.POOLING),
        ("MultiheadAttention", Family.LINEAR),
        ("matmul", Family.LINEAR),
        ("ReLU", Family.ACTIVATION),
        ("softmax", Family.ACTIVATION),
        ("cat", Family.JOIN),
        ("add", Family.JOIN),
        ("Dropout", Family.OTHER),
        ("reshape", Family.OTHER),
    ],
)
def test_family_of_a_kind(kind: str, family: Family) -> None:
    assert kind_of_call(call(0, None, "", kind)).family is family


@pytest.fixture(scope="module", params=_NETWORKS)
def traced(request: pytest.FixtureRequest) -> Report:
    return inspect(f"torchvision/{request.param}")


def test_opening_everything_gives_one_node_for_each_leaf_call(traced: Report) -> None:
    nesting = Nesting.of(traced)
    graph = graph_of(traced, nesting.containers())
    leaves = {each.index for each in traced.calls if not nesting.is_container(each.index)}
    assert {node.id for node in graph.nodes} == leaves | {INPUT, OUTPUT}
    assert {(source, each.index) for each in traced.calls for source in each.inputs_from if each.index in leaves} == {
        (edge.source, edge.target) for edge in graph.edges if edge.source >= 0 and edge.target >= 0
    }


def test_every_graph_on_the_way_is_connected_and_points_onwards(traced: Report) -> None:
    for opened in _ways_to_open(traced):
        graph = graph_of(traced, opened)
        assert len(pairs(graph)) == len(graph.edges)
        assert all(e.source < e.target or e.target == OUTPUT for e in graph.edges)
        ids = {node.id for node in graph.nodes}
        assert _reached(INPUT, ((e.source, e.target) for e in graph.edges)) == ids
        assert _reached(OUTPUT, ((e.target, e.source) for e in graph.edges)) == ids


def test_first_graph_is_small_and_opens_something(traced: Report) -> None:
    opened = opened_at_first(traced)
    assert opened
    assert len(graph_of(traced, opened).nodes) <= 40


def _ways_to_open(report: Report) -> list[frozenset[int]]:
    containers = Nesting.of(report).containers()
    even = frozenset(each for each in containers if each % 2 == 0)
    return [frozenset(), opened_at_first(report), even, containers]


def _reached(start: int, edges: Iterable[tuple[int, int]]) -> set[int]:
    follows: dict[int, list[int]] = {}
    for source, target in edges:
        follows.setdefault(source, []).append(target)
    reached, waiting = {start}, [start]
    while waiting:
        new = set(follows.get(waiting.pop(), ())) - reached
        reached |= new
        waiting += new
    return reached
