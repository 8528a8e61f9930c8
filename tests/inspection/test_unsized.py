"""Lazy layers that never ran: nobody knows how many parameters they will have, and no number says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import Tensor, nn

from cnnviz.inspection.advice import advise
from cnnviz.inspection.comparison import compare
from cnnviz.inspection.export import as_table
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect


class Idle(nn.Module):
    """Runs its convolution, 3 to 8, and not the head that it was given."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 8, 3), head

    def forward(self, picture: Tensor) -> Tensor:
        return self.conv(picture)  # type: ignore[no-any-return]


class Failing(Idle):
    def forward(self, picture: Tensor) -> Tensor:
        return self.head(self.conv(picture).reshape(5, 7))  # type: ignore[no-any-return]


class Held(nn.Module):
    """A parameter of its own that nothing makes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.UninitializedParameter()


def _deep() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.LazyConv2d(4, 3))


_HEADS: list[tuple[Callable[[], nn.Module], tuple[str, ...], int]] = [
    (lambda: nn.LazyLinear(10), ("head.weight", "head.bias"), 0),
    (lambda: nn.LazyLinear(10, bias=False), ("head.weight",), 0),
    (lambda: nn.LazyBatchNorm2d(), ("head.weight", "head.bias"), 0),
    (_deep, ("head.1.weight", "head.1.bias"), 9),
    (Held, ("head.weight",), 0),
]


@pytest.mark.parametrize(("head", "unsized", "known"), _HEADS)
def test_lazy_layer_that_never_ran_is_of_no_known_size(
    head: Callable[[], nn.Module], unsized: tuple[str, ...], known: int
) -> None:
    report = inspect(Idle(head()), (3, 16, 16))
    assert (report.error, report.totals.params, report.unsized) == (None, 224 + known, unsized)
    table = as_table(report)
    assert f"at least {224 + known}" in table
    assert f"no size yet {', '.join(unsized)}" in table
    told = [advice.what for advice in advise(report) if advice.rule == "part that never ran"]
    assert len(told) == 1
    assert "of no size until it runs" in told[0]
    assert compare((report,)).networks[0].params is None


def test_size_that_is_not_known_stands_in_the_written_report() -> None:
    report = inspect(Idle(nn.LazyLinear(10)), (3, 16, 16))
    written = json.loads(json.dumps(report.to_dict()))
    assert (written["unsized"], written["totals"]["params"]) == (["head.weight", "head.bias"], 224)
    assert Report.from_dict(written) == report
    del written["unsized"]  # as versions before this one wrote it
    assert Report.from_dict(written).unsized == ()


def test_lazy_layers_behind_a_failure_are_of_no_known_size() -> None:
    report = inspect(Failing(nn.LazyLinear(10)), (3, 16, 16))
    assert report.error is not None
    assert report.unsized == ("head.weight", "head.bias")


def test_lazy_layer_that_ran_has_its_size_and_the_users_stays_lazy(tmp_path: Path) -> None:
    model = nn.Sequential(nn.LazyConv2d(8, 3), nn.Flatten(), nn.LazyLinear(10))
    report = inspect(model, (3, 16, 16))
    assert (report.totals.params, report.unsized) == (224 + 15_690, ())
    assert all(nn.parameter.is_lazy(each) for each in model.parameters())
    file = tmp_path / "net.py"
    file.write_text("from torch import nn\ndef Net():\n    return nn.Sequential(nn.LazyConv2d(8, 3))\n")
    assert inspect(f"{file}:Net", (3, 16, 16)).totals.params == 224


def test_parameters_below_a_path_are_those_of_that_module_alone() -> None:
    report = inspect(nn.ModuleDict({"a": nn.LazyLinear(1), "ab": nn.LazyLinear(1, bias=False)}), (3, 4, 4))
    assert report.unsized_below("") == ("a.weight", "a.bias", "ab.weight")
    assert report.unsized_below("a") == ("a.weight", "a.bias")
    assert report.unsized_below("a.weight") == ()
