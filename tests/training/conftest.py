"""Small data of every kind, and no data folder of the user's."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from idx_content import idx_arrays, idx_bytes
from PIL import Image


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Downloads go to a folder of the test's; what this machine's user has is not seen."""
    folder = tmp_path / "user data"
    monkeypatch.setenv("CNNVIZ_DATA", str(folder))
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Two would wait for each other where the machine is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def idx_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder with four IDX files; ``change`` replaces the bytes of some."""

    def make(change: dict[str, bytes] | None = None, compress: bool = True, **sizes: int) -> Path:
        folder = tmp_path / "idx"
        folder.mkdir()
        for name, values in idx_arrays(**sizes).items():
            content = (change or {}).get(name, idx_bytes(values))
            if compress:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder

    return make


@pytest.fixture
def picture_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes ``count`` pictures for each class, dark for the first and bright for the last."""

    def make(count: int = 5, classes: tuple[str, ...] = ("cat", "dog"), mode: str = "RGB", sub: str = "") -> Path:
        root = tmp_path / "pictures"
        for label, name in enumerate(classes):
            folder = root / sub / name
            folder.mkdir(parents=True)
            for number in range(count):
                level = 40 + 150 * label + number
                colour = level if mode == "L" else (level, level // 2, 10)
                Image.new(mode, (20, 20), colour).save(folder / f"{number}.png")
        return root

    return make
