"""A small archive that holds much is refused by what it claims, before anything of it is unpacked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.runs.weights_file import read_weights_file


def packed_again(file: Path, more: int) -> None:
    """Write a file of torch.save's anew, compressed, and with so many bytes of nothing in it."""
    torch.save({"a": torch.arange(500.0)}, file)
    members = zipfile.ZipFile(io.BytesIO(file.read_bytes()))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in members.namelist():
            archive.writestr(name, members.read(name))
        archive.writestr(f"{members.namelist()[0].partition('/')[0]}/data/9", bytes(more))


def test_what_would_unpack_to_much_more_is_not_unpacked(tmp_path: Path) -> None:
    packed_again(tmp_path / "w.pth", 100 << 20)
    with pytest.raises(CnnvizError, match="would unpack to"):
        read_weights_file(tmp_path / "w.pth")


def test_weights_that_somebody_has_compressed_are_read(tmp_path: Path) -> None:
    packed_again(tmp_path / "w.pth", 1000)
    assert torch.equal(read_weights_file(tmp_path / "w.pth").tensors["a"], torch.arange(500.0))
