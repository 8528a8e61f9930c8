"""Small data of every kind, and no data folder of the user's."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.training.data.data_sets import IDX_FILES


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Downloads go to a folder of the test's; what this machine's user has is not seen."""
    folder = tmp_path / "user data"
    monkeypatch.setenv("CNNVIZ_DATA", str(folder))
    return folder


def idx_bytes(values: np.ndarray) -> bytes:
    """The IDX form of an array of unsigned bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes((0, 0, 8, values.ndim)) + sizes + values.astype(np.uint8).tobytes()


def idx_arrays(train: int = 12, test: int = 6, size: int = 8, classes: int = 3) -> dict[str, np.ndarray]:
    """The four arrays of a small data set, by IDX name; every class occurs."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (count, size, size), np.uint8) for count in (train, test)]
    labels = [np.arange(count, dtype=np.uint8) % classes for count in (train, test)]
    return dict(zip(IDX_FILES, (images[0], labels[0], images[1], labels[1]), strict=True))


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
