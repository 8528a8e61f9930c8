"""What data hold, and single pictures of them as a run shows them to the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from whole_data import read_folder

from cnnviz.errors import CnnvizError
from cnnviz.pictures import reading
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data import browsing
from cnnviz.training.data.batches import Batches
from cnnviz.training.data.browsing import contents, misfits, samples_at


def test_contents_count_all_and_decode_nothing(picture_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def seen(file: Path, *rest: object) -> np.ndarray:
        names.append(file.name)
        return reading.seen(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(browsing, "seen", seen)
    found = contents(str(picture_folder(count=20)))
    assert found.class_names == ("cat", "dog")
    assert found.train.counts.tolist() == [16, 16]
    assert found.test.counts.tolist() == [4, 4]
    assert names == []
    assert found.notices
    samples_at(found, "train", found.train.positions(0, 0, 3), (3, 8, 8))
    assert len(names) == 3


def test_samples_of_arrays_are_what_a_batch_holds(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)
    np.savez(tmp_path / "some.npz", images=images, labels=np.repeat([0, 1], 6))
    found, data = contents(str(tmp_path)), read_folder(tmp_path, 50)
    batch, _ = next(Batches(data.train, (3, 50, 50), 100, torch.device("cpu")).in_order())
    samples = samples_at(found, "train", range(len(data.train)), (3, 50, 50))
    assert np.array_equal(np.stack([each.pixels for each in samples]), (batch.numpy() * 255).round())
    assert {each.size for each in samples} == {(1, 28, 28)}


def test_samples_of_files_are_what_a_batch_holds(picture_folder) -> None:
    folder = picture_folder(count=4)
    noise = np.random.default_rng(0).integers(0, 256, (31, 57, 3), np.uint8)
    Image.fromarray(noise).save(folder / "cat" / "wide.png")
    found, data = contents(str(folder)), read_folder(folder, 16, 1)
    batch, _ = next(Batches(data.train, (1, 16, 16), 100, torch.device("cpu")).in_order())
    samples = samples_at(found, "train", range(len(data.train)), (1, 16, 16))
    assert np.array_equal(np.stack([each.pixels for each in samples]), (batch.numpy() * 255).round())
    parts = [*samples, *samples_at(found, "test", range(len(data.test)), (1, 16, 16))]
    assert {each.name: each.size for each in parts}["cat/wide.png"] == (3, 31, 57)


def test_positions_go_round_through_all_pictures_of_a_class() -> None:
    found = contents("fashion-mnist-sample")
    assert found.train.counts.tolist() == [1000] * 10
    first, second = found.train.positions(5, 0, 8), found.train.positions(5, 8, 8)
    assert not set(first) & set(second)
    assert found.train.positions(5, 1000, 8) == first
    assert sorted(found.train.positions(5, 300, 2000)) == np.flatnonzero(found.train.part.labels == 5).tolist()


def test_class_without_a_picture_has_no_positions(picture_folder) -> None:
    picture_folder(count=3, sub="train")
    folder = picture_folder(count=3, sub="test", classes=("cat",))
    found = contents(str(folder))
    assert found.test.counts.tolist() == [3, 0]
    assert found.test.positions(1, 4, 8) == []
    assert any("has no picture of dog" in notice for notice in found.notices)


def test_limit_is_that_of_the_run(picture_folder) -> None:
    folder = picture_folder(count=20)
    found, data = contents(str(folder), limit=5), read_folder(folder, limit=5)
    assert found.train.counts.tolist() == np.bincount(data.train.labels).tolist()


def test_broken_picture_says_why_and_the_others_are_shown(picture_folder) -> None:
    folder = picture_folder(count=4, sub="train")
    picture_folder(count=4, sub="test")
    (folder / "train" / "cat" / "0.png").write_bytes(b"no picture")
    found = contents(str(folder))
    samples = samples_at(found, "train", found.train.positions(0, 0, 4), (3, 8, 8))
    broken = [each for each in samples if each.pixels is None]
    assert len(broken) == 1
    assert broken[0].name == "cat/0.png"
    assert "0.png is not a picture" in broken[0].fault


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browsing, "locate", lambda _data_set: None)
    monkeypatch.setattr(browsing, "find", lambda *_: pytest.fail("data that are not here are not asked for"))
    with pytest.raises(CnnvizError, match="MNIST are not on this machine yet"):
        contents("mnist")


def test_stop_ends_reading(picture_folder) -> None:
    control = Control()
    control.stop()
    with pytest.raises(StoppedError):
        contents(str(picture_folder()), control=control)
    with pytest.raises(StoppedError):
        samples_at(contents("fashion-mnist-sample"), "train", [0], (1, 28, 28), control)


def test_large_input_is_shown_at_the_size_of_a_screen() -> None:
    found = contents("fashion-mnist-sample")
    pixels = samples_at(found, "test", [0], (1, 4000, 4000))[0].pixels
    assert pixels is not None
    assert pixels.shape == (1, 256, 256)


def test_what_a_run_would_refuse_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((4, 8, 8, 3), np.uint8), labels=np.array([0, 0, 1, 1]))
    found = contents(str(tmp_path))
    assert misfits(found, 3, None) == misfits(found, 3, 2) == ()
    assert "have 3 channels, the network takes 1" in misfits(found, 1, None)[0]
    assert "are of 2 classes, the network tells 10 apart" in misfits(found, 3, 10)[0]
    assert samples_at(found, "train", [0], (1, 8, 8))[0].pixels.shape == (3, 8, 8)
    assert samples_at(found, "train", [0], (4, 8, 8))[0].pixels.shape == (3, 8, 8)
