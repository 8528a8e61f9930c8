from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import save_file

from cnnviz.__main__ import main
from cnnviz.assets import asset
from cnnviz.zoo import build, resolve


def test_names_of_classes_command_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, names = tmp_path / "w.safetensors", ["\x1b[31mred\x07", "two\nlines"] + ["plain"] * 8
    save_file(build(resolve("lenet")).state_dict(), weights, metadata={"class_names": json.dumps(names)})
    coat = str(asset("pictures/coat.png"))
    for number in range(2):
        words = ["why", "lenet", coat, "--weights", str(weights), "--class", str(number)]
        assert main([*words, "--out", str(tmp_path / "a.png")]) == 0
        said = capsys.readouterr().out
        assert all(line.isprintable() for line in said.splitlines())
        assert ("\\u001b[31mred\\u0007", "two\\nlines")[number] in said
