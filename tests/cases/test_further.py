"""Other members of the kinds that ``networks/`` stands for: what is said is right, or is said to be unknown."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.advice import advise
from cnnviz.inspection.receptive_field import fields
from cnnviz.inspection.tracer import inspect

_FOLDER = Path(__file__).parent / "networks" / "further"


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"further_{name}", _FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_fields = _loaded("fields")


def _after(run: Any) -> nn.Module:
    torch.manual_seed(0)
    model: nn.Module = _fields.After(run).eval()
    return model


def _seen(model: nn.Module) -> Tensor:
    """Return, of each pixel of the output, the input's pixels that change it: (H', W', H, W)."""
    pictures = torch.randn(8, *_fields.input_shape, requires_grad=True)  # one of them gets past a rectifier
    made = model(pictures)
    summed = (made * torch.randn(made.shape[:2])[..., None, None]).sum((0, 1))
    each = torch.eye(summed.numel()).view(-1, *summed.shape)
    (gradient,) = torch.autograd.grad(summed, pictures, each, is_grads_batched=True)
    return (gradient != 0).any(2).any(1).view(*summed.shape, *pictures.shape[2:])


@pytest.mark.parametrize("run", _fields.UNKNOWN.values(), ids=_fields.UNKNOWN)
def test_field_of_work_along_an_axis_or_past_the_maps_is_not_known(run: Any) -> None:
    report = inspect(_after(run), _fields.input_shape)
    assert report.error is None
    assert report.calls[0].receptive_field_status == "unknown"


@pytest.mark.parametrize("run", _fields.WHOLE.values(), ids=_fields.WHOLE)
def test_field_is_the_whole_picture_as_the_gradient_has_it(run: Any) -> None:
    report = inspect(_after(run), _fields.input_shape)
    assert report.calls[0].receptive_field_status == "whole input"
    assert _seen(_after(run)).all()


@pytest.mark.parametrize("run", _fields.EXACT.values(), ids=_fields.EXACT)
def test_field_is_the_box_that_the_gradient_has(run: Any) -> None:
    report = inspect(_after(run), _fields.input_shape)
    assert report.calls[0].receptive_field_status == "exact"
    field, seen = fields(report.calls)[0], _seen(_after(run))
    height, width = seen.shape[2:]
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            top, left, bottom, right = field.box(row, column) or ()
            rows, columns = seen[row, column].nonzero(as_tuple=True)
            inside = max(top, 0), max(left, 0), min(bottom, height - 1), min(right, width - 1)
            assert (rows.min(), columns.min(), rows.max(), columns.max()) == inside


_hidden = _loaded("hidden")


@pytest.mark.parametrize(("run", "macs"), _hidden.COUNTED.values(), ids=_hidden.COUNTED)
@pytest.mark.filterwarnings("ignore")  # PyTorch's own, of what is new there
def test_work_is_counted_by_whatever_way_it_is_brought_about(run: Any, macs: int) -> None:
    report = inspect(_hidden.After(run), _hidden.input_shape)
    assert (report.error, report.totals.macs) == (None, _hidden.CONV + macs)


@pytest.mark.parametrize("run", _hidden.NOT_COUNTED.values(), ids=_hidden.NOT_COUNTED)
@pytest.mark.filterwarnings("ignore")
def test_work_that_nobody_sees_or_has_no_formula_is_not_counted(run: Any) -> None:
    report = inspect(_hidden.After(run), _hidden.input_shape)
    assert (report.error, report.totals.macs) == (None, None)
    assert any(call.status == "not counted" for call in report.calls)


_written = _loaded("written")


@pytest.mark.parametrize("run", _written.NOT_COUNTED)
def test_work_that_is_written_where_nobody_watches_is_not_counted(run: Any) -> None:
    report = inspect(_written.After(run), _written.input_shape)
    assert (report.error, report.totals.macs) == (None, None)
    assert any(call.status == "not counted" for call in report.calls)


