"""A report that was saved as JSON opens like a network: by name, on the command line, in Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cnnviz
from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.inspection.export import as_json
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.inspection.kept_reports import recall
from cnnviz.inspection.made_with import made_here
from cnnviz.zoo import build, find, resolve


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "small.json"
    file.write_text(as_json(cnnviz.inspect("lenet", input_shape=(1, 32, 32))), "utf-8")
    return file


def test_saved_report_is_the_report_that_was_saved(saved: Path) -> None:
    assert cnnviz.inspect(str(saved)) == cnnviz.inspect("lenet", input_shape=(1, 32, 32))
    assert inspect_spec(resolve(str(saved))).report.name == "lenet"


def test_its_entry_says_what_it_is_and_what_it_was_made_with(saved: Path) -> None:
    entry = find(str(saved))
    assert (entry.title, entry.family, entry.input_shape, entry.is_report) == ("small.json", "lenet", (1, 32, 32), True)
    assert f"torch {made_here().torch}" in entry.summary


def test_inspect_prints_the_very_json_again(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(saved), "--format", "json"]) == 0
    assert capsys.readouterr().out.strip() == saved.read_text("utf-8")


def test_compare_sets_it_beside_the_network_by_its_file(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(saved), "lenet", "--format", "json"]) == 0
    networks = json.loads(capsys.readouterr().out)["networks"]
    assert [each["name"] for each in networks] == ["small.json", "lenet"]
    assert networks[0]["macs"] > networks[1]["macs"]


def test_it_is_read_without_torch(saved: Path) -> None:
    code = "import sys; from cnnviz.__main__ import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, "inspect", str(saved)], check=True, capture_output=True)
    kept = recall(resolve(str(saved)))
    assert kept is not None
    assert kept.made_with is None


@pytest.mark.parametrize("flags", [["--input", "1,28,28"], ["--batch", "2"], ["--train-mode"], ["--set", "width=2"]])
def test_it_cannot_be_run_in_another_way(saved: Path, flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(saved), *flags]) == 2
    assert "small.json" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["inspect", "--format", "torchinfo"], ["train", "--data", "fashion-mnist-sample"]])
def test_there_is_no_network_in_it(
    saved: Path, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--run-dir", str(tmp_path / "run")] if command[0] == "train" else []
    assert main([command[0], str(saved), *command[1:], *where]) == 2
    assert "no network in it" in capsys.readouterr().err
    with pytest.raises(CnnvizError, match="no network in it"):
        build(resolve(str(saved)))


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "{}", '{"schema": 1}', "[" * 100_000, '{"schema": 1, "calls": 3}', "\x00", "1e999"],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, "utf-8")
    assert main(["inspect", str(file)]) == 2
    assert "other.json" in capsys.readouterr().err


@pytest.mark.parametrize("shapes", [3, [3], ["abc"], [[]], [["x"]], [[1, -1]], None])
def test_damaged_report_is_refused_and_not_recalled(saved: Path, shapes: object) -> None:
    data = json.loads(saved.read_text("utf-8"))
    saved.write_text(json.dumps({**data, "input_shapes": shapes, "totals": None}), "utf-8")
    with pytest.raises(CnnvizError, match=f"^{saved.name}: .* damaged"):
        inspect_spec(resolve(str(saved)))
    assert recall(resolve(str(saved))) is None


@pytest.mark.parametrize(("call", "change"), [(2, {"inputs_from": [0]}), (3, {"parent": 1, "inputs_from": []})])
def test_call_that_comes_from_what_it_is_in_is_damage(saved: Path, call: int, change: dict[str, object]) -> None:
    data = json.loads(saved.read_text("utf-8"))
    data["calls"][call] |= change
    saved.write_text(json.dumps(data), "utf-8")
    with pytest.raises(CnnvizError, match="damaged"):
        inspect_spec(resolve(str(saved)))


@pytest.mark.parametrize("shapes", [[], [[]], [[4]], [[2, 3], [2, 5]]])
def test_report_of_other_inputs_than_pictures_opens(saved: Path, shapes: list[list[int]]) -> None:
    data = json.loads(saved.read_text("utf-8"))
    saved.write_text(json.dumps({**data, "input_shapes": shapes}), "utf-8")
    answer = inspect_spec(resolve(str(saved)))
    assert [list(shape) for shape in answer.report.input_shapes] == shapes
