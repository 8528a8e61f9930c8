"""The code that reads a run's data: run without cnnviz, it comes to the very pictures that cnnviz trains on."""

from __future__ import annotations

import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.training.takeaway.data_code import data_code


def values(data: str, size: int = 28, channels: int = 1) -> dict[str, torch.Tensor]:
    """Return what the code sets."""
    code = data_code(data, size, channels)
    assert "cnnviz" not in "\n".join(code.imports) + code.code
    names: dict[str, object] = dict(code.constants)
    exec("\n".join(["import torch", *code.imports, code.code]), names)
    return {name: value for name, value in names.items() if isinstance(value, torch.Tensor)}


def cifar(folder: Path, labels: str) -> np.ndarray:
    """Write a small CIFAR and return its training pictures."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    trains = [f"data_batch_{number}" for number in range(1, 6)] if labels == "labels" else ["train"]
    tests, meta = ("test_batch", "batches.meta") if labels == "labels" else ("test", "meta")
    written = []
    for name in (*trains, tests):
        pixels = rng.integers(0, 256, (4, 3072)).astype(np.uint8)
        (folder / name).write_bytes(pickle.dumps({"data": pixels, labels: [0, 1, 1, 0]}, 2))
        written.append(pixels.reshape(-1, 3, 32, 32))
    (folder / meta).write_bytes(pickle.dumps({f"{labels.rstrip('s')}_names": ["cat", "dog"]}, 2))
    return np.concatenate(written[:-1])


def test_sample_that_ships_is_read_whole() -> None:
    found = values("fashion-mnist-sample")
    assert found["train_images"].shape == (10_000, 1, 28, 28)
    assert found["test_images"].shape == (2_000, 1, 28, 28)
    assert found["train_labels"].bincount().tolist() == [1000] * 10
    assert found["train_labels"].dtype == torch.int64


@pytest.mark.parametrize("labels", ["labels", "fine_labels"])
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_cifar_is_read_from_its_batches(labels: str, packed: bool, tmp_path: Path) -> None:
    folder = tmp_path / "cifar-py"
    expected = cifar(folder, labels)
    data = folder
    if packed:
        data = tmp_path / "packed"
        data.mkdir()
        with tarfile.open(data / "cifar-x-python.tar.gz", "w:gz") as archive:
            archive.add(folder, "cifar-py")
    found = values(str(data), 32, 3)
    assert np.array_equal(found["train_images"].numpy(), expected)
    assert found["test_labels"].tolist() == [0, 1, 1, 0]


def test_pictures_of_folders_are_upright_squashed_and_of_the_networks_channels(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name, level in (("cat", 20), ("dog", 200)):
            (tmp_path / split / name).mkdir(parents=True)
            for number in range(2):
                Image.new("RGB", (40, 20), (level, level, level)).save(tmp_path / split / name / f"{number}.png")
    for channels in (1, 3):
        found = values(str(tmp_path), 16, channels)
        assert found["train_images"].shape == (4, channels, 16, 16)
        assert found["train_images"].float().mean((1, 2, 3)).tolist() == [200, 20, 20, 200]
        assert found["test_labels"].tolist() == [1, 0, 0, 1]


def test_pictures_without_a_split_are_split(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(10):
            Image.new("L", (8, 8), number).save(tmp_path / name / f"{number}.png")
    found = values(str(tmp_path), 8)
    assert (len(found["train_labels"]), len(found["test_labels"])) == (16, 4)


def test_data_in_other_forms_are_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="is empty"):
        data_code(str(tmp_path), 28, 1)
    (tmp_path / "labels.csv").write_text("file,label\na.png,cat\nb.png,dog\nc.png,dog\nd.png,cat\n")
    for name in "abcd":
        Image.new("L", (8, 8)).save(tmp_path / f"{name}.png")
    with pytest.raises(CnnvizError, match="A script cannot read"):
        data_code(str(tmp_path), 28, 1)
