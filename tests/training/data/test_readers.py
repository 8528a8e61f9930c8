from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from idx_content import TEST_IMAGES, TRAIN_IMAGES, TRAIN_LABELS, idx_arrays, idx_bytes
from PIL import Image
from whole_data import found_in, read_data_set, read_folder

from cnnviz.errors import CnnvizError
from cnnviz.training.data import reading_files
from cnnviz.training.data.data_names import named
from cnnviz.training.data.data_sets import DataSet, idx_quadruple
from cnnviz.training.data.idx import md5
from cnnviz.training.data.reading_files import seen


@pytest.mark.parametrize("compress", [True, False])
def test_idx_folder_is_read_compressed_or_plain(idx_folder, compress: bool) -> None:
    data, arrays = read_folder(idx_folder(compress=compress), 28, None), idx_arrays()
    assert np.array_equal(data.train.images[:, 0], arrays[TRAIN_IMAGES])
    assert np.array_equal(data.test.images[:, 0], arrays[TEST_IMAGES])
    assert data.train.labels.tolist() == arrays[TRAIN_LABELS].tolist()
    assert data.train.class_names == ("0", "1", "2")


WHOLE = idx_bytes(idx_arrays()[TRAIN_IMAGES])
LABELS = idx_bytes(idx_arrays()[TRAIN_LABELS])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (TRAIN_IMAGES, b"\0\0\x08\x01" + WHOLE[4:], "no IDX file of images: it begins with 00000801"),
        (TRAIN_IMAGES, b"\0\0\x07\x03" + WHOLE[4:], "no IDX file of images"),
        (TRAIN_IMAGES, b"\0\0\x0d\x03" + WHOLE[4:], "announces 3,072 bytes of data and holds 768"),
        (TRAIN_IMAGES, b"", "no IDX file of images: it begins with nothing"),
        (TRAIN_IMAGES, WHOLE[:-1], "announces 768 bytes of data and holds 767"),
        (TRAIN_IMAGES, WHOLE + b"\0", "announces 768 bytes of data and holds 769"),
        (TRAIN_IMAGES, idx_bytes(np.zeros((0, 8, 8))), "holds 0 images, but"),
        (TRAIN_LABELS, LABELS[:-1], "announces 12 bytes"),
        (TRAIN_LABELS, idx_bytes(np.zeros(11)), "holds 12 images, but .* holds 11 labels"),
        (TRAIN_LABELS, WHOLE, "no IDX file of labels"),
        (TRAIN_LABELS, idx_bytes(np.zeros(12)), "has 1 class"),
    ],
)
def test_broken_idx_file_is_a_clear_error(idx_folder, name: str, content: bytes, message: str) -> None:
    folder = idx_folder({name: content})
    with pytest.raises(CnnvizError, match=message) as caught:
        read_folder(folder, 28, None)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(WHOLE)[:-20], "cut off or damaged"),
        (gzip.compress(WHOLE)[:12] + b"\xff" * 40, "cut off or damaged"),
        (b"\n<!DOCTYPE html><html>Not found</html>", "a web page, not a gzip file"),
        (b"PK\3\4", "something else, not a gzip file"),
        (b"", "empty, not a gzip file"),
    ],
)
def test_broken_gzip_file_is_a_clear_error(idx_folder, content: bytes, message: str) -> None:
    folder = idx_folder()
    (folder / f"{TRAIN_IMAGES}.gz").write_bytes(content)
    with pytest.raises(CnnvizError, match=message):
        read_folder(folder, 28, None)


def test_named_data_must_be_the_bytes_that_the_checksums_name(idx_folder) -> None:
    folder = idx_folder()
    sums = tuple(md5(idx_bytes(values)) for values in idx_arrays().values())
    names = ("a", "b", "c")
    right = DataSet("x", "X", 3, 1, 8, names, 12, 6, "", files=idx_quadruple(*sums))
    wrong = replace(right, files=idx_quadruple(sums[0], sums[0], *sums[2:]))
    assert read_data_set(right, folder).train.class_names == names
    with pytest.raises(CnnvizError, match="its checksum differs"):
        read_data_set(wrong, folder)


def test_missing_idx_file_is_named(idx_folder) -> None:
    folder = idx_folder()
    (folder / f"{TRAIN_LABELS}.gz").unlink()
    with pytest.raises(CnnvizError, match=f"lacks {TRAIN_LABELS}"):
        read_folder(folder, 28, None)


def test_empty_folder_and_folder_of_something_else_say_so(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(CnnvizError, match="is empty"):
        read_folder(folder, 28, None)
    (folder / "notes.txt").write_text("hello")
    with pytest.raises(CnnvizError, match="holds no data that cnnviz knows"):
        read_folder(folder, 28, None)


def test_what_is_neither_folder_nor_file_is_not_called_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CnnvizError, match="is neither a folder nor a file"):
        read_folder(tmp_path / "pipe", 28, None)


def test_folder_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(CnnvizError, match="cannot be read: Permission denied"):
        read_folder(tmp_path, 28, None)


