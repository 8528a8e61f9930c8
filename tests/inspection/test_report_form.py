"""A report as plain data: what ``to_dict`` writes, ``from_dict`` reads, and nothing else."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from drawn_networks import networks
from drawn_nodes import Node, Shape
from drawn_reports import reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from cnnviz import Report
from cnnviz.errors import CnnvizError
from cnnviz.inspection import export
from cnnviz.inspection.comparison import compare
from cnnviz.inspection.explaining.explain import explain
from cnnviz.inspection.graphs.graph import graph_of, opened_at_first
from cnnviz.inspection.tracer import inspect
from cnnviz.plain_data import as_plain

_BOUNDED = settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
_Change = Callable[[dict[str, Any]], object]


def _through_json(report: Report) -> Report:
    return Report.from_dict(json.loads(json.dumps(report.to_dict())))


@pytest.mark.parametrize("name", ["lenet", "googlenet", "torchvision/resnet18", "torchvision/vit_b_32"])
def test_report_of_a_network_is_read_as_it_was(name: str) -> None:
    report = inspect(name)
    assert _through_json(report) == report
    assert _through_json(report).to_dict() == report.to_dict()


def test_failure_and_hidden_layers_are_read_as_they_were() -> None:
    class Hiding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused = nn.Linear(2, 2)
            self.hidden = [nn.Linear(3, 4)]
            self.wrong = nn.Linear(5, 1)

        def forward(self, x: Any) -> Any:
            return self.wrong(self.hidden[0](x))

    report = inspect(Hiding(), (3,))
    assert report.error is not None
    assert report.never_ran
    assert report.unregistered
    assert _through_json(report) == report
    assert report.to_dict()["unregistered"] == [{"path": "hidden.0", "kind": "Linear", "params": 16}]


@given(networks())
@settings(_BOUNDED, max_examples=40)
def test_report_of_a_random_network_is_read_as_it_was(drawn: tuple[Node, Shape]) -> None:
    node, shape = drawn
    assert node.module is not None
    report = inspect(node.module, shape[1:], batch=shape[0])
    assert _through_json(report) == report


@given(reports())
@_BOUNDED
def test_whatever_a_report_holds_is_read_as_it_was(report: Report) -> None:
    written = {"schema": 1, **as_plain(report)}  # as ``to_dict``, which counts from settings: those here mean nothing
    assert Report.from_dict(json.loads(json.dumps(written))) == report


def test_keys_of_a_later_version_are_skipped_and_absent_ones_take_their_defaults() -> None:
    report = inspect("lenet")
    data: Any = report.to_dict()
    data["later"] = data["totals"]["later"] = data["calls"][3]["later"] = {"anything": [None]}
    del data["never_ran"], data["calls"][2]["reads_input"]
    assert Report.from_dict(data) == report


@pytest.mark.parametrize("data", [None, [], "x", {}, {"schema": None}, {"schema": 1}, {"schema": 99}])
def test_what_is_no_report_is_refused(data: object) -> None:
    with pytest.raises(CnnvizError, match="report"):
        Report.from_dict(data)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda data: data["calls"].pop(3), "calls.index"),
        (lambda data: data["calls"][3].update(parent=7), "calls.index"),
        (lambda data: data["calls"][3].update(inputs_from=[3]), "calls.index"),
        (lambda data: data["calls"][3].update(params="61"), "calls.params cannot be '61'"),
        (lambda data: data["calls"][3].update(module=1), "calls.module cannot be 1"),
        (lambda data: data["calls"][3].update(receptive_field=[5]), r"calls.receptive_field cannot be \[5\]"),
        (lambda data: data["calls"][3].update(status="fine"), "calls.status cannot be 'fine'"),
        (lambda data: data["calls"][3].update(params=-1), "calls.params cannot be -1"),
        (lambda data: data["totals"].pop("params"), "totals.params is missing"),
        (lambda data: data.update(outputs_from=[-1]), "outputs_from cannot be -1"),
        (lambda data: data.update(outputs_from=[13]), "call 13 of 13"),
    ],
)
def test_damaged_report_is_refused_with_the_place(change: _Change, where: str) -> None:
    data = inspect("lenet").to_dict()
    change(data)
    with pytest.raises(CnnvizError, match=where):
        Report.from_dict(data)


_DATA = json.dumps(inspect("torchvision/squeezenet1_0").to_dict())


@given(st.data())
@settings(_BOUNDED, max_examples=int(os.environ.get("CNNVIZ_EXAMPLES", "150")))
def test_report_that_is_read_can_be_shown_whatever_was_changed_in_it(data: st.DataObject) -> None:
    changed = json.loads(_DATA)
    place = changed if data.draw(st.integers(0, 3)) == 0 else data.draw(st.sampled_from(changed["calls"]))
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(st.sampled_from([None, 0, 3, -1, 1.5, True, "x", [], [2], [[1, 2]], {}, {"a": 1}]))
    try:
        report = Report.from_dict(copy.deepcopy(changed))
    except CnnvizError:
        return
    for form in export.FORMATS.values():
        assert form(report)
    compare([report])
    graph_of(report, opened_at_first(report))
    for call in report.calls:
        explain(call)
