"""What users of comparable programs reported in public, in small files of our own: right, or said to be unknown."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from cnnviz.__main__ import main
from cnnviz.feature_maps.features import features
from cnnviz.inspection.advice import advise
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect

_FOLDER = Path(__file__).parent / "networks"
_STEP, _TOKENS = ("3,16,16", "()"), ("12",)
_CONV = 4 * 256 * 27  # of After's convolution
_Row = tuple[str, tuple[str, ...], int, int | None]
# network, inputs of the command line, parameters, multiply-adds; None: not counted
_ROWS: list[_Row] = [
    ("jit_function.py:Net", (), 224, 71_680),
    ("compile_method.py:net", (), 5_020, 4_016),
    ("compile_method.py:Outer", (), 15_030, 14_016),
    ("conv_tbc.py:Net", (), 400, 7_680),
    ("ordered_dict.py:Net", (), 16, 115_968),
    ("ordered_dict.py:Plain", (), 16, 115_968),
    ("ordered_dict.py:Param", (), 16, 3_072 + 8 * 196 * 36),  # one kernel, where the others have two
    ("kin.py:Queue", (), 16, 3_072 + 8 * 196 * 36 + 196 * 64),
    ("kin.py:Default", (), 16, 3_072 + 8 * 196 * 36),
    ("kin.py:Shared", (), 20, 3_072),
    ("names_collide.py:Net", (), 260, _CONV + 4 * 256 * 36),
    ("spatial_softmax.py:Net", (), 112, _CONV),
    ("spatial_softmax.py:Flat", (), 112, _CONV),
    ("spatial_softmax.py:Halves", (), 112, _CONV),
    ("spatial_softmax.py:Beside", (), 260, _CONV + 4 * 512 * 36),
    ("categories_and_measurements.py:Net", (), 166, 34),
    ("categories_and_measurements.py:Raw", (), 114, 64),
    ("branch_on_data.py:Net", (), 208, 2 * 3 * 1024 * 27 + 30),  # of a bright input: with denoise
    ("kin.py:Depth", (), 27, 3 * 768),
    ("kin.py:Early", (), 153, 144),
    ("experts.py:Net", (), 1_088, 2_560),
    ("own_seed.py:Net", (), 158, 4 * 1024 * 27 + 40),
    ("own_seed.py:Global", (), 158, 4 * 1024 * 27 + 40),
    ("closure_forward.py:Net", (), 170, _CONV + 40),
    ("closure_forward.py:hooked", (), 132, _CONV + 2 * 4_096),
    ("kin.py:Double", (), 120, 2 * _CONV),
    ("kin.py:counting", (), 120, _CONV),
    ("overrides_parameters.py:Net", (), 314, 42_416),
    ("overrides_parameters.py:Frozen", (), 314, 42_416),
    ("time_step.py:Net", _STEP, 8_443, 110_592),
    ("time_step.py:Sine", _STEP, 515, 110_656),
    ("tokens_not_first.py:PosFirst", _TOKENS, 1_860, 768),
    ("tokens_not_first.py:OneHot", _TOKENS, 42, 420),
    ("tokens_not_first.py:OwnTable", _TOKENS, 1_668, 768),
    ("complex_weight.py:half", (), 76, 256 * 72),
    ("complex_weight.py:double", (), 76, 256 * 72),
    ("complex_weight.py:Spectral", (), 252, None),  # nobody says what a Fourier transform multiplies
    ("noise_through_layer.py:Net", (), 84, 20_736),
    ("project_without_init/models/net.py:Net", (), 112, _CONV),
    ("import_in_forward/net.py:Net", (), 162, 21_208),
    ("toplevel_forms.py:annotated", (), 112, 4 * 196 * 27),
    ("toplevel_forms.py:first", (), 112, 4 * 196 * 27),
    ("toplevel_forms.py:second", (), 224, 8 * 196 * 27),
    ("toplevel_forms.py:Inside", (), 112, 4 * 196 * 27),
    ("toplevel_forms.py:Fallback", (), 112, 4 * 196 * 27),
    ("star_import.py:Star", (), 112, 4 * 196 * 27),
]
_ONE_BY_ONE = ("conv_tbc.py:Net",)  # PyTorch refuses a transposed batch
_HOMES = {"project_without_init/models/net.py": "project_without_init"}  # where Python is run; else beside the file


@pytest.fixture(params=_ROWS, ids=[row[0] for row in _ROWS])
def row(request: pytest.FixtureRequest) -> _Row:
    found: _Row = request.param
    return found


def test_command_prints_the_right_numbers(row: _Row, capsys: pytest.CaptureFixture[str]) -> None:
    name, inputs, params, macs = row
    said = [word for each in inputs for word in ("--input", each)]
    assert main(["inspect", f"{_FOLDER / name}", *said, "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["status"], report["totals"]["params"], report["totals"]["macs"]) == ("complete", params, macs)
    assert [call["path"] for call in report["calls"] if call["parent"] is None] == [""]
    assert macs is not None or any(call["status"] == "not counted" for call in report["calls"])


def test_module_of_python_has_the_same_numbers_and_stays_as_it_is(row: _Row, monkeypatch: pytest.MonkeyPatch) -> None:
    name, inputs, params, macs = row
    torch.manual_seed(0)  # one of them decides by what its weights make of the picture
    model, shape = in_python(name, monkeypatch)
    if inputs:
        shape = ((3, 16, 16), ()) if inputs is _STEP else (12,)
    before = _bits(model), torch.get_rng_state()
    more = 1 if name in _ONE_BY_ONE else 2  # a batch of one value cannot be normalised in training
    reports = [inspect(model, shape), inspect(model, shape, batch=more, train_mode=True)]
    assert [each.error for each in reports] == [None, None]
    assert [each.totals.params for each in reports] == [params] * 2
    assert [each.totals.macs for each in reports] == ([None] * 2 if macs is None else [macs, more * macs])
    assert _bits(model) == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.fixture(autouse=True)
def _what_a_case_imports_goes() -> Iterator[None]:
    known = set(sys.modules)
    yield
    for name in sys.modules.keys() - known:
        told = vars(sys.modules[name])  # a module may make more of itself when it is asked
        places = [told.get("__file__"), *told.get("__path__", [])]
        if any(str(place).startswith(str(_FOLDER)) for place in places):
            del sys.modules[name]


def in_python(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[nn.Module, Any]:
    """Return the network as a program of the user's makes it, and the input that its file says."""
    path, _, wanted = name.partition(":")
    file = _FOLDER / path
    monkeypatch.syspath_prepend(str(_FOLDER / _HOMES.get(path, Path(path).parent)))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = getattr(module, wanted)
    return made if isinstance(made, nn.Module) else made(), getattr(module, "input_shape", None)


