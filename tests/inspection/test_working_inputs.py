"""Inputs of which nobody says the kind of number, or the shape: found by trying, each for itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import cnnviz
from cnnviz.__main__ import main
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.inspection.tracer import inspect, with_working_input
from cnnviz.zoo import resolve
from cnnviz.zoo.inputs import read_inputs, said

_NETWORKS = """
import torch
from torch import nn
F = nn.functional

class Steps(nn.Module):  # a picture and one whole number for each
    def __init__(self, steps: int = 50):
        super().__init__()
        self.conv, self.time = nn.Conv2d(3, 8, 3, padding=1), nn.Embedding(steps, 8)
    def forward(self, x, t):
        return self.conv(x) + self.time(t)[:, :, None, None]

class Levels(nn.Module):  # a picture and one measured number for each
    def __init__(self):
        super().__init__()
        self.conv, self.level = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(1, 8)
    def forward(self, x, level):
        return self.conv(x) + self.level(level.log()[:, None])[:, :, None, None]

class PositionsFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(12, 16))
        self.head, self.words = nn.Linear(16, 4), nn.Embedding(100, 16)
    def forward(self, tokens):
        return self.head(self.words(tokens) + self.positions)

class OneHot(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(5, 7)
    def forward(self, tokens):
        return self.net(F.one_hot(tokens, 5).float())

class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Parameter(torch.randn(100, 16)), nn.Linear(16, 4)
    def forward(self, tokens):
        return self.head(self.table[tokens])

class Gathered(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("codes", torch.randn(64, 6))
        self.head = nn.Linear(6, 3)
    def forward(self, code):
        return self.head(self.codes.gather(0, code[:, None].expand(-1, 6)))

class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.head = nn.Embedding(30, 8), nn.Linear(8, 2)
    def forward(self, tokens, mask, weights):
        return self.head(self.words(tokens).masked_fill(mask[..., None], 0.0) * weights[..., None])

class Entities(nn.Module):  # categories and measurements: both rows of numbers
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(9, 4) for _ in range(2))
        self.norm, self.head = nn.BatchNorm1d(5), nn.Linear(13, 2)
    def forward(self, measured, categories):
        found = [table(categories[:, i]) for i, table in enumerate(self.tables)]
        return self.head(torch.cat([self.norm(measured), *found], 1))

class Waves(nn.Module):  # complex weights, a real picture
    def __init__(self):
        super().__init__()
        self.waves, self.conv = nn.Parameter(torch.randn(2, 9, 5, dtype=torch.cfloat)), nn.Conv2d(2, 2, 1)
    def forward(self, x):
        return self.conv(torch.fft.irfft2(torch.fft.rfft2(x) * torch.view_as_complex(torch.view_as_real(self.waves))
                                          [:, :1, :1]))

class ComplexPicture(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)
    def forward(self, x):
        return self.conv(x.real) + self.conv(torch.view_as_real(x)[..., 1])

class Inverse(nn.Module):  # zeros have none
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 2)
    def forward(self, x):
        if x.abs().sum().item() == 0:
            raise ValueError("an empty picture")
        return self.head(torch.linalg.inv(x))
