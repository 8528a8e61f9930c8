"""What ``torch.save`` wrote is read, and nothing in it is run."""

from __future__ import annotations

import argparse
import collections
import enum
import os
import pickle
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_file import read_weights_file

STATE = {"weight": torch.arange(6.0).reshape(3, 2), "bias": torch.zeros(3)}


class Bomb:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("exploded"),)


class SystemBomb:
    """Does so through a module that torch never lets a file name."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch exploded",)


class EvalBomb:
    def __reduce__(self) -> tuple[object, ...]:
        return eval, ("open('exploded', 'w')",)


class StateBomb:
    """Does so when its state is set."""

    def __getstate__(self) -> dict[str, int]:
        return {"a": 1}

    def __setstate__(self, state: object) -> None:
        Path("exploded").touch()


BOMBS = [Bomb, SystemBomb, EvalBomb, StateBomb]
ENDINGS = ["safetensors", "SAFETENSORS", "pth", "pt", "ckpt", "bin", ""]


def names_or_refusal(file: Path) -> set[str]:
    try:
        return set(read_weights_file(file).tensors)
    except CnnvizError as error:
        return {"cnnviz does not"} if "cnnviz does not" in str(error) else {str(error)}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_code_in_a_file_is_not_run_under_any_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: type, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"w.{ending}"
    for protocol in (2, 4, 5):
        file.write_bytes(pickle.dumps(bomb(), protocol))
        with pytest.raises(CnnvizError, match=r"is not read|cnnviz does not"):
            read_weights_file(file)
    for zipped in (True, False):
        for content in (bomb(), {"state_dict": STATE, "callbacks": [bomb()]}, {bomb(): STATE}):
            torch.save(content, file, _use_new_zipfile_serialization=zipped)
            assert names_or_refusal(file) <= {"state_dict.weight", "state_dict.bias", "cnnviz does not"}
    assert not (tmp_path / "exploded").exists()


def test_weights_are_read_beside_what_a_training_script_keeps(tmp_path: Path) -> None:
    kept = {
        "args": argparse.Namespace(lr=0.1, folder=Path("/data")),
        "best": np.float64(0.5),
        "history": collections.defaultdict(list, {"loss": [1.0]}),
        "epoch": 3,
        "module": nn.Linear(2, 3),
    }
    torch.save({**kept, "model": STATE, "models": [STATE, {"weight": STATE["weight"] + 1}]}, tmp_path / "w.ckpt")
    found = read_weights_file(tmp_path / "w.ckpt")
    assert torch.equal(found.tensors["model.weight"], STATE["weight"])
    assert torch.equal(found.tensors["models.1.weight"], STATE["weight"] + 1)
    assert found.dictionaries["models.1.weight"] == "models.1"
    assert "argparse.Namespace" in found.left_out
    assert set(found.tensors) == {"model.weight", "model.bias", "models.1.weight"}, "one dictionary twice is one"


class AttributeDict(dict):  # type: ignore[type-arg]  # as Lightning keeps hyperparameters in
    pass


class Mode(enum.Enum):
    FIT = 1


def test_dictionaries_of_other_classes_and_what_is_in_them_are_read(tmp_path: Path) -> None:
    kept = AttributeDict(lr=0.1, weights=STATE)
    kept.note = "an attribute"
    torch.save({"kept": kept, "mode": Mode.FIT, "tags": {Path("a"), "b"}}, tmp_path / "w.ckpt")
    assert set(read_weights_file(tmp_path / "w.ckpt").tensors) == {"kept.weights.weight", "kept.weights.bias"}


def test_two_files_at_a_time_do_not_take_each_others_stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.pth", "b.pth"):
        torch.save({"args": argparse.Namespace(lr=0.1), "model": STATE}, tmp_path / name)
    load, within, asked, found = torch.load, threading.Event(), threading.Event(), {}
    ask = torch.serialization.get_unsafe_globals_in_checkpoint

    def slow_load(*arguments: object, **options: object) -> object:
        if within.is_set():
            first.join(10)
        else:
            within.set()
            asked.wait(0.5)  # for the other to ask what is safe while the stand-ins of this one are
        return load(*arguments, **options)  # type: ignore[arg-type]

    def ask_and_tell(opened: object) -> list[str]:
        if within.is_set():
            asked.set()
        return ask(opened)  # type: ignore[arg-type]

    monkeypatch.setattr(torch, "load", slow_load)
    monkeypatch.setattr(torch.serialization, "get_unsafe_globals_in_checkpoint", ask_and_tell)
    before = torch.serialization.get_safe_globals()
    first = threading.Thread(target=lambda: found.update(a=names_or_refusal(tmp_path / "a.pth")))
    first.start()
    assert within.wait(10)
    found["b"] = names_or_refusal(tmp_path / "b.pth")
    first.join()
    assert list(found.values()) == [{"model.weight", "model.bias"}] * 2
    assert set(map(str, torch.serialization.get_safe_globals())) == set(map(str, before))  # which are a set


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, KeyboardInterrupt])
def test_stand_ins_are_taken_back_however_reading_ends(tmp_path: Path, monkeypatch, error: type[BaseException]) -> None:
    torch.save({"args": argparse.Namespace(lr=0.1), "model": STATE}, tmp_path / "w.pth")
    before, seen = torch.serialization.get_safe_globals(), []

    def fail(*_arguments: object, **_options: object) -> object:
        seen.extend(torch.serialization.get_safe_globals())
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(torch, "load", fail)
        with pytest.raises((CnnvizError, KeyboardInterrupt)):
            read_weights_file(tmp_path / "w.pth")
    assert any("argparse.Namespace" in str(each) for each in seen)
    assert set(map(str, torch.serialization.get_safe_globals())) == set(map(str, before))  # which are a set
    assert set(read_weights_file(tmp_path / "w.pth").tensors) == {"model.weight", "model.bias"}


def test_a_newer_form_of_pickle_is_refused_with_the_way_out(tmp_path: Path) -> None:
    torch.save({"state_dict": STATE}, tmp_path / "w.pth", pickle_protocol=4)
    with pytest.raises(CnnvizError, match=r"form of pickle.*torch\.save's own pickle_protocol"):
        read_weights_file(tmp_path / "w.pth")


def test_containers_that_hold_themselves_come_to_an_end(tmp_path: Path) -> None:
    endless: list[object] = [STATE]
    endless += [endless] * 50
    torch.save({"a": endless}, tmp_path / "w.pth")
    assert set(read_weights_file(tmp_path / "w.pth").tensors) == {"a.0.weight", "a.0.bias"}


def test_tensors_without_plain_numbers_are_left_out(tmp_path: Path) -> None:
    odd = {"meta": torch.zeros(2, device="meta"), "sparse": torch.eye(2).to_sparse()}
    torch.save({**odd, **STATE}, tmp_path / "w.pth")
    assert set(read_weights_file(tmp_path / "w.pth").tensors) == set(STATE)


@pytest.mark.parametrize("version", ["2.6.0", "2.9.1+cpu", "1.13.1"])
def test_an_older_torch_reads_no_pickle_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    torch.save(STATE, tmp_path / "w.pth")
    monkeypatch.setattr(torch, "__version__", version)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(CnnvizError, match=r"CVE-2026-24747.*Upgrade PyTorch.*or give the weights as safetensors"):
        read_weights_file(tmp_path / "w.pth")


@pytest.mark.parametrize("version", ["2.10.0", "2.14.1+cu130", "3.0.0a0+git1"])
def test_a_newer_torch_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    torch.save(STATE, tmp_path / "w.pth")
    monkeypatch.setattr(torch, "__version__", version)
    assert set(read_weights_file(tmp_path / "w.pth").tensors) == set(STATE)


def test_a_torchscript_program_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as written:
        written.writestr("w/constants.pkl", b"\x80\x02).")
        written.writestr("w/data.pkl", b"\x80\x02}.")
        written.writestr("w/version", b"3\n")
    with pytest.raises(CnnvizError, match=r"TorchScript program.*torch\.jit\.load"):
        read_weights_file(tmp_path / "w.pt")
