from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cnnviz.__main__ import main
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.recording import record

CONFIG = TrainConfig("lenet", "fashion-mnist-sample", epochs=1, limit=320, device="cpu", deterministic=True)


def test_likeliest_classes_of_each_picture_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list(record(train(CONFIG), tmp_path / "run"))
    Image.new("RGB", (50, 40), (200, 10, 10)).save(tmp_path / "red.png")
    red = str(tmp_path / "red.png")
    assert main(["try", str(tmp_path / "run"), red, red]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines[0] == f"{red}:"
    shares = [float(line.split("%")[0]) for line in lines[1:6]]
    assert shares == sorted(shares, reverse=True)
    assert main(["try", str(tmp_path / "run"), str(tmp_path / "none.png")]) == 2
    assert "none.png" in capsys.readouterr().err


def test_folder_that_holds_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try", str(tmp_path), "cat.png"]) == 2
    assert str(tmp_path) in capsys.readouterr().err
