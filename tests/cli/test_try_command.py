from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cnnviz.__main__ import main
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.recording import record
from cnnviz.zoo.catalog import resolve

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


def test_file_that_a_run_names_is_run_only_where_the_user_names_it_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file, mark = tmp_path / "run", tmp_path / "net.py", tmp_path / "it ran"
    list(record(train(CONFIG), run))
    file.write_text(
        f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
        "from cnnviz.zoo import build, resolve\n"
        "def Net():\n    return build(resolve('lenet'))\n"
    )
    config = (run / "config.toml").read_text().partition("[options]")[0]
    (run / "config.toml").write_text(config.replace('"lenet"', f'"{file}:Net"').replace("epochs = 1", "epochs = 2"))
    Image.new("L", (28, 28)).save(tmp_path / "a.png")
    out = str(tmp_path / "net.safetensors")
    for words in (
        ["try", str(run), str(tmp_path / "a.png")],
        ["export", str(run), "--out", out],
        ["train", "--resume", str(run)],
    ):
        assert main(words) == 2
        assert f"--allow {file}" in capsys.readouterr().err
        assert not mark.exists()
    for further in (["--allow", str(file)], [f"--allow={file}"]):
        assert main(["try", str(run), str(tmp_path / "a.png"), *further]) == 0
        assert mark.exists()
    assert resolve(f"{file}:Net"), "in Python, naming a file is the yes"


def test_run_of_a_file_that_was_trained_by_its_name_needs_no_second_yes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, run, picture = tmp_path / "net.py", tmp_path / "run", str(tmp_path / "a.png")
    text = "from cnnviz.zoo import build, resolve\ndef Net():\n    return build(resolve('lenet'))\n"
    file.write_text(text)
    Image.new("L", (28, 28)).save(picture)
    words = ["--data", "fashion-mnist-sample", "--limit", "64", "--epochs", "1", "--resize", "28"]
    assert main(["train", f"{file}:Net", "--run-dir", str(run), *words]) == 0
    assert main(["try", str(run), picture]) == 0
    assert main(["export", str(run), "--out", str(tmp_path / "net.safetensors")]) == 0
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0
    file.write_text(text + "# another content\n")
    assert main(["try", str(run), picture]) == 2
    assert f"--allow {file}" in capsys.readouterr().err
    elsewhere = tmp_path / "elsewhere" / "net.py"  # it would import what lies there
    elsewhere.parent.mkdir()
    file.rename(elsewhere)
    elsewhere.write_text(text)
    config = run / "config.toml"
    config.write_text(config.read_text().replace(str(file), str(elsewhere)))
    assert main(["try", str(run), picture]) == 2
    assert f"--allow {elsewhere}" in capsys.readouterr().err


def test_folder_that_holds_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try", str(tmp_path), "cat.png"]) == 2
    assert str(tmp_path) in capsys.readouterr().err
