"""Folders of pictures as people have them: splits by many names, classes that differ, what lies beside the data."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from whole_data import read_folder

from cnnviz.errors import CnnvizError
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.folder_tree import readable, walk
from cnnviz.training.data.obtaining import find
from cnnviz.training.data.split_names import split_of


def fill(folder: Path, count: int = 5, level: int = 40) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("L", (8, 8), level + number).save(folder / f"{number}.png")


def tree(root: Path, folders: Mapping[str, int]) -> Path:
    for label, (name, count) in enumerate(folders.items()):
        fill(root / name, count, 20 * label)
    return root


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"), ("training", "testing"), ("Train", "Test"), ("training_set", "test_set"), ("train", "dev"),
        ("TRAIN", "VALID"), ("seg_train", "seg_test"), ("train2017", "val2017"), ("trainset", "testset"),
        ("imgs_train", "imgs_eval"), ("Training Data", "Validation Data"),
    ],
)  # fmt: skip
def test_splits_are_taken_by_their_usual_names(tmp_path: Path, train: str, test: str) -> None:
    data = read_folder(tree(tmp_path, {f"{train}/a": 6, f"{train}/b": 6, f"{test}/a": 2, f"{test}/b": 3}))
    assert data.train.class_names == ("a", "b")
    assert (len(data.train), len(data.test)) == (12, 5)
    assert f"{train}/ to learn, {test}/ to test" in data.notices[0]


def test_splits_below_the_classes_and_below_a_folder_of_the_same_name(tmp_path: Path) -> None:
    below = tree(tmp_path / "x", {"a/train": 6, "b/train": 6, "a/val": 2, "b/val": 3})
    assert (len(read_folder(below).train), len(read_folder(below).test)) == (12, 5)
    folders = {
        "archive/train/train/a": 6,
        "archive/train/train/b": 6,
        "archive/test/test/a": 2,
        "archive/test/test/b": 3,
    }
    twice = read_folder(tree(tmp_path / "y", folders))
    assert twice.train.class_names == ("a", "b")
    assert (len(twice.train), len(twice.test)) == (12, 5)


@pytest.mark.parametrize("classes", [("bus", "train"), ("dev board", "train")])
def test_class_that_is_called_as_a_split_is_a_class(tmp_path: Path, classes: tuple[str, ...]) -> None:
    data = read_folder(tree(tmp_path, dict.fromkeys(classes, 5)))
    assert data.train.class_names == classes


@pytest.mark.parametrize(
    ("name", "split"),
    [("x_train", "train"), ("Valid", "val"), ("ytest", None), ("contest", None), ("latest", None), ("t10k", None),
     ("train_test", None), ("test-images", "test"), ("devset", "val"), ("strain", None)],
)  # fmt: skip
def test_word_within_a_word_is_no_split(name: str, split: str | None) -> None:
    assert split_of(name) == split


def said(data: object) -> str:
    return " ".join(data.notices)  # type: ignore[attr-defined]


def test_class_that_the_test_lacks_or_adds_or_spells_otherwise_is_said(tmp_path: Path) -> None:
    folders = {"train/Cat": 5, "train/dog": 5, "train/eel": 5, "test/cat": 2, "test/dog": 2, "test/fox": 3}
    data = read_folder(tree(tmp_path, folders))
    assert data.train.class_names == data.test.class_names == ("Cat", "dog", "eel")
    assert np.bincount(data.test.labels).tolist() == [2, 2]
    assert "cat is Cat" in said(data)
    assert "no such class: fox (3)" in said(data)
    assert "no picture of eel" in said(data)


def test_names_of_one_class_in_two_forms_of_unicode_are_one(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {"train/caf\u00e9": 5, "train/tea": 5, "test/cafe\u0301": 2, "test/tea": 2}))
    assert len(data.test) == 4


def test_names_that_differ_in_case_alone_stay_two_classes(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {"train/a": 5, "train/A": 5, "test/a": 1, "test/A": 2}))
    assert np.bincount(data.test.labels).tolist() == [2, 1]


def test_test_pictures_without_labels_are_said_and_the_validation_is_used(tmp_path: Path) -> None:
    folders = {"train/a": 5, "train/b": 5, "val/a": 2, "val/b": 2, "test/images": 7}
    data = read_folder(tree(tmp_path, folders))
    assert len(data.test) == 4
    assert "test/ is left out: its 7 pictures have no labels" in said(data)


def test_flat_test_pictures_leave_a_fifth_of_the_training_for_the_test(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {"train/a": 5, "train/b": 5, "test": 4}))
    assert (len(data.train), len(data.test)) == (8, 2)
    assert "its 4 pictures have no labels" in said(data)
    assert "20% of each class are kept" in said(data)


def test_validation_beside_a_test_is_said_to_be_left_out(tmp_path: Path) -> None:
    folders = {"train/a": 5, "train/b": 5, "val/a": 2, "val/b": 2, "test/a": 1, "test/b": 1}
    data = read_folder(tree(tmp_path, folders))
    assert len(data.test) == 2
    assert "val/ is left out (4 pictures)" in said(data)


def test_what_systems_and_editors_put_beside_the_data_is_not_seen(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a": 5, "b": 5, "__MACOSX/a": 5, "a/.ipynb_checkpoints": 3, ".git/x": 2, "b/@eaDir": 2})
    for name in ("._0.png", ".DS_Store", "Thumbs.db", "desktop.ini", "Icon\r"):
        (folder / "a" / name).write_bytes(b"\0\5\x16\7")
    data = read_folder(folder)
    assert data.train.class_names == ("a", "b")
    assert (len(data.train), len(data.test)) == (8, 2)
    assert len(data.notices) == 1


def test_links_are_followed_and_circles_found(tmp_path: Path) -> None:
    elsewhere = tree(tmp_path / "elsewhere", {"b": 5})
    folder = tree(tmp_path / "data", {"a": 5})
    (folder / "b").symlink_to(elsewhere / "b")
    (folder / "a" / "again").symlink_to(folder)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    data = read_folder(folder)
    assert data.train.class_names == ("a", "b")
    assert "again/ is left out: it is a link that leads back" in said(data)


def test_run_recorded_in_the_data_is_no_class(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a": 5, "b": 5, "runs/first/pictures": 3})
    for name in ("config.toml", "status.json", "environment.json"):
        (folder / "runs" / "first" / name).write_text("{}")
        (folder / name).write_text("{}")
    fill(folder / "checkpoints" / "final", 2)
    data = read_folder(folder)
    assert data.train.class_names == ("a", "b")
    assert "first/ is left out: it is a run" in said(data)


def test_a_file_that_only_looks_like_a_runs_keeps_its_class(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a": 5, "b": 5})
    (folder / "a" / "config.toml").write_text("")
    data = read_folder(folder)
    assert data.train.class_names == ("a", "b")
    assert ".toml (1)" in said(data)


def test_pictures_are_told_by_content_where_the_ending_says_nothing(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a": 5, "b": 5})
    for name, kind in (("shot", "PNG"), ("photo.dat", "JPEG"), ("b.jfif", "JPEG"), ("c.PNG", "WEBP")):
        Image.new("L", (8, 8)).save(folder / "a" / name, kind)
    (folder / "a" / "notes.txt").write_text("hello")
    (folder / "a" / "drawing.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n")
    data = read_folder(folder)
    assert len(data.train) + len(data.test) == 14
    assert ".txt (1)" in said(data)
    assert ".eps (1)" in said(data)


def test_pictures_beside_the_classes_are_said(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {"a": 5, "b": 5, ".": 3}))
    assert "3 pictures beside the folders of the classes are left out" in said(data)
    (tmp_path / "one").mkdir()
    alone = read_folder(tree(tmp_path / "one", {"a": 5, "b": 5, ".": 1}))
    assert "1 picture beside the folders of the classes is left out: it has no label." in said(alone)


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_in_any_bytes_are_read_and_shown(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"data \xe9")
    for name in (b"caf\xe9", b"th\xe9"):
        fill(folder / os.fsdecode(name))
    fill(folder / "line\nbreak")
    data = read_folder(folder)
    assert data.train.class_names == ("caf\\xe9", "line\nbreak", "th\\xe9")
    "".join((data.title, *data.train.class_names, *data.notices)).encode("utf-8")


def test_folder_of_a_single_class_says_what_was_left_out(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a": 5})
    (folder / "b").mkdir()
    with pytest.raises(CnnvizError, match=r"has 1 class.*b/ is left out: there is no picture in it"):
        read_folder(folder)


def test_walk_names_files_and_folders_in_order(tmp_path: Path) -> None:
    found = walk(tree(tmp_path, {"b": 2, "a/inner": 1}))
    assert [folder.name for folder in found.folders] == ["a", "b"]
    assert found.folders[1].files == ("0.png", "1.png")


def test_stop_is_heard_while_a_slow_disk_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, control, answers = tree(tmp_path, {"a": 3, "b": 3}), Control(), threading.Event()
    real = os.scandir

    def slowly(place: Path) -> object:
        answers.wait(20)
        return real(place)

    monkeypatch.setattr(os, "scandir", slowly)
    news = find(str(folder), control)
    next(news)
    next(news)
    begin = time.monotonic()
    control.stop()
    with pytest.raises(StoppedError):
        list(news)
    assert time.monotonic() - begin < 2
    answers.set()


def test_folder_of_test_pictures_alone_is_said_to_be_for_both(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {"test/a": 10, "test/b": 10}))
    assert (len(data.train), len(data.test)) == (16, 4)
    assert "test/ has no training beside it: its pictures are for both." in data.notices


@pytest.mark.parametrize(("name", "shown"), [("é", "é"), ("a\udce9", "a\\xe9"), ("a\ud800", "a\\ud800")])
def test_name_in_any_bytes_and_half_a_character_can_be_shown(name: str, shown: str) -> None:
    assert readable(name) == shown
