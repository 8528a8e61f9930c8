"""Arrays, published data sets and tables of labels as people have them: read, or one line says why they are not."""

from __future__ import annotations

import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from whole_data import read_folder

from cnnviz.errors import CnnvizError
from cnnviz.pictures.depth import eight_bits
from cnnviz.training.data.image_data import TrainAndTest

Arrays = dict[str, npt.NDArray[np.generic]]
_RANDOM = np.random.default_rng(0)
_IMAGES = _RANDOM.integers(0, 256, (20, 8, 8)).astype(np.uint8)
_LABELS = np.arange(20) % 2
_COLOUR = _RANDOM.integers(0, 256, (20, 3072)).astype(np.uint8)


def said(data: TrainAndTest) -> str:
    return " ".join(data.notices)


def idx(values: npt.NDArray[np.generic], kind: int = 8) -> bytes:
    return bytes((0, 0, kind, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def test_labels_of_qmnist_tell_the_class_first(tmp_path: Path) -> None:
    more = np.zeros((20, 8), ">i4")
    more[:, 0] = _LABELS
    for split in ("train", "test"):
        (tmp_path / f"qmnist-{split}-images-idx3-ubyte").write_bytes(idx(_IMAGES))
        (tmp_path / f"qmnist-{split}-labels-idx2-int").write_bytes(idx(more, 0x0C))
    assert np.array_equal(read_folder(tmp_path).train.labels, _LABELS)


def test_idx_of_colour_pictures(tmp_path: Path) -> None:
    pixels = _RANDOM.integers(0, 256, (20, 8, 6, 3)).astype(np.uint8)
    for split in ("train", "t10k"):
        (tmp_path / f"{split}-images-idx4-ubyte").write_bytes(idx(pixels))
        (tmp_path / f"{split}-labels-idx1-ubyte").write_bytes(idx(_LABELS.astype(np.uint8)))
    assert np.array_equal(read_folder(tmp_path).train.images, pixels.transpose(0, 3, 1, 2))


def binary_cifar(folder: Path, names: tuple[str, ...], texts: str, before: bytes) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"".join(before + bytes([at % 2]) + _COLOUR[at].tobytes() for at in range(20)))
    (folder / texts).write_text("plane\ncar\n")
    return folder


def test_binary_cifar_of_ten_and_of_a_hundred(tmp_path: Path) -> None:
    batches = ("data_batch_1.bin", "test_batch.bin")
    ten = binary_cifar(tmp_path / "10" / "cifar-10-batches-bin", batches, "batches.meta.txt", b"")
    hundred = binary_cifar(tmp_path / "100" / "x", ("train.bin", "test.bin"), "fine_label_names.txt", b"\7")
    with tarfile.open(tmp_path / "cifar10.tgz", "w:gz") as out:
        out.add(ten, "cifar-10-batches-bin")
    for where in (ten.parent, hundred.parent, tmp_path / "cifar10.tgz"):
        data = read_folder(where)
        assert data.train.class_names == ("plane", "car")
        assert np.array_equal(data.train.images.reshape(20, -1), _COLOUR)
        assert np.array_equal(data.train.labels, _LABELS)


def test_cifar_without_the_names_of_its_classes(tmp_path: Path) -> None:
    for name in ("data_batch_1", "test_batch"):
        (tmp_path / name).write_bytes(pickle.dumps({b"data": _COLOUR, b"labels": _LABELS.tolist()}, 2))
    assert read_folder(tmp_path).train.class_names == ("0", "1")


_PAIR: Arrays = {"images": _IMAGES, "labels": _LABELS}


@pytest.mark.parametrize(
    "arrays",
    [
        _PAIR | {"ids": np.arange(20)},
        {"trainX": _IMAGES, "trainY": _LABELS, "testX": _IMAGES[:4], "testY": _LABELS[:4]},
        {"x": _IMAGES / 255, "y": np.eye(2, dtype=bool)[_LABELS]},
        {"x": _IMAGES.astype(np.float16) / 255, "y": _LABELS},
        {"data": _IMAGES.astype(">i2"), "target": _LABELS.astype("f4")},
    ],
)
def test_pairs_of_arrays_under_many_names(tmp_path: Path, arrays: Arrays) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    assert len(read_folder(tmp_path).train) in (16, 20)


def test_training_and_test_in_a_file_each(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", x=_IMAGES, y=_LABELS)
    np.savez(tmp_path / "test.npz", x=_IMAGES[:4], y=_LABELS[:4])
    assert (len(read_folder(tmp_path).train), len(read_folder(tmp_path).test)) == (20, 4)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"x": np.zeros((20, 8, 8, 4), np.uint8), "y": _LABELS}, "are 20 × 8 × 8 × 4: neither 1 channel nor 3"),
        ({"x": _IMAGES.astype(complex), "y": _LABELS}, "are complex128"),
        ({"x": _IMAGES, "y": _LABELS / 3}, "neither whole numbers nor text"),
        ({"x": _IMAGES.reshape(20, 64), "y": _LABELS}, r"x.npz is without images \(N, H, W\)"),
        (
            {"x_train": _IMAGES, "y_train": _LABELS, "x_test": _IMAGES[:, :4], "y_test": _LABELS},
            "are 1 × 8 × 8 to learn and 1 × 4 × 8 to test",
        ),
        ({"x_test": _IMAGES, "y_test": _LABELS}, "no images with labels to train on"),
    ],
)
def test_arrays_that_cannot_be_trained_on_say_why(tmp_path: Path, arrays: Arrays, reason: str) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(CnnvizError, match=reason):
        read_folder(tmp_path)


