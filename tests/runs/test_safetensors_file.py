from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_file import read_weights_file

_KINDS = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
    torch.float32, torch.float64, torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2,
]  # fmt: skip
_ONE = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}


def written(file: Path, header: object, data: bytes = bytes(16)) -> Path:
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return file


def test_what_is_read_equals_what_their_own_reader_says(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    state = {str(kind): torch.arange(6).reshape(2, 3).to(kind) for kind in _KINDS}
    state |= {"one": torch.tensor(3.5), "none": torch.zeros(0, 7), "z": torch.ones(1, 2, 3, 4)}
    save_file(state, file, {"a": "b"})
    saved, theirs = read_weights_file(file), load_file(file)
    assert list(saved.tensors) == sorted(theirs)
    assert saved.about == {"a": "b"}
    for name, tensor in saved.tensors.items():
        assert (tensor.dtype, tensor.shape) == (theirs[name].dtype, theirs[name].shape)
        assert tensor.reshape(-1).view(torch.uint8).tolist() == theirs[name].reshape(-1).view(torch.uint8).tolist()


def test_file_that_is_cut_off_later_stays_read(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    save_file({"a": torch.ones(1_000_000)}, file)
    saved = read_weights_file(file)
    os.truncate(file, 100)
    assert saved.tensors["a"].sum() == 1_000_000  # where it is mapped, this ends the process


@pytest.mark.parametrize(
    "header",
    [
        {"a": _ONE, "b": _ONE},
        {"a": _ONE | {"data_offsets": [16, 32]}},
        {"a": _ONE | {"data_offsets": [16, 0]}},
        {"a": _ONE | {"data_offsets": [0, 2**63]}},
        {"a": _ONE | {"data_offsets": [0]}},
        {"a": _ONE | {"data_offsets": ["0", "16"]}},
        {"a": _ONE | {"shape": [2**62, 4]}},
        {"a": _ONE | {"shape": [-2, -2]}},
        {"a": _ONE | {"shape": [2.0, 2]}},
        {"a": _ONE | {"shape": [True, 4]}},
        {"a": _ONE | {"shape": None}},
        {"a": _ONE | {"dtype": "F99"}},
        {"a": _ONE | {"dtype": ["F32"]}},
        {"a": {}},
        {"a": 3},
        {"a": _ONE, "__metadata__": {"x": 3}},
        {"a": _ONE, "__metadata__": [1]},
        {},
        [],
    ],
)
def test_damaged_header_is_one_clear_line(tmp_path: Path, header: object) -> None:
    with pytest.raises(CnnvizError, match="neither a safetensors file"):
        read_weights_file(written(tmp_path / "w.safetensors", header))


@pytest.mark.parametrize("length", [2**64 - 1, 99_999_999, 100_000_001, 0])
def test_length_of_the_header_that_is_none_is_one_clear_line(tmp_path: Path, length: int) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(struct.pack("<Q", length) + b"{}" + bytes(50))
    with pytest.raises(CnnvizError, match="neither a safetensors file"):
        read_weights_file(file)


def test_what_the_system_refuses_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "w.safetensors", {"a": _ONE})

    def refused(_file: Path) -> None:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("cnnviz.runs.safetensors_file.open_file", refused)
    with pytest.raises(CnnvizError, match="cannot be read: Permission denied"):
        read_weights_file(file)
