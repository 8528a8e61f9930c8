"""The command line as another program sees it: what is printed where, and the exit status."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.__main__ import main
from cnnviz.inspection.export import torchinfo_summary
from cnnviz.pictures.samples import samples
from cnnviz.zoo import resolve


def test_list_prints_every_architecture_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--format", "json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert len(rows) > 85
    assert rows["vgg11"]["input_shape"] == [1, 224, 224]
    names = [option["name"] for option in rows["vgg11"]["options"]]
    assert names == ["in_channels", "num_classes", "width_divisor", "batch_norm"]


def test_list_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "torchvision/resnet18" in capsys.readouterr().out


def test_inspect_prints_the_public_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "torchvision/vgg11", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["totals"]["params"] == 132863336
    assert report["totals"]["macs"] == 7609090048
    assert report["calls"][0]["path"] == ""


def test_inspect_table_holds_the_listing_of_the_book(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "vgg11"]) == 0
    out = capsys.readouterr().out
    for text in ("128,806,154", "1 × 64 × 112 × 112", "1 × 512 × 7 × 7", "7,547,232,256"):
        assert text in out


def test_options_input_and_batch_reach_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["inspect", "vgg11", "--set", "width_divisor=8", "--input", "3,64,64", "--batch", "4"]
    assert main([*arguments, "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["input_shapes"] == [[4, 3, 64, 64]]


def test_inspect_says_what_looks_wasteful_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "vgg11", "--advice"]) == 0
    assert "one layer holds most parameters: classifier.1 (Linear) holds 102.8 M" in capsys.readouterr().out
    assert main(["inspect", "vgg11"]) == 0
    assert "one layer holds" not in capsys.readouterr().out


@pytest.mark.parametrize("form", ["csv", "markdown", "latex"])
def test_other_formats_have_a_row_for_each_call(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "lenet", "--format", form]) == 0
    out = capsys.readouterr().out
    assert out.count("Conv2d") == 2
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        assert len(rows) == 13
        assert rows[1]["params"] == "156"


def test_torchinfo_keeps_no_network() -> None:
    import torchinfo

    torchinfo_summary(resolve("lenet"))
    assert torchinfo.torchinfo._cached_forward_pass == {}


def test_torchinfo_summary_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "lenet", "--format", "torchinfo"]) == 0
    assert "Total params: 61,706" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["inspect", "vgg111"], "no architecture 'vgg111'"),
        (["inspect", "vgg11", "--input", "1,8,8"], "at least 32×32"),
        (["inspect", "vgg11", "--set", "width_divisor"], "has no value"),
        (["inspect", "lenet", "--batch", "9" * 20], "batch cannot be"),
        (["inspect", "lenet", "--batch", "9" * 11, "--format", "torchinfo"], "torchinfo cannot run lenet"),
        (
            ["inspect", "torchvision/resnet18", "--input", "3,32,32", "--train-mode", "--format", "torchinfo"],
            "torchinfo",
        ),
        (["inspect", "vgg11", "--set", "depth=3"], "no option 'depth'"),
        (["features", "vgg11", "nowhere.png", "--layer", "block1.0", "--out", "a.png"], "nowhere.png"),
        (["train", "vgg11", "--run-dir", "unused"], "No data were named"),
        (["train", "lenet", "--data", "nothing-such", "--run-dir", "unused"], "nothing-such"),
    ],
)
def test_wrong_request_is_one_clear_line_and_status_2(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert out == ""


def test_unreadable_number_is_refused_by_the_parser(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["inspect", "vgg11", "--input", "1,x,8"])
    assert "no input shape" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["png", "npz"])
def test_features_writes_what_a_layer_sees(ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / f"特征图.{ending}"
    assert main(["features", "lenet", str(samples()[0].file), "--layer", "0", "--out", str(out)]) == 0
    assert "6 × 28 × 28" in capsys.readouterr().out
    if ending == "npz":
        with np.load(out) as saved:
            assert saved["values"].shape == (6, 28, 28)
            assert saved["input"].shape == (1, 1, 28, 28)
            assert str(saved["layer"]) == "0"


def test_features_says_of_weights_what_is_not_known_and_takes_a_normalisation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    from cnnviz.zoo import resolve
    from cnnviz.zoo.weights import built

    file, out = tmp_path / "w.pth", tmp_path / "maps.npz"
    torch.save({"state_dict": built(resolve("lenet", {"num_classes": 7})).state_dict()}, file)
    arguments = ["features", "lenet", str(samples()[0].file), "--layer", "0", "--weights", str(file), "--out", str(out)]
    assert main(arguments) == 2
    assert "--allow-mismatch" in capsys.readouterr().err
    assert main([*arguments, "--allow-mismatch"]) == 0
    said = capsys.readouterr()
    assert "Not loaded from w.pth" in said.err
    assert "Not known: the normalisation" in said.err
    assert "what fits of w.pth" in said.out
    with np.load(out) as saved:
        plain = saved["input"]
    assert main([*arguments, "--allow-mismatch", "--normalise", "half"]) == 0
    assert "Not known" not in capsys.readouterr().err
    with np.load(out) as saved:
        assert np.allclose(saved["input"], plain * 2 - 1)
    assert main([*arguments, "--allow-mismatch", "--normalise", "imagenet"]) == 2
    assert "this network takes 1" in capsys.readouterr().err


def test_train_records_a_run_that_features_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, out = tmp_path / "运行", tmp_path / "maps.npz"
    arguments = ["train", "lenet", "--data", "fashion-mnist-sample", "--epochs", "1", "--limit", "512"]
    assert main([*arguments, "--set", "activation=relu", "--run-dir", str(run), "--device", "cpu"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Not comparable with one published run (ShusenTang")
    assert "other data than Fashion-MNIST" in last
    assert (run / "checkpoints" / "final" / "model.safetensors").is_file()
    epochs = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [row["epoch"] for row in epochs if row["kind"] == "epoch"] == [1]
    features = ["features", "lenet", str(samples()[0].file), "--layer", "0", "--set", "activation=relu"]
    capsys.readouterr()
    for weights in (run, run / "checkpoints", run / "checkpoints" / "final"):
        assert main([*features, "--weights", str(weights), "--out", str(out)]) == 0
        assert capsys.readouterr().err == "", "what a run was trained on is known"
    assert main([*arguments, "--run-dir", str(run)]) == 2
    assert str(run) in capsys.readouterr().err


def test_train_begins_with_given_weights_and_says_what_it_did_not_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    from cnnviz.zoo import resolve
    from cnnviz.zoo.weights import built

    file = tmp_path / "seven.pth"
    torch.save(built(resolve("lenet", {"num_classes": 7})).state_dict(), file)
    short = ["--epochs", "1", "--limit", "64", "--data", "fashion-mnist-sample", "--device", "cpu"]
    arguments = ["train", "lenet", *short, "--weights", str(file), "--run-dir", str(tmp_path / "run")]
    assert main(arguments) == 2
    assert "--allow-mismatch" in capsys.readouterr().err
    assert main([*arguments, "--allow-mismatch"]) == 0
    said = capsys.readouterr().out
    assert "The run begins with what fits of seven.pth" in said
    assert "Not loaded from seven.pth" in said
    config = (tmp_path / "run" / "config.toml").read_text("utf-8")
    assert f"weights = {json.dumps(str(file))}" in config
    assert "allow_mismatch = true" in config


def test_config_file_of_a_run_starts_another(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    short = ["--epochs", "1", "--limit", "256", "--data", "fashion-mnist-sample", "--device", "cpu"]
    assert main(["train", "lenet", *short, "--run-dir", str(first)]) == 0
    assert (
        main(["train", "lenet", "--config", str(first / "config.toml"), "--lr", "0.01", "--run-dir", str(second)]) == 0
    )
    assert "learning_rate = 0.01" in (second / "config.toml").read_text("utf-8")


def test_doctor_names_versions_and_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "torchvision" in out
    assert "fashion-mnist-sample" in out


def _run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own, for what only a whole process shows."""
    command = [sys.executable, "-m", "cnnviz", *arguments]
    return subprocess.run(command, capture_output=True, env={**os.environ, **settings}, timeout=60, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_terminal_without_our_signs_gets_plain_ones(encoding: str) -> None:
    done = _run("list", "--format", "json", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    summaries = [row["summary"] for row in json.loads(done.stdout.decode(encoding))]
    sign = "x" if encoding == "ascii" else "×"
    assert any(f"3{sign}3" in summary for summary in summaries)
    done = _run("inspect", "vgg11", "--input", "1,8,8", PYTHONIOENCODING=encoding)
    assert f"32{sign}32" in done.stderr.decode(encoding)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_onto_a_full_disk_is_one_clear_line_and_status_2() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "cnnviz", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("cnnviz: the output cannot be written: No space left")
    assert done.stderr.count(b"\n") == 1


def test_reader_that_leaves_at_once_is_no_error() -> None:
    command = [sys.executable, "-m", "cnnviz", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_options_in_a_config_file_hold_unless_given_or_of_another_network(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    short = ["--epochs", "1", "--limit", "64", "--data", "fashion-mnist-sample", "--device", "cpu"]
    relu = ["--set", "activation=relu"]
    assert main(["train", "lenet", *short, *relu, "--run-dir", str(first)]) == 0
    config = ["--config", str(first / "config.toml")]
    assert main(["train", "lenet", *config, "--run-dir", str(second)]) == 0
    assert (second / "config.toml").read_text("utf-8") == (first / "config.toml").read_text("utf-8")
    small = ["--set", "width_divisor=64", "--resize", "32"]
    assert main(["train", "vgg11", *config, *small, "--run-dir", str(third)]) == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('learning_rate = "a"', "Learning rate cannot be 'a'"),
        ("options = 3", "Options cannot be 3"),
        ("epochs = true", "Epochs cannot be True"),
    ],
)
def test_config_file_with_values_of_the_wrong_type_is_refused(
    line: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(line, "utf-8")
    arguments = ["train", "lenet", "--config", str(file), "--data", "fashion-mnist-sample"]
    assert main([*arguments, "--run-dir", str(tmp_path / "run")]) == 2
    assert f"wrong.toml: {words}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "words"),
    [("--run-dir", "it is empty"), ("--data", "Data cannot be empty"), ("--weights", "it is empty")],
)
def test_empty_path_is_not_the_folder_one_is_in(option: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = {"--run-dir": "run", "--data": "fashion-mnist-sample"} | {option: ""}
    with pytest.raises(SystemExit, match="2"):
        main(["train", "lenet", *(word for pair in arguments.items() for word in pair)])
    assert f"{option}: {words}" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_terminated_run_says_that_it_was_stopped(tmp_path: Path) -> None:
    arguments = ["train", "lenet", "--data", "fashion-mnist-sample", "--epochs", "1000", "--run-dir", "run"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnviz", *arguments], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert any("training" in line for line in process.stdout)  # notes come before
    process.terminate()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in out
    assert json.loads((tmp_path / "run" / "status.json").read_text("utf-8"))["state"] == "stopped"


def test_what_the_system_refuses_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_arguments: object) -> int:
        raise OSError(errno.EIO, "Input/output error", "weights.bin")

    monkeypatch.setattr("cnnviz.cli.list_command.run", refused)
    assert main(["list"]) == 2
    said = "cnnviz: weights.bin cannot be used: Input/output error. Check the disk, and your rights there.\n"
    assert capsys.readouterr().err == said


_COMPUTES_ON = """
import sys, threading, torch
from cnnviz.__main__ import main

def compute():
    layer, maps = torch.nn.Conv2d(8, 8, 3), torch.randn(1, 8, 16, 16)
    while True:
        layer(maps)

torch.set_num_threads(1)
for _ in range(4):
    threading.Thread(target=compute, daemon=True).start()
sys.argv = ["cnnviz", "nothing-of-this-name"]
sys.exit(main())
"""


def test_the_process_ends_in_peace_while_a_thread_still_computes():
    done = subprocess.run([sys.executable, "-c", _COMPUTES_ON], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
