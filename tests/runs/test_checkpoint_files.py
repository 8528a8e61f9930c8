"""Weights of a run that were changed, cut short or lost are said wherever they are read, and which others are whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.runs import checkpoint
from cnnviz.runs.best_checkpoint import keep_best
from cnnviz.runs.checkpoint import read_newest_weights
from cnnviz.runs.checkpoint_files import in_words, whole_weights
from cnnviz.runs.weights_file import read_weights_file


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Three epochs of five steps, the first of them the best."""
    folder = tmp_path / "run"
    folder.mkdir()
    for epoch in range(3):
        checkpoint.write(folder, {"w": np.full((4, 5), epoch, np.float32)}, epoch, 5 * epoch, {"model": "x"})
    keep_best(folder, 1)
    return folder


def flip(file: Path) -> None:
    """Change one bit of the last number, in a file of its own: another name of it keeps what it was."""
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.unlink()
    file.write_bytes(content)


def test_weights_with_one_other_bit_are_refused_and_the_checkpoint_before_is_named(run: Path) -> None:
    flip(run / "checkpoints" / "epoch-0002" / "model.safetensors")
    before = run / "checkpoints" / "epoch-0001"
    for read in (
        lambda: read_newest_weights(run),
        lambda: read_weights_file(run / "checkpoints" / "epoch-0002"),
        lambda: read_weights_file(run / "checkpoints" / "epoch-0002" / "model.safetensors"),
    ):
        with pytest.raises(CnnvizError, match=r"damaged: model\.safetensors is not the file that the run has") as told:
            read()
        assert told.value.hint == f"Those of epoch 1, step 5 are whole: use {before}."


def test_best_weights_have_sums_too_and_the_newest_are_named_instead(run: Path) -> None:
    flip(run / "checkpoints" / "best" / "model.safetensors")
    with pytest.raises(CnnvizError, match="are damaged") as told:
        read_weights_file(run / "checkpoints" / "best")
    assert told.value.hint.endswith(f"use {run / 'checkpoints' / 'epoch-0002'}.")


def test_older_epochs_keep_their_sums(tmp_path: Path) -> None:
    for epoch in range(6):
        checkpoint.write(tmp_path, {"w": np.full(3, epoch, np.float32)}, epoch, epoch, {}, 10**6)
    flip(tmp_path / "checkpoints" / "epoch-0001" / "model.safetensors")
    with pytest.raises(CnnvizError, match="are damaged"):
        read_weights_file(tmp_path / "checkpoints" / "epoch-0001")


@pytest.mark.parametrize("what", ["model", "folder", "latest", "pointer"])
def test_newest_weights_that_are_gone_name_those_before(run: Path, what: str) -> None:
    newest = run / "checkpoints" / "epoch-0002"
    match what:
        case "model":
            (newest / "model.safetensors").unlink()
        case "folder":
            shutil.rmtree(newest)
        case "latest":
            (run / "config.toml").touch()
            (run / "checkpoints" / "latest").unlink()
        case "pointer":
            (run / "checkpoints" / "latest").write_text("")
    with pytest.raises(CnnvizError) as told:
        read_newest_weights(run)
    named = "epoch-0001" if what in ("model", "folder") else "epoch-0002"
    assert told.value.hint.endswith(f"are whole: use {run / 'checkpoints' / named}.")


def test_what_is_whole_is_told_by_sums_and_of_earlier_versions_by_length(run: Path) -> None:
    newest, before, first = (run / "checkpoints" / f"epoch-000{epoch}" for epoch in (2, 1, 0))
    assert list(whole_weights(run / "checkpoints")) == [newest, before, run / "checkpoints" / "best", first]
    for each in (newest, before):
        (each / "sums.json").unlink()
    (newest / "model.safetensors").write_bytes((newest / "model.safetensors").read_bytes()[:-1])
    flip(first / "model.safetensors")
    assert list(whole_weights(run / "checkpoints")) == [before, run / "checkpoints" / "best"]


def test_weights_without_sums_and_beside_sums_of_others_are_read(run: Path, tmp_path: Path) -> None:
    (run / "checkpoints" / "epoch-0002" / "sums.json").unlink()
    assert read_newest_weights(run).tensors["w"][0, 0] == 2
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(run / "checkpoints" / "epoch-0001" / "model.safetensors", elsewhere)
    (elsewhere / "sums.json").write_text(json.dumps({"model.safetensors": "sha256:12"}))
    assert read_weights_file(elsewhere).tensors["w"][0, 0] == 1


@pytest.mark.parametrize("content", ["", "[" * 60_000, "[" * 100_000, "[1]", '{"model.safetensors": 1'])
def test_sums_that_are_damaged_are_said(run: Path, content: str) -> None:
    (run / "checkpoints" / "epoch-0002" / "sums.json").write_text(content)
    with pytest.raises(CnnvizError, match=r"sums\.json, which tells whether the others are whole, is damaged"):
        read_newest_weights(run)


def test_weights_that_are_the_only_ones_say_how_they_can_be_used_nevertheless(tmp_path: Path) -> None:
    checkpoint.write(tmp_path, {"w": np.ones(3, np.float32)}, 0, 0, {})
    flip(tmp_path / "checkpoints" / "epoch-0000" / "model.safetensors")
    with pytest.raises(CnnvizError, match="are damaged") as told:
        read_newest_weights(tmp_path)
    assert "remove sums.json there" in told.value.hint


def test_whole_weights_that_cannot_be_read_for_another_reason_do_not_name_themselves(run: Path, monkeypatch) -> None:
    from cnnviz.runs import safetensors_file

    def no_room(*_args: object) -> None:
        raise CnnvizError("There is too little memory.", "Close other programs.")

    monkeypatch.setattr(safetensors_file, "check_room", no_room)
    with pytest.raises(CnnvizError, match="too little memory") as told:
        read_newest_weights(run)
    assert told.value.hint == "Close other programs."


def test_checkpoint_is_told_by_epoch_and_step_and_a_damaged_one_by_its_name(run: Path) -> None:
    assert in_words(run / "checkpoints" / "best") == "epoch 1, step 5"
    (run / "checkpoints" / "epoch-0002" / "checkpoint.json").write_text("{")
    assert in_words(run / "checkpoints" / "epoch-0002") == "epoch-0002"


def test_newest_is_named_anew_where_a_run_goes_back(run: Path) -> None:
    checkpoint.go_back_to(run, "epoch-0001", 5)
    assert read_newest_weights(run).tensors["w"][0, 0] == 1
    assert not (run / "checkpoints" / "epoch-0002").exists()