def _bits(model: nn.Module) -> list[object]:
    tensors = {**dict(nn.Module.named_parameters(model)), **dict(nn.Module.named_buffers(model))}
    values = [(name, str(each.dtype), each.detach().clone().numpy().tobytes()) for name, each in tensors.items()]
    return [*values, *((name, each.training, sorted(vars(each))) for name, each in nn.Module.named_modules(model))]


def report_of(name: str) -> Report:
    return inspect(str(_FOLDER / name))


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("ordered_dict.py:Net", {"branches.left": 296, "branches.right": 296}),
        ("ordered_dict.py:Plain", {"branches.left": 296, "branches.right": 296}),
        ("ordered_dict.py:Param", {"w.k": 288}),
        ("kin.py:Queue", {"queue.0": 296, "queue.1.0": 72}),
        ("kin.py:Default", {"by_name.a.0": 296, "more.scale.0": 8}),
        ("kin.py:Shared", {}),
    ],
)
def test_what_pytorch_does_not_register_has_rows_and_is_told(name: str, hidden: dict[str, int]) -> None:
    report = report_of(name)
    assert {part.path: part.params for part in report.unregistered} == hidden
    layers = [part.path for part in report.unregistered if part.kind != "Parameter"]
    assert [report.find(path).params for path in layers] == [hidden[path] for path in layers]  # type: ignore[union-attr]
    assert report.calls[0].params == report.totals.params + sum(hidden.values())
    told = [advice.what for advice in advise(report) if advice.rule == "modules in a plain list"]
    assert len(told) == len({path.rpartition(".")[0] for path in hidden})


_FIELDS = {
    "spatial_softmax.py:Net": (3, 16),
    "spatial_softmax.py:Flat": (16, 16),
    "spatial_softmax.py:Halves": (11, 3),
    "spatial_softmax.py:Beside": (5, 16),
    "kin.py:FLIPPED": (3, 16),
    "kin.py:ROLLED": (16, 3),
    "kin.py:SUMMED": (3, 16),
    "kin.py:SORTED": (16, 3),
    "kin.py:SPLIT": (3, 11),
    "kin.py:TURNED": (16, 16),
    "kin.py:UNIT": (16, 3),
}


@pytest.mark.parametrize(("name", "field"), _FIELDS.items(), ids=_FIELDS)
def test_work_along_an_axis_is_no_work_on_a_pixel(name: str, field: tuple[int, int]) -> None:
    last = report_of(name).calls[-1]
    assert last.receptive_field_status == "unknown" or last.receptive_field == field


def test_measurements_stay_measurements_beside_categories() -> None:
    assert report_of("categories_and_measurements.py:Net").totals.activation_bytes == 144


@pytest.fixture
def bright(tmp_path: Path) -> Path:
    file = tmp_path / "bright.png"
    Image.new("RGB", (32, 32), (255, 200, 150)).save(file)
    return file


def test_map_is_of_the_layer_that_was_asked_for(bright: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, shape = in_python("branch_on_data.py:Net", monkeypatch)
    maps = features(model, bright, "body", input_shape=shape)
    expected = model.body(model.denoise(torch.from_numpy(maps.input)))
    assert np.array_equal(maps.values, expected[0].detach().numpy())
    model, shape = in_python("names_collide.py:Net", monkeypatch)
    module, function = (features(model, bright, layer, input_shape=shape) for layer in ("relu", "relu()"))
    rectified = functional.relu(model.conv(torch.from_numpy(module.input)))
    assert np.array_equal(function.values, rectified[0].detach().numpy())
    assert np.array_equal(module.values, functional.relu(-model.conv2d(rectified + 1))[0].detach().numpy())


@pytest.mark.parametrize("name", ["branch_on_data.py:Net", "experts.py:Net", "kin.py:Depth", "kin.py:Early"])
def test_no_part_is_called_idle_where_data_decides(name: str) -> None:
    report = report_of(name)
    assert report.decided_by_data == (0,)
    rules = {advice.rule for advice in advise(report)}
    assert "numbers decide what runs" in rules
    assert "part that never ran" not in rules


@pytest.mark.parametrize("name", ["Net", "Global"])
def test_weights_that_a_constructor_draws_are_those_of_plain_python(
    name: str, bright: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _shape = in_python(f"own_seed.py:{name}", monkeypatch)
    maps = features(f"{_FOLDER / 'own_seed.py'}:{name}", bright, "conv")
    assert np.array_equal(maps.values, model.conv(torch.from_numpy(maps.input))[0].detach().numpy())
    assert maps.weights == "as own_seed.py makes them"
