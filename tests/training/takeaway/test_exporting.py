"""What is taken away of a run or a network: read again without cnnviz, it computes the same."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import train
from cnnviz.training.recording import record
from cnnviz.training.takeaway import onnx_file
from cnnviz.training.takeaway.exporting import FORMS, export, form_named
from cnnviz.training.takeaway.taken import loaded, taken

_HAS_ONNX = all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "lenet"
    list(record(train(TrainConfig("lenet", "fashion-mnist-sample", epochs=2, limit=200, device="cpu")), folder))
    return folder


def logits_of(run: str, images: torch.Tensor) -> torch.Tensor:
    network, _ = loaded(taken(run))
    with torch.no_grad():
        return network(images)


def test_program_gives_the_logits_of_the_checkpoint_for_any_batch(run: Path, tmp_path: Path) -> None:
    assert main(["export", str(run), "--format", "pt2", "--out", str(tmp_path / "net.pt2")]) == 0
    program = torch.export.load(tmp_path / "net.pt2").module()
    for batch in (1, 2, 7):
        images = torch.rand(batch, 1, 28, 28)
        assert (program(images) - logits_of(str(run), images)).abs().max() < 1e-4


def test_nothing_but_what_is_written_is_said_of_a_program(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(torch.export.pt2_archive._package.logger, "warning", lambda *what: said.append(what))
    export(taken(str(run)), form_named("pt2", tmp_path), tmp_path / "net.pt2")
    assert said == []


def test_program_says_what_it_is_made_of(run: Path, tmp_path: Path) -> None:
    export(taken(str(run)), form_named("pt2", tmp_path), tmp_path / "net.pt2")
    said = {"about.json": ""}
    torch.export.load(tmp_path / "net.pt2", extra_files=said)
    about = json.loads(said["about.json"])
    assert about["model"] == "lenet"
    assert len(json.loads(about["class_names"])) == 10


@pytest.mark.parametrize("name", ["vgg11", "resnet18", "googlenet", "densenet", "torchvision/mobilenet_v3_small"])
def test_networks_of_every_kind_are_programs(name: str, tmp_path: Path) -> None:
    options = {"width_divisor": 8} if name == "vgg11" else {}
    what = taken(name, options)
    export(what, form_named(None, tmp_path / "net.pt2"), tmp_path / "net.pt2")
    images = torch.rand(3, *what.spec.input_shape)
    with torch.no_grad():
        expected = loaded(what)[0](images)
    assert (torch.export.load(tmp_path / "net.pt2").module()(images) - expected).abs().max() < 1e-4


def test_program_of_a_network_that_branches_on_data_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\nfrom torch import nn\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(4, 4)\n"
        "    def forward(self, x):\n        return self.layer(x) if x.sum().item() > 1 else x\n"
    )
    what = taken(f"{tmp_path / 'net.py'}:Net", input_shape=(4,))
    with pytest.raises(CnnvizError, match="cannot be written as a program"):
        export(what, form_named("pt2", tmp_path), tmp_path / "net.pt2")
    assert not (tmp_path / "net.pt2").exists()


def test_weights_are_those_of_the_checkpoint(run: Path, tmp_path: Path) -> None:
    assert main(["export", str(run), "--out", str(tmp_path / "net.safetensors")]) == 0
    ours, theirs = load_file(run / "checkpoints/final/model.safetensors"), load_file(tmp_path / "net.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_each_checkpoint_can_be_taken_by_itself(run: Path, tmp_path: Path) -> None:
    first = run / "checkpoints" / "epoch-0001"
    assert main(["export", str(first), "--out", str(tmp_path / "first.safetensors")]) == 0
    ours, theirs = load_file(first / "model.safetensors"), load_file(tmp_path / "first.safetensors")
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert main(["export", str(first / "model.safetensors"), "--out", str(tmp_path / "again.safetensors")]) == 0
    again = load_file(tmp_path / "again.safetensors")
    assert all(torch.equal(ours[name], again[name]) for name in ours)


def test_weights_with_one_other_bit_are_not_taken_away(run: Path, tmp_path: Path, capsys) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(run, damaged)
    file = damaged / "checkpoints" / (damaged / "checkpoints" / "latest").read_text().strip() / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-3] ^= 64
    file.write_bytes(content)
    for name in ("net.safetensors", "net.pt2"):
        assert main(["export", str(damaged), "--out", str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert "are damaged" in said
        assert "are whole: use" in said
        assert not (tmp_path / name).exists()


def test_exported_weights_are_weights_for_the_same_network(run: Path, tmp_path: Path) -> None:
    main(["export", str(run), "--out", str(tmp_path / "net.safetensors")])
    again = taken("lenet", weights=str(tmp_path / "net.safetensors"))
    images = torch.rand(2, 1, 28, 28)
    with torch.no_grad():
        assert torch.equal(loaded(again)[0](images), logits_of(str(run), images))


@pytest.mark.skipif(not _HAS_ONNX, reason="onnx, onnxscript and onnxruntime are not installed")
@pytest.mark.parametrize("name", ["lenet", "resnet18", "nin"])
def test_onnx_model_gives_the_same_logits(name: str, tmp_path: Path) -> None:
    import onnxruntime

    what = taken(name)
    export(what, form_named("onnx", tmp_path), tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    for batch in (1, 5):
        images = torch.rand(batch, *what.spec.input_shape)
        with torch.no_grad():
            expected = loaded(what)[0](images).numpy()
        found = session.run(None, {session.get_inputs()[0].name: images.numpy()})[0]
        assert np.abs(found - expected).max() < 1e-4


def test_onnx_without_its_packages_names_the_extra(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(onnx_file, "find_spec", lambda _name: None)
    assert main(["export", str(run), "--out", str(tmp_path / "net.onnx")]) == 2
    assert "pip install 'cnnviz[onnx]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_target_that_cannot_be_written_is_refused_in_a_line(
    form: object, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = form.name  # type: ignore[attr-defined]
    (tmp_path / "there.txt").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    for target, why in (
        (tmp_path, "is a folder"),
        (tmp_path / "there.txt", "is there already"),
        (tmp_path / "pipe", "is no file"),
        (tmp_path / "no folder" / "net", "There is no folder"),
        (tmp_path / "there.txt" / "net", "There is no folder"),
    ):
        assert main(["export", str(run), "--format", name, "--out", str(target)]) == 2
        assert why in capsys.readouterr().err
    assert (tmp_path / "there.txt").read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pipe", "there.txt"]


def test_file_is_replaced_where_that_is_wished(run: Path, tmp_path: Path) -> None:
    (tmp_path / "net.safetensors").write_text("old")
    assert main(["export", str(run), "--out", str(tmp_path / "net.safetensors"), "--overwrite"]) == 0
    assert len(load_file(tmp_path / "net.safetensors")) == 10


def test_file_whose_name_tells_nothing_is_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(run), "--out", str(tmp_path / "net")]) == 2
    assert "End it in .safetensors" in capsys.readouterr().err


def test_what_is_no_run_and_no_network_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "net.pt2")]) == 2
    assert main(["export", "no-such-net", "--out", str(tmp_path / "net.pt2")]) == 2
    assert capsys.readouterr().err.count("cnnviz: ") == 2


def test_run_has_its_own_network(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["export", str(run), "--set", "activation=relu", "--out", str(tmp_path / "net.pt2")]
    assert main(arguments) == 2
    assert "Leave the other options out" in capsys.readouterr().err


def test_disk_that_is_full_leaves_nothing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch.export, "save", full)
    with pytest.raises(CnnvizError, match="no space left"):
        export(taken(str(run)), form_named("pt2", tmp_path), tmp_path / "net.pt2")
    assert list(tmp_path.iterdir()) == []