@pytest.mark.parametrize(("run", "macs"), _written.COUNTED.items())
def test_writing_that_is_watched_hides_nothing(run: Any, macs: int) -> None:
    report = inspect(_written.After(run), _written.input_shape)
    assert (report.error, report.totals.macs) == (None, _written.CONV + macs)


@pytest.mark.parametrize("run", _written.OTHER_NAMES.values(), ids=_written.OTHER_NAMES)
def test_field_of_what_was_written_by_another_name_is_not_known(run: Any) -> None:
    report = inspect(_written.After(run), _written.input_shape)
    assert (report.error, report.totals.macs) == (None, _written.CONV + 64 * 256)
    assert report.calls[0].receptive_field_status == "unknown"


_OUTSIDE = {
    "Glob": ("GLOBAL", 12),
    "Clos": ("a", 20),
    "Held": ("m", 20),
    "ClsAttr": ("shared", 20),
    "Par": ("W", 16),
    "hooked": ("a", 20),
    "Made": None,
}


@pytest.mark.parametrize(("name", "held"), _OUTSIDE.items(), ids=_OUTSIDE)
def test_what_stands_outside_of_the_network_is_named(name: str, held: tuple[str, int] | None) -> None:
    report = inspect(f"{_FOLDER / 'outside.py'}:{name}")
    assert (report.error, report.totals.params) == (None, 112)
    assert [(part.path, part.params) for part in report.unregistered] == ([] if held is None else [held])
    told = [advice.what for advice in advise(report) if advice.rule == "modules in a plain list"]
    names = [] if held is None else [f"{held[1]} parameters of {held[0]},"]
    assert len(told) == len(names)
    assert all(name in each for name, each in zip(names, told, strict=True))


_FORMS = ("Deco", "Data", "Part", "Lam", "factory", "cached", "Exec", "Made", "Glob", "Net1", "Net2", "inst", "withed")
_RARER_FORMS = ("Matched", "Looped", "walrus", "call", "Gen")


@pytest.mark.parametrize("name", _FORMS + _RARER_FORMS)
def test_file_offers_what_the_module_has(name: str) -> None:
    totals = inspect(f"{_FOLDER / 'forms.py'}:{name}").totals
    assert (totals.params, totals.macs) == (112, 4 * 36 * 27)


_INPUTS = {
    "Mask": (((3, 8, 8), (8, 8)), 112, 4 * 64 * 27),
    "Bit": (((3, 8, 8), (8, 8)), 112, 4 * 64 * 27),
    "TokF": (((6, 5), (6,)), 48 + 80, 6 * 40),
    "Cplx": (((6,),), 20, 16),
    "Three": (((3, 8, 8), (), (7,)), 112 + 40 + 32, 4 * 36 * 27 + 28),
    "Pad": (((6,), (6,)), 80 + 288, 6 * 4 * 64 + 2 * 36 * 8),
    "Gat": (((6, 4), (3,)), 20, 96),
    "Byte": (((12,),), 52, 48),
}


@pytest.mark.parametrize(("name", "wanted"), _INPUTS.items(), ids=_INPUTS)
def test_kind_of_number_of_each_input_is_found(name: str, wanted: tuple[Any, int, int]) -> None:
    shapes, params, macs = wanted
    totals = inspect(f"{_FOLDER / 'inputs.py'}:{name}", shapes).totals
    assert (totals.params, totals.macs) == (params, macs)


def test_functions_and_modules_of_one_name_are_found_apart() -> None:
    report = inspect(f"{_FOLDER / 'alike.py'}:Loop")
    found = {path: report.find(path) for path in ("relu", "relu()", "conv2d", "conv2d()", "cat", "cat()")}
    assert all(call is not None and call.module != path.endswith("()") for path, call in found.items())
    assert [call.call_number for call in report.calls if call.path == "relu" and not call.module] == [1, 2, 3]
