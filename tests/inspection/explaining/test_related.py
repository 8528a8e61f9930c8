from __future__ import annotations

import torch
from torch import Tensor, nn

from cnnviz.inspection.explaining.related import Neighbours, Related, between, from_input
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect


class Block(nn.Module):
    """A convolution and a ReLU, and the input added to them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, data: Tensor) -> Tensor:
        return self.relu(self.conv(data)) + data


class Net(nn.Module):
    """A stem, two blocks in a stage, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.stage = nn.Sequential(Block(), Block())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 6 * 6, 2))

    def forward(self, data: Tensor) -> Tensor:
        return self.head(self.stage(self.stem(data)))


def looked_at() -> Report:
    return inspect(Net(), inputs=(torch.zeros(1, 3, 8, 8),))


def around(report: Report, path: str) -> Related:
    call = report.find(path)
    assert call is not None
    return Neighbours(report).around(call)


def paths(calls: tuple[object, ...]) -> list[str]:
    return [getattr(call, "path", "") for call in calls]


def test_layer_is_linked_to_the_layers_that_feed_it_and_read_it() -> None:
    found = around(looked_at(), "stage.1.conv")
    assert paths(found.feeds_it) == ["stage.0.add"]
    assert paths(found.fed_by_it) == ["stage.1.relu"]
    assert found.inside is not None
    assert found.inside.path == "stage.1"
    assert found.holds == ()


def test_output_that_is_read_twice_names_both_readers() -> None:
    assert paths(around(looked_at(), "stem").fed_by_it) == ["stage.0.conv", "stage.0.add"]


def test_container_is_fed_by_and_feeds_the_outermost_calls_beside_it() -> None:
    report = looked_at()
    stage = around(report, "stage")
    assert paths(stage.feeds_it) == ["stem"]
    assert paths(stage.fed_by_it) == ["head"]
    assert paths(stage.holds) == ["stage.0", "stage.1"]
    second = around(report, "stage.1")
    assert paths(second.feeds_it) == ["stage.0"]
    assert paths(second.fed_by_it) == ["head"]


def test_ends_of_the_network_are_its_input_and_output() -> None:
    report = looked_at()
    assert around(report, "stem").reads_input
    assert not around(report, "stem").makes_output
    assert around(report, "head").makes_output
    whole = around(report, "")
    assert whole.reads_input
    assert whole.makes_output
    assert (whole.feeds_it, whole.fed_by_it, whole.inside) == ((), (), None)
    assert paths(whole.holds) == ["stem", "stage", "head"]


def test_of_several_inputs_a_call_reads_those_of_its_shapes() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.facts = nn.Conv2d(3, 8, 3), nn.Linear(10, 8)

        def forward(self, picture: Tensor, facts: Tensor) -> Tensor:
            return self.conv(picture).mean((2, 3)) + self.facts(facts)

    report = inspect(Both(), ((3, 8, 8), (10,)))
    assert [from_input(call, report) for call in report.calls if call.module] == [
        ((1, 3, 8, 8), (1, 10)), ((1, 3, 8, 8),), ((1, 10),),
    ]  # fmt: skip


def test_shape_between_two_calls_is_what_the_second_reads() -> None:
    report = looked_at()
    stem, conv = report.find("stem"), report.find("stage.0.conv")
    assert stem is not None
    assert conv is not None
    assert between(stem, conv) == ((1, 4, 6, 6),)
