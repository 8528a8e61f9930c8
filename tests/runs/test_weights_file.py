"""Weights as they lie on disk: which files are read, and what each of them holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_file import read_weights_file

STATE = {"conv.weight": torch.arange(8.0).reshape(2, 1, 2, 2), "conv.bias": torch.tensor([1.0, -1.0])}


def read(file: Path) -> dict[str, torch.Tensor]:
    return dict(read_weights_file(file).tensors)


def holds_state(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == STATE.keys() and all(torch.equal(found[name], STATE[name]) for name in STATE)


@pytest.mark.parametrize("name", ["w.safetensors", "W.SAFETENSORS", "w.pth", "w.bin", "weights", "w.tar"])
@pytest.mark.parametrize("how", ["safetensors", "zip", "legacy"])
def test_the_content_says_what_a_file_is_not_its_name(tmp_path: Path, name: str, how: str) -> None:
    file = tmp_path / name
    if how == "safetensors":
        save_file(STATE, file)
    else:
        torch.save(STATE, file, _use_new_zipfile_serialization=how == "zip")
    assert holds_state(read(file))


def cut(folder: Path, ending: str) -> None:
    """Write two parts and the index that names them, as huggingface_hub does."""
    parts = {}
    for at, (name, tensor) in enumerate(STATE.items(), 1):
        part = folder / f"model-0000{at}-of-00002.{ending}"
        save_file({name: tensor}, part) if ending == "safetensors" else torch.save({name: tensor}, part)
        parts[name] = part.name
    (folder / f"model.{ending}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": parts}))


@pytest.mark.parametrize("ending", ["safetensors", "bin"])
def test_parts_are_read_by_their_folder_their_index_or_one_of_them(tmp_path: Path, ending: str) -> None:
    cut(tmp_path, ending)
    for file in (tmp_path, tmp_path / f"model.{ending}.index.json", tmp_path / f"model-00002-of-00002.{ending}"):
        assert holds_state(read(file))
    (tmp_path / f"model.{ending}.index.json").unlink()
    assert holds_state(read(tmp_path))
    (tmp_path / f"model-00001-of-00002.{ending}").unlink()
    with pytest.raises(CnnvizError, match=r"model-00001-of-00002\.\w+ is not there"):  # its name tells of it too
        read(tmp_path)


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    cut(tmp_path, "safetensors")
    (tmp_path / "model-00001-of-00002.safetensors").unlink()
    with pytest.raises(CnnvizError, match=r"model-00001-of-00002\.safetensors is not there, one of the 2 parts"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["../elsewhere.safetensors", "/etc/passwd", "..", "a/b"])
def test_an_index_cannot_lead_out_of_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"conv.weight": name}}))
    with pytest.raises(CnnvizError, match="names no files beside it"):
        read(tmp_path)


def test_an_index_with_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"conv.weight": "x" * 5000}}))
    with pytest.raises(CnnvizError, match="cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"weight_map": []}', "[" * 100_000])
def test_a_damaged_index_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(text)
    with pytest.raises(CnnvizError, match="is damaged"):
        read(tmp_path)


def test_of_a_folder_the_usual_file_is_read_before_others_and_the_safe_one_first(tmp_path: Path) -> None:
    torch.save({"other": torch.zeros(1)}, tmp_path / "optimizer.pt")
    torch.save(STATE, tmp_path / "pytorch_model.bin")
    assert holds_state(read(tmp_path))
    save_file({"safe": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert list(read(tmp_path)) == ["safe"]


def test_of_a_folder_with_one_file_of_any_name_that_is_read_and_of_several_none(tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / "epoch=3.CKPT")
    assert holds_state(read(tmp_path))
    torch.save(STATE, tmp_path / "last.ckpt")
    with pytest.raises(CnnvizError, match=r"several files of weights: epoch=3\.CKPT, last\.ckpt.*Choose one"):
        read(tmp_path)


def test_a_folder_without_weights_says_what_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "readme.md").touch()
    with pytest.raises(CnnvizError, match=r"is a folder without weights.*model\.safetensors"):
        read(tmp_path)


def test_what_stands_beside_a_hugging_face_model_tells_its_normalisation_and_classes(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "model.safetensors", {"class_names": '["own"]'})
    (tmp_path / "preprocessor_config.json").write_text('{"image_mean": [0.1], "image_std": [0.2]}')
    (tmp_path / "config.json").write_text('{"id2label": {"0": "cat", "1": "dog"}}')
    about = read_weights_file(tmp_path).about
    assert json.loads(about["normalisation"]) == [[0.1], [0.2]]
    assert json.loads(about["class_names"]) == ["own"], "what the file itself says counts more"
    save_file(STATE, tmp_path / "mine.safetensors")
    assert read_weights_file(tmp_path / "mine.safetensors").about == {}


def header(text: str, data: bytes = b"") -> bytes:
    return len(text).to_bytes(8, "little") + text.encode() + data


BROKEN = {
    "empty": b"",
    "text": b"these are no weights at all",
    "length": b"\xff" * 8 + b"{}",
    "json": header("{no json}"),
    "outside": header('{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}', b"1234"),
    "lying": header('{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}', b"1234"),
    "dtype": header('{"a": {"dtype": "F33", "shape": [1], "data_offsets": [0, 4]}}', b"1234"),
    "zip": b"PK\x03\x04 and no more",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, ending: str) -> None:
    file = tmp_path / f"w.{ending}"
    file.write_bytes(BROKEN[name])
    with pytest.raises(CnnvizError, match=rf"w\.{ending} .*(damaged or cut short|is empty)"):
        read(file)


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    save_file(STATE, file) if name.endswith("s") else torch.save(STATE, file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(CnnvizError, match="damaged or cut short"):
        read(file)


@pytest.mark.parametrize("first", [b"\x80\x02", b"<\x02"])
def test_a_header_whose_length_looks_like_something_else_is_read(tmp_path: Path, first: bytes) -> None:
    length = int.from_bytes(first, "little")
    text = '{"__metadata__": {"note": "' + "x" * (length - 30) + '"}}'
    file = tmp_path / "w.safetensors"
    file.write_bytes(header(text.ljust(length)))
    assert file.read_bytes().startswith(first)
    assert read(file) == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "pointer of Git LFS.*git lfs pull"),
        (b"<!doctype html><html>", "is a web page"),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0", "is an HDF5 file"),
    ],
)
def test_what_is_often_taken_for_weights_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(CnnvizError, match=words):
        read(tmp_path / "w.safetensors")