"""
_I64 = "int64"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "net.py"
    file.write_text(_NETWORKS, "utf-8")
    return file


_CASES = [
    ("Steps", "3,16,16 ()", ("int64",), 256 * 27 * 8),
    ("Steps", "3,16,16 ():int32", (), 256 * 27 * 8),
    ("Levels", "3,16,16 ()", (), 256 * 27 * 8 + 8),
    ("PositionsFirst", "12", ("int64",), 12 * 64),
    ("OneHot", "12", ("int64",), 12 * 35),
    ("Table", "12", ("int64",), 12 * 64),
    ("Gathered", "()", ("int64",), 18),
    ("Masked", "7 7 7", ("int64", "bool"), 7 * 16),
    ("Entities", "5 2", ("int64",), 26),
    ("ComplexPicture", "2,8,8", ("complex64",), 2 * 36 * 18 * 4),
    ("Inverse", "4,4", (), None),
]


@pytest.mark.parametrize(("name", "inputs", "other", "macs"), _CASES, ids=[f"{n} {i}" for n, i, _, _ in _CASES])
def test_each_input_gets_the_kind_of_number_that_works(
    file: Path, name: str, inputs: str, other: tuple[str, ...], macs: int | None
) -> None:
    given = read_inputs(inputs)
    spec = with_working_input(resolve(f"{file}:{name}", {}, *said(given)), shape_is_said=True)
    assert spec.inputs == tuple(each.shape for each in given)
    assert sorted(set(spec.dtypes) - {"", "int32"}) == sorted(other)
    inspected = inspect_spec(spec)
    assert (inspected.spec, inspected.report.status) == (spec, "complete")
    if macs is not None:
        assert inspected.report.totals.macs == macs
    assert inspect(f"{file}:{name}", given).totals == inspected.report.totals


def test_fewest_whole_numbers_are_taken(file: Path) -> None:
    spec = with_working_input(resolve(f"{file}:Entities", {}, (5,), ((2,),)), shape_is_said=True)
    assert spec.dtypes == ("", _I64)
    assert inspect(spec).totals.activation_bytes == 4 * (5 + 4 + 4 + 13 + 2)  # nothing of 8 bytes


def test_weights_of_complex_numbers_take_real_pictures(file: Path) -> None:
    report = inspect(f"{file}:Waves", (2, 9, 8))
    assert report.status == "complete"
    assert report.totals.params == 2 * 9 * 5 + 4 + 2


def test_module_in_python_is_tried_too() -> None:
    class Table(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.zeros(9, 4))

        def forward(self, tokens: Tensor) -> Tensor:
            return self.table[tokens]

    assert cnnviz.inspect(Table(), input_shape=(5,)).status == "complete"
    assert cnnviz.inspect(Table(), input_shape="5:int64").status == "complete"
    assert cnnviz.inspect(Table(), input_shape=(5, "float32")).status == "partial"


@pytest.mark.parametrize("name", ["Steps", "Levels", "OneHot"])
def test_shapes_that_nobody_says_are_tried_with_kinds(file: Path, name: str) -> None:
    spec = with_working_input(resolve(f"{file}:{name}"))
    assert inspect(spec).status == "complete"
    if name != "OneHot":
        assert spec.inputs == ((3, 224, 224), ())


def test_what_no_guess_makes_work_says_how_to_say_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forward = "        return self.table[x] if x.dtype == torch.int16 else F.one_hot(x.real.double(), 5)"
    file.write_text(f"{_NETWORKS}\nclass Odd(Table):\n    def forward(self, x):\n{forward}\n")
    assert main(["inspect", f"{file}:Odd", "--input", "12"]) == 3
    assert "No kind of number that was tried works" in capsys.readouterr().err
    assert main(["inspect", f"{file}:Table", "--input", "12:float32"]) == 3
    assert "say it behind the shape, such as 12:int64" in capsys.readouterr().err


def test_command_line_takes_kinds_and_several_inputs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", f"{file}:Steps", "--input", "3,8,8", "--input", "():int64", "--format", "json"]) == 0
    assert '"input_shapes": [[1, 3, 8, 8], [1]]' in " ".join(capsys.readouterr().out.split()).replace(
        "[ ", "["
    ).replace(" ]", "]")
    with pytest.raises(SystemExit) as caught:
        main(["inspect", f"{file}:Steps", "--input", "3,8,x"])
    assert caught.value.code == 2
    assert "'3,8,x' is no input shape; give C,H,W such as 3,224,224" in capsys.readouterr().err


def test_declared_kinds_stay_where_only_shapes_are_said(file: Path) -> None:
    file.write_text(f'input_shape = ((3, 8, 8), "():int64")\n{_NETWORKS}')
    assert resolve(f"{file}:Steps").inputs == ((3, 8, 8), ())
    assert resolve(f"{file}:Steps").dtypes == resolve(f"{file}:Steps", {}, (3, 9, 9)).dtypes == ("", _I64)