def test_data_that_are_neither_a_name_nor_a_folder_say_so(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("")
    with pytest.raises(CnnvizError, match="is a file"):
        read_folder(file)
    with pytest.raises(CnnvizError, match="There is no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(CnnvizError, match="There is no folder"):
        named(str(tmp_path / "nowhere" / "at all"))
    with pytest.raises(CnnvizError, match="no data named 'nonsense'"):
        named("nonsense")
    assert named(str(tmp_path)) == tmp_path


def test_pictures_are_split_by_class_and_always_alike(picture_folder) -> None:
    folder = picture_folder(count=10)
    data, again = read_folder(folder, 28, None), read_folder(folder, 28, None)
    assert data.train.class_names == ("cat", "dog")
    assert np.bincount(data.train.labels).tolist() == [8, 8]
    assert np.bincount(data.test.labels).tolist() == [2, 2]
    assert np.array_equal(data.train.images, again.train.images)
    assert set(data.train.labels[:8].tolist()) == {0, 1}, "a prefix must be a fair sample"


def test_label_belongs_to_the_picture_after_shuffling(picture_folder) -> None:
    train = read_folder(picture_folder(count=10), 28, None).train
    bright = train.images[:, 0].mean(axis=(1, 2)) > 120
    assert np.array_equal(bright, train.labels == 1)


def test_users_own_split_is_kept(picture_folder) -> None:
    picture_folder(count=4, sub="train")
    folder = picture_folder(count=2, sub="test")
    data = read_folder(folder, 28, None)
    assert (len(data.train), len(data.test)) == (8, 4)


@pytest.mark.parametrize(("mode", "asked", "channels"), [("L", None, 1), ("RGB", None, 3), ("RGB", 1, 1), ("L", 3, 3)])
def test_pictures_have_the_channels_that_the_network_takes(picture_folder, mode, asked, channels) -> None:
    assert read_folder(picture_folder(mode=mode), 28, asked).train.channels == channels


def test_pictures_of_differing_sizes_are_brought_to_the_run_s_size(picture_folder) -> None:
    folder = picture_folder()
    assert read_folder(folder, 28, None).train.images.shape[2:] == (20, 20)
    Image.new("RGB", (30, 10)).save(folder / "cat" / "wide.png")
    assert read_folder(folder, 28, None).train.images.shape[2:] == (28, 28)


def test_pictures_that_are_broken_or_cut_off_are_left_out_by_name(picture_folder) -> None:
    folder = picture_folder()
    random = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    Image.fromarray(random).save(folder / "dog" / "2.png")
    whole = (folder / "dog" / "2.png").read_bytes()
    (folder / "dog" / "2.png").write_bytes(whole[: len(whole) // 2])
    (folder / "cat" / "3.png").write_bytes(b"no picture")
    for _ in range(2):  # the second time from what was kept
        data = read_folder(folder)
        assert len(data.train) + len(data.test) == 8
        assert len(data.train) == len(data.train.images)
        said = " ".join(data.notices)
        assert "2.png is damaged or cut short" in said
        assert "3.png is not a picture that can be read" in said


def test_class_of_which_most_pictures_are_broken_is_an_error(picture_folder) -> None:
    folder = picture_folder()
    for number in range(3):
        (folder / "dog" / f"{number}.png").write_bytes(b"no picture")
    with pytest.raises(CnnvizError, match=r"pictures of dog, \d cannot be read. dog/\d.png"):
        read_folder(folder)


def test_pictures_that_were_away_while_they_were_read_are_read_once_they_are_back(
    picture_folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = picture_folder()
    away = folder.with_name("away")

    def seen_too_late(file: Path, *how: object) -> np.ndarray:
        if folder.exists():
            folder.rename(away)
        return seen(file, *how)

    with monkeypatch.context() as patch:
        patch.setattr(reading_files, "seen", seen_too_late)
        with pytest.raises(CnnvizError, match=r"cannot be read. cat/\d.png is not there\."):
            read_folder(folder)
    away.rename(folder)
    data = read_folder(folder)
    assert len(data.train) + len(data.test) == 10


def test_class_without_pictures_or_a_single_class_is_an_error(picture_folder) -> None:
    folder = picture_folder(classes=("cat",))
    with pytest.raises(CnnvizError, match="has 1 class"):
        read_folder(folder, 28, None)
    (folder / "dog").mkdir()
    with pytest.raises(CnnvizError, match=r"1 class.*dog/ is left out: there is no picture in it"):
        read_folder(folder, 28, None)


def test_images_in_which_something_is_no_number_are_counted(tmp_path: Path) -> None:
    images = np.full((12, 8, 8), 0.5, np.float32)
    images[3, 0, 0], images[5, 1, 1] = np.nan, np.inf
    np.savez(tmp_path / "x.npz", x_train=images, y_train=np.arange(12) % 2)
    said = [each for each in found_in(tmp_path / "x.npz").notices if "no number" in each]
    assert said == ["2 images have values that are no number (NaN or infinite) in x.npz, train: there they are black."]