def test_test_images_without_labels_are_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x_train=_IMAGES, y_train=_LABELS, x_test=_IMAGES)
    assert "The test pictures are left out: there are no labels beside them." in said(read_folder(tmp_path))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("train_32x32.mat", "a MATLAB file, such as SVHN's.*numpy.savez"),
        ("data.zip", "an archive. Unpack it"),
        ("training.pt", "a pickle, which can run any code"),
        ("data.h5", "an HDF5 file"),
        ("train.parquet", "of a form not read here"),
        ("cut.npz", "is damaged"),
    ],
)
def test_what_is_often_taken_for_data_is_called_what_it_is(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4 and so on")
    for where in (tmp_path, tmp_path / name):
        with pytest.raises(CnnvizError, match=reason):
            read_folder(where)


def test_pictures_without_labels_are_counted(tmp_path: Path) -> None:
    pictures(tmp_path, 3)
    with pytest.raises(CnnvizError, match=r"holds 3 pictures and nothing that says what they show\. .*labels\.csv"):
        read_folder(tmp_path)


@pytest.mark.parametrize("extreme", [3e38, 1e300, np.inf, np.nan])
@pytest.mark.filterwarnings("error")
def test_numbers_beyond_all_bounds_are_scaled_without_a_warning(extreme: float) -> None:
    values = np.array([[0.0, extreme, -extreme, 1.0]])
    assert eight_bits(values).dtype == np.uint8
    assert eight_bits(np.full((2, 2), abs(extreme))).max() == 0  # of one value nothing can be told


def pictures(folder: Path, count: int = 10) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("L", (8, 8), 20 * number).save(folder / f"{number}.png")


def rows(pattern: str, head: str = "", classes: tuple[str, str] = ("a", "b")) -> str:
    return head + "".join(pattern.format(n=number, c=classes[number % 2]) + "\n" for number in range(10))


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("labels.csv", rows("{n}.png,{c}", "Image,Label\n"), "utf-16"),
        ("labels.csv", rows("/home/somebody/img/{n}.png,{c}", "path,label\n"), "utf-8"),
        ("labels.csv", rows("C:\\Users\\x\\img\\{n}.png,{c}", "path,label\n"), "utf-8"),
        ("labels.csv", rows("../data/img/{n}.png,{c}", "path,label\n"), "utf-8"),
        ("labels.csv", rows("{n}.jpg,{c}", "id,label\n"), "utf-8"),
        ("labels.csv", rows("{n}.png|{c}", "file|cls\n"), "utf-8"),
        ("labels.csv", rows("{n}.png,{c}", "# made by hand\nimage,label\n"), "utf-8"),
        ("labels.csv", rows("{n}.png,{c},note", "image,label\n"), "utf-8"),
        ("labels.csv", rows("x{n}.png,{c}", "image,label\n") + rows("{n}.png,{c}"), "utf-8"),
        ("labels.txt", rows("{n}.png {c}"), "utf-8"),
        ("train_list.txt", rows("{n}.png\t{c}"), "utf-8"),
        ("metadata.jsonl", rows('{{"file_name": "{n}.png", "label": "{c}"}}'), "utf-8"),
    ],
)
def test_tables_of_many_makers(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    pictures(tmp_path / "img")
    (tmp_path / name).write_bytes(text.encode(encoding))
    data = read_folder(tmp_path)
    assert data.train.class_names == ("a", "b")
    assert np.array_equal(data.train.images[:, 0, 0, 0] // 20 % 2, data.train.labels)
    assert len(data.train) + len(data.test) == 10


def test_table_in_the_chinese_of_older_systems(tmp_path: Path) -> None:
    pictures(tmp_path / "img")
    (tmp_path / "标签.csv").write_bytes(rows("{n}.png,{c}", "文件,标签\n", ("狗", "猫")).encode("gbk"))
    assert read_folder(tmp_path).train.class_names == ("狗", "猫")


def test_names_in_the_bytes_of_an_older_system_are_found_by_a_table_in_the_same_bytes(tmp_path: Path) -> None:
    for number in range(10):
        Image.new("L", (8, 8)).save(tmp_path / f"caf\udce9{number}.png")
    (tmp_path / "labels.csv").write_bytes(rows("caf\udce9{n}.png,{c}").encode("utf-8", "surrogateescape"))
    assert read_folder(tmp_path).train.class_names == ("a", "b")


def test_table_of_the_training_means_the_pictures_of_the_training(tmp_path: Path) -> None:
    pictures(tmp_path / "train")
    pictures(tmp_path / "test", 3)
    (tmp_path / "train.csv").write_text(rows("{n}.png,{c}", "image,label\n"))
    data = read_folder(tmp_path)
    assert len(data.train) + len(data.test) == 10
    assert "Pictures that no table names, left out: 3." in said(data)


def test_lists_of_files_split_the_pictures_of_folders(tmp_path: Path) -> None:
    for label in "ab":
        pictures(tmp_path / "images" / label, 6)
    for split, numbers in (("train", range(4)), ("test", range(4, 6))):
        lines = [f"{label}/{number}\n" for label in "ab" for number in numbers]
        (tmp_path / f"{split}.txt").write_text("".join(lines))
    data = read_folder(tmp_path)
    assert (len(data.train), len(data.test)) == (8, 4)
    assert data.train.class_names == ("a", "b")


def test_rows_that_contradict_each_other_are_left_out_and_said(tmp_path: Path) -> None:
    pictures(tmp_path)
    (tmp_path / "labels.csv").write_text(rows("{n}.png,{c}", "image,label\n") + "0.png,b\n")
    data = read_folder(tmp_path)
    assert len(data.train) + len(data.test) == 9
    assert "contradict each other: 0.png." in said(data)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (rows("{n}.png,3{n},{c}", "image,age,kind\n"), "several columns, age, kind: which holds the classes"),
        (rows("{n}.png,0.{n}7", "image,score\n"), "column score is another for each picture"),
        (rows("{n}.png,0.5\n{n}.png,0.5", "image,score\n"), "column score holds measurements"),
        (rows("0000{n},{c}", "id,label\n"), "names none of 10 pictures"),
    ],
)
def test_table_that_does_not_tell_the_classes_says_why(tmp_path: Path, text: str, reason: str) -> None:
    pictures(tmp_path / "img")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(CnnvizError, match=reason):
        read_folder(tmp_path)
