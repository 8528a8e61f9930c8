from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnviz.__main__ import main
from cnnviz.inspection.report import Failure, Report, Totals


def test_compare_prints_totals_and_stages_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "vgg11", "torchvision/resnet18"]) == 0
    out = capsys.readouterr().out
    for text in ("128,806,154", "11,689,512", "1,814,073,344", "56 × 56", "vector"):
        assert text in out


def test_compare_json_holds_networks_and_stages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "lenet", "vgg11", "--format", "json", "--batch", "2"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [network["params"] for network in answer["networks"]] == [61706, 128806154]
    assert answer["networks"][0]["input_shapes"] == [[2, 1, 28, 28]]
    assert answer["stages"][-1]["stage"] == "vector"
    assert [cost["layers"] for cost in answer["stages"][-1]["networks"]] == [3, 3]


def test_option_reaches_the_networks_that_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "vgg11", "lenet", "--set", "width_divisor=8", "--format", "json"]) == 0
    params = [network["params"] for network in json.loads(capsys.readouterr().out)["networks"]]
    assert params == [2018346, 61706]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "vgg11"], "One network cannot be compared"),
        (["compare", "vgg11", "vgg111"], "no architecture 'vgg111'"),
        (["compare", "vgg11", "lenet", "--set", "depth=3"], "None of these networks has an option 'depth'"),
        (["compare", "vgg11", "lenet", "--set", "activation=cubic"], "cubic"),
        (["compare", "vgg11", "torchvision/vgg11", "--input", "1,224,224"], "takes 3 input channels"),
    ],
)
def test_wrong_comparison_is_one_clear_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""


def test_network_that_fails_half_way_ends_with_status_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Report(
        "lenet", ((1, 1, 28, 28),), (), Totals(5, 5, 0, None, 0), Failure("It broke.", "Mend it.", None, None)
    )
    monkeypatch.setattr("cnnviz.inspection.tracer.inspect", lambda *_args, **_named: failed)
    assert main(["compare", "lenet", "vgg11"]) == 3
    assert "cnnviz: lenet: It broke. Mend it." in capsys.readouterr().err


def test_own_network_is_compared_under_its_files_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from torch import nn\ndef net(width=4):\n    return nn.Conv2d(3, width, 3)\n", "utf-8")
    assert main(["compare", f"{file}:net", "lenet", "--set", "width=8", "--format", "json"]) == 0
    mine = json.loads(capsys.readouterr().out)["networks"][0]
    assert mine["params"] == 8 * 27 + 8
    assert "mine.py" in mine["name"]
    assert str(tmp_path) not in mine["name"]


def test_networks_of_two_inputs_are_compared_on_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.py"
    file.write_text(
        "from torch import nn\nclass Two(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(10, 4)\n"
        "    def forward(self, image, facts): return image.mean() + self.fc(facts)\n"
    )
    words = ["compare", str(file), str(file), "--input", "3,8,8", "--input", "10", "--format", "json"]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["networks"][0]["input_shapes"] == [[1, 3, 8, 8], [1, 10]]
