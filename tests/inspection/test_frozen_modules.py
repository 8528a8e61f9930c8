from __future__ import annotations

import pytest

from cnnviz.inspection.call import Call
from cnnviz.inspection.frozen_modules import (
    frozen_up_to,
    frozen_with,
    frozen_without,
    is_frozen,
    paths_in,
    trainable_params,
    unknown_paths,
)
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo.catalog import resolve


@pytest.fixture(scope="module")
def report() -> Report:
    return inspect(resolve("vgg11", {"width_divisor": 8}))


def call(report: Report, path: str) -> Call:
    found = report.find(path)
    assert found is not None
    return found


def test_path_freezes_all_below_it_and_nothing_that_only_begins_like_it() -> None:
    assert is_frozen("block1.0", ("block1",))
    assert not is_frozen("block10.0", ("block1",))
    assert paths_in(" block1, block2 ,") == ("block1", "block2")
    assert paths_in(None) == ()


def test_up_to_here_names_whole_modules_where_all_of_them_is_meant(report: Report) -> None:
    assert frozen_up_to(report, call(report, "block3.0")) == ("block1", "block2", "block3.0")
    assert frozen_up_to(report, call(report, "block3")) == ("block1", "block2", "block3")
    assert frozen_up_to(report, call(report, "block3.1")) == ("block1", "block2", "block3.0")


def test_freeing_one_layer_of_a_frozen_module_keeps_the_others_frozen(report: Report) -> None:
    assert frozen_without(report, ("block1", "block3"), call(report, "block3.2")) == ("block1", "block3.0")
    assert frozen_with(report, ("block1", "block3.0"), call(report, "block3.2")) == ("block1", "block3")


def test_parameters_that_learn_are_all_but_those_of_frozen_layers(report: Report) -> None:
    learning = trainable_params(report, ("block1", "classifier"))
    frozen = call(report, "block1").params + call(report, "classifier").params
    assert learning[0] == report.totals.params - frozen
    assert learning[call(report, "block1.0").index] == 0
    assert learning[call(report, "block2").index] == call(report, "block2").params


def test_what_is_no_layer_is_found(report: Report) -> None:
    assert unknown_paths(report, ("block1", "block9", "block1.0")) == ("block9",)
