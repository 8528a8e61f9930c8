"""Pictures of a folder that are not what their place says: in both halves at once, or masks of others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image
from whole_data import found_in

from cnnviz.errors import CnnvizError


def _picture(file: Path, grey: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8), grey).save(file, "BMP")  # all of one size
    return file


def _halves(root: Path) -> None:
    for at in range(12):
        for number, half in enumerate(("train", "test")):
            _picture(root / half / "ab"[at % 2] / f"{at}.bmp", 10 * at + number)


def test_pictures_of_the_test_that_are_learned_too_are_counted_and_one_is_named(tmp_path: Path) -> None:
    _halves(tmp_path)
    for at in (2, 4):
        shutil.copy(tmp_path / f"train/a/{at}.bmp", tmp_path / f"test/a/copy{at}.bmp")
    said = [each for each in found_in(tmp_path).notices if "byte for byte" in each]
    assert len(said) == 1
    assert said[0].startswith("2 pictures of the test")
    assert "test/a/copy2.bmp is train/a/2.bmp" in said[0]


def test_pictures_of_one_size_that_differ_are_not_said_to_be_the_same(tmp_path: Path) -> None:
    _halves(tmp_path)
    assert not any("byte for byte" in each for each in found_in(tmp_path).notices)


@pytest.mark.parametrize(
    ("pictures", "masks", "name"),
    [
        ("images", "masks", "{}.bmp"),
        ("imgs", "gt", "{}.bmp"),
        ("JPEGImages", "SegmentationClass", "{}.bmp"),
        ("train", "train_masks", "{}_mask.bmp"),
        ("data/images", "data/labels", "{}.bmp"),
    ],
)
def test_masks_that_are_taken_for_a_class_are_said(tmp_path: Path, pictures: str, masks: str, name: str) -> None:
    for at in range(12):
        _picture(tmp_path / pictures / f"{at}.bmp", at)
        _picture(tmp_path / masks / name.format(at), 100 + at)
    assert any("seems to hold masks" in each for each in found_in(tmp_path).notices)


@pytest.mark.parametrize("names", [("mask", "no_mask"), ("with_mask", "without_mask"), ("images", "drawings")])
def test_classes_whose_pictures_are_numbered_alike_are_no_masks(tmp_path: Path, names: tuple[str, str]) -> None:
    for at in range(12):
        for number, each in enumerate(names):
            _picture(tmp_path / each / f"{at}.bmp", at + 100 * number)
    assert not any("masks" in each for each in found_in(tmp_path).notices)


@pytest.mark.parametrize("column", ["width", "Height", "x_min", "age"])
def test_column_of_close_sizes_tells_no_classes(tmp_path: Path, column: str) -> None:
    for at in range(12):
        _picture(tmp_path / f"{at:02}.bmp", at)
    rows = "".join(f"{at:02}.bmp,{30 + at % 3}\n" for at in range(12))
    (tmp_path / "sizes.csv").write_text(f"file,{column}\n{rows}")
    with pytest.raises(CnnvizError, match=f"tells no classes: column {column} holds measurements"):
        found_in(tmp_path)


@pytest.mark.parametrize("name", ["train_test_split.txt", "image_class_labels.txt", "instances_train2017.json"])
def test_lists_that_are_not_read_are_said_to_be_unused(tmp_path: Path, name: str) -> None:
    _halves(tmp_path)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / name).write_text("[1, 2]")
    (tmp_path / "README.txt").write_text("pictures")
    said = [each for each in found_in(tmp_path).notices if each.startswith("Not read")]
    assert said == [f"Not read: {name}. Whatever that says of classes and splits is not used."]


def test_empty_files_are_no_same_pictures(tmp_path: Path) -> None:
    _halves(tmp_path)
    for half in ("train", "test"):
        (tmp_path / half / "a" / "empty.bmp").write_bytes(b"")
    assert not any("byte for byte" in each for each in found_in(tmp_path).notices)
