"""One picture of data by class and number: the one that stands there in the data, whatever way it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.pictures import reading
from cnnviz.training.data import picture_set as picture_set_module
from cnnviz.training.data.browsing import contents
from cnnviz.training.data.numbered_picture import (
    FoundPicture,
    Numbered,
    find_picture,
    nearest,
    number_at,
    numbered,
    picture_meant,
)
from cnnviz.training.data.picture_set import picture_set

SAMPLE = "fashion-mnist-sample"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def pixels_of(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("fashion-mnist-sample:3:17", Numbered(SAMPLE, "test", "3", 17)),
        ("fashion-mnist-sample:train:Ankle boot:0", Numbered(SAMPLE, "train", "Ankle boot", 0)),
        ("C:\\photos:cat:2", Numbered("C:\\photos", "test", "cat", 2)),
        ("照片/猫狗:test:猫:2", Numbered("照片/猫狗", "test", "猫", 2)),
        ("cat.png", None),
        ("a:b.png", None),
        ("a:b:c.png", None),
        ("a:b:-1", None),
        ("a:b:²", None),
        ("a::1", None),
        (":3:1", None),
        ("a:3:12345678901", None),
    ],
)
def test_form_of_a_numbered_picture(text: str, meant: Numbered | None) -> None:
    assert numbered(text) == meant
    assert meant is None or numbered(meant.text) == meant


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(("label", "number"), [("0", 0), ("3", 17), ("Dress", 17), ("dress", 199), ("9", 5)])
def test_picture_is_that_of_the_class_in_the_order_of_the_data(split: str, label: str, number: int) -> None:
    found = picture_meant(f"{SAMPLE}:{split}:{label}:{number}")
    assert isinstance(found, FoundPicture)
    part = contents(SAMPLE).split("train" if split == "train" else "test").part
    at = [place for place, each in enumerate(part.labels) if each == found.label][number]
    np.testing.assert_array_equal(pixels_of(found.file), part.pictures[at][0])
    assert number_at(part, at) == (found.label, number)
    assert found.class_name == found.class_names[found.label]


def test_picture_in_a_folder_is_its_own_file(picture_folder, cache: Path) -> None:
    folder = picture_folder(count=10)
    found = picture_meant(f"{folder}:train:dog:3")
    assert isinstance(found, FoundPicture)
    assert (found.file.parent, found.class_name) == (folder / "dog", "dog")
    assert not cache.exists()


def test_file_of_that_very_name_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"{SAMPLE}:3:17"
    Path(name).write_bytes(b"no picture")
    assert picture_meant(name) == Path(name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{SAMPLE}:3:200", "They count from 0 to 199."),
        (f"{SAMPLE}:10:0", "no class '10'"),
        (f"{SAMPLE}:Trous:0", "1 Trouser"),
        ("nonsuch:0:0", "no data named 'nonsuch'"),
        ("cifar10:0:0", "not on this machine"),
    ],
)
def test_what_is_not_there_is_said(text: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "none"))
    with pytest.raises(CnnvizError) as caught:
        picture_meant(text)
    assert said in str(caught.value)


def test_two_data_with_one_name_of_a_class_get_two_files() -> None:
    first, other = (picture_meant(f"{SAMPLE}:{split}:3:1") for split in ("train", "test"))
    assert isinstance(first, FoundPicture)
    assert isinstance(other, FoundPicture)
    assert first.file.name == other.file.name == "Dress 1.png"
    assert first.file != other.file


@pytest.mark.parametrize("limit", [7, 90, None])
def test_picture_of_a_sample_is_found_under_its_number(limit: int | None, picture_folder) -> None:
    for data in (SAMPLE, str(picture_folder(count=40))):
        pictures = picture_set(data, "train", limit)
        for at in range(0, len(pictures), 1 + len(pictures) // 9):
            wanted = Numbered(data, "train", str(pictures.part.labels[at]), int(pictures.numbers[at]))
            found = find_picture(contents(data), wanted)
            np.testing.assert_array_equal(
                reading.seen(found.file, (1, 28, 28), "squash"), pictures.pixels(at, (1, 28, 28), "squash")
            )


def test_pictures_that_are_written_do_not_pile_up(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_set_module, "_MOST_KEPT", 10)
    newest = [picture_meant(f"{SAMPLE}:3:{number}") for number in range(25)][-1]
    assert isinstance(newest, FoundPicture)
    assert newest.file.exists()
    assert len(list(cache.rglob("*.png"))) <= 10


def test_nearest_number_is_one_that_there_is() -> None:
    found = contents(SAMPLE)
    assert nearest(found, Numbered(SAMPLE, "test", "Dress", 5000)) == Numbered(SAMPLE, "test", "3", 199)
    assert nearest(found, Numbered(SAMPLE, "test", "77", 4)).label == "0"
    find_picture(found, nearest(found, Numbered(SAMPLE, "train", "no such", 999)))


def test_command_says_whether_the_network_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["why", "lenet", f"{SAMPLE}:3:17", "--out", str(tmp_path / "why.npz")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "Label: Dress. Predicted: " in said
    with np.load(tmp_path / "why.npz") as kept:
        names = contents(SAMPLE).class_names
        right = names[int(kept["logits"].argmax())] == "Dress"
        part = contents(SAMPLE).test.part
        at = np.flatnonzero(part.labels == 3)[17]
        np.testing.assert_allclose(kept["input"][0, 0], part.pictures[at][0] / np.float32(255), rtol=1e-6)
    assert said.count(": right.") == right
    assert said.count(": wrong.") == (not right)


def test_layer_is_seen_through_a_picture_of_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["features", "lenet", f"{SAMPLE}:Dress:17", "--layer", "0", "--out", str(tmp_path / "maps.npz")]
    assert main(words) == 0
    assert main(["features", "lenet", f"{SAMPLE}:3:999", "--layer", "0", "--out", str(tmp_path / "x.png")]) == 2
    assert "They count from 0 to 199." in capsys.readouterr().err
    with np.load(tmp_path / "maps.npz") as kept:
        assert kept["values"].shape == (6, 28, 28)
