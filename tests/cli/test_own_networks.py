"""FILE.py:CALLABLE as MODEL of the commands: results, exit status, and nothing of the file's own prints among them."""

from __future__ import annotations

import gc
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.__main__ import main
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import samples

_NET = """
from torch import nn

print("read")

class Net(nn.Module):
    def __init__(self, width: int = 4):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3)
        self.fc = nn.Linear(width * 26 * 26, 10)

    def forward(self, x):
        print("run")
        return self.fc(self.conv(x).flatten(1))
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    file = tmp_path / "my 网络.py"
    file.write_text(_NET, "utf-8")
    return str(file)


def test_inspect_prints_json_and_nothing_of_the_files_own(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", f"{net}:Net", "--set", "width=6", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["name"] == f"{net}:Net"
    assert report["input_shapes"] == [[1, 1, 28, 28]]
    assert report["totals"]["params"] == 6 * 9 + 6 + 6 * 26 * 26 * 10 + 10


def test_inspect_at_a_size_that_does_not_fit_is_partial(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", net, "--input", "1,32,32"]) == 3
    assert "Linear expects 2,704 features, 3,600 arrive" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("model", "words"),
    [("{net}:Nix", "It holds: Net."), ("nowhere.py:Net", "There is no file"), ("nowhere.pt2", "There is no file")],
)
def test_what_cannot_be_opened_is_one_line(
    net: str, model: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", model.format(net=net)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_unknown_option_names_the_known_ones(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", net, "--set", "depth=3"]) == 2
    assert "Its options are: width." in capsys.readouterr().err


def test_features_and_training_take_the_file_too(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, run, out = str(samples()[-1].file), str(tmp_path / "run"), tmp_path / "maps.npz"
    arguments = ["--data", "fashion-mnist-sample", "--epochs", "1", "--limit", "256", "--precision", "fp32"]
    assert main(["train", net, *arguments, "--run-dir", run, "--deterministic"]) == 0
    assert "finished after 4 steps" in capsys.readouterr().out
    assert main(["features", net, picture, "--layer", "conv", "--weights", run, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 4 × 26 × 26 of conv, run\n"
    with np.load(out) as maps:
        assert maps["values"].shape == (4, 26, 26)


_NETWORK = "from torch import nn\n\n\ndef make():\n    return nn.Sequential(nn.Conv2d(3, 4, 3))\n"
_OUTPUTS = [
    'sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8"); print("mine")',
    'sys.stdout = codecs.getwriter("utf-8")(sys.stdout.detach()); print("mine")',
    "sys.stdout = io.StringIO()",
    "sys.stdout.close()",
]


@pytest.mark.parametrize("output", _OUTPUTS)
def test_file_that_replaces_the_standard_output_does_not_take_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    file = tmp_path / "net.py"
    file.write_text(f"import codecs, io, sys\n{output}\n{_NETWORK}")
    with warnings.catch_warnings(action="ignore"):  # of files that are not closed
        assert main(["inspect", f"{file}:make", "--input", "3,16,16", "--format", "json"]) == 0
        gc.collect()
    assert json.loads(capsys.readouterr().out)["totals"]["macs"] == 4 * 14 * 14 * 27


def test_defaults_that_a_file_sets_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        f'import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_default_device("meta")\n{_NETWORK}'
    )
    report = inspect(f"{file}:make", input_shape=(3, 16, 16))
    assert report.totals.activation_bytes == 8 * 4 * 14 * 14
    assert (torch.get_default_dtype(), torch.get_default_device().type) == (torch.float32, "cpu")


def test_suffix_in_capitals_is_a_python_file_too(tmp_path: Path) -> None:
    file = tmp_path / "NET.PY"
    file.write_text(_NETWORK)
    assert inspect(str(file), input_shape=(3, 16, 16)).status == "complete"
