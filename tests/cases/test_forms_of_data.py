"""Data as popular sources hand them out, made small: each picture shows what its source says, or it is refused."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from whole_data import read_folder

from cnnviz.errors import CnnvizError

Make = Callable[[Path], None]
Numbers = npt.NDArray[np.uint8]
_RANDOM = np.random.default_rng(0)
_LEVEL = 80  # between the greys of two classes


def grey(label: int, size: tuple[int, ...] = (10, 10)) -> Numbers:
    return (label * _LEVEL + _RANDOM.integers(0, 20, size)).astype(np.uint8)


def picture(file: Path, label: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey(label)).save(file)


def numbered(folder: Path, name: str = "{:03}.png", count: int = 12) -> None:
    """Pictures of two classes in turn."""
    for at in range(count):
        picture(folder / name.format(at), at % 2)


def table(text: str, row: Callable[[int], str], count: int = 12) -> str:
    return text + "".join(row(at) + "\n" for at in range(count))


def with_table(name: str, text: str, encoding: str = "utf-8", pictures: str = "{:03}.png") -> Make:
    def make(root: Path) -> None:
        numbered(root, pictures)
        (root / name).write_bytes(text.encode(encoding))

    return make


def tiny_imagenet(root: Path) -> None:
    for at in range(12):
        picture(root / "train" / f"n{at % 2}" / "images" / f"n{at % 2}_{at}.png", at % 2)
    numbered(root / "val" / "images", "val_{}.png")
    (root / "val" / "val_annotations.txt").write_text(table("", lambda at: f"val_{at}.png\tn{at % 2}\t0\t0\t9\t{at}"))
    (root / "wnids.txt").write_text("n0\nn1\n")
    picture(root / "test" / "images" / "test_0.png", 0)


def gtsrb(root: Path) -> None:
    for at in range(12):
        picture(root / "Train" / str(at % 2) / f"{at}.png", at % 2)
    numbered(root / "Test", "{:05}.png")
    numbered(root / "Meta", "{}.png", 2)
    for split, row in (("Train", "{c}/{at}.png"), ("Test", "{at:05}.png")):
        rows = [f"9,9,{at % 2},{split}/" + row.format(at=at, c=at % 2) for at in range(12)]
        text = table("Width,Height,ClassId,Path\n", rows.__getitem__)
        (root / f"{split}.csv").write_text(text)
    (root / "Meta.csv").write_text("Path,ClassId\nMeta/0.png,0\nMeta/1.png,1\n")


def dogs_and_cats(root: Path) -> None:
    for at in range(12):
        picture(root / "train" / f"{('cat', 'dog')[at % 2]}.{at}.png", at % 2)
    numbered(root / "test1", "{}.png", 4)


def pixels(name: str, head: str, row: str) -> Make:
    def make(root: Path) -> None:
        text = table(head, lambda at: row.format(at % 2, ",".join(map(str, grey(at % 2, (256,))))))
        (root / name).write_text(text)

    return make


def kaggles_mnist(root: Path) -> None:
    names = ",".join(f"pixel{at}" for at in range(256))
    pixels("train.csv", f"label,{names}\n", "{},{}")(root)
    (root / "test.csv").write_text(table(f"{names}\n", lambda at: ",".join(map(str, grey(at % 2, (256,))))))


def fer(root: Path) -> None:
    def row(at: int) -> str:
        return f"{at % 2},{' '.join(map(str, grey(at % 2, (256,))))},{'Training' if at < 8 else 'PrivateTest'}"

    (root / "fer2013.csv").write_text(table("emotion,pixels,Usage\n", row))


def idx(values: Numbers) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def unpacked_idx(root: Path, beside: bool) -> None:
    """Each file in a folder that is called as it is, and perhaps beside that folder."""
    labels = np.arange(12, dtype=np.uint8) % 2
    images = np.stack([grey(int(label)) for label in labels])
    for split in ("train", "t10k"):
        for name, values in ((f"{split}-images-idx3-ubyte", images), (f"{split}-labels-idx1-ubyte", labels)):
            (root / name).mkdir(parents=True)
            (root / name / name).write_bytes(idx(values))
            if beside:
                (root / name.replace("-idx", ".idx")).write_bytes(idx(values))


def arrays(kind: str, **more: object) -> Make:
    def make(root: Path) -> None:
        labels = np.arange(12) % 2
        images = np.stack([grey(int(label)) for label in labels]).astype(kind)
        np.savez(root / "d.npz", images=images, labels=labels, **more)

    return make


def called(root: Path, name: str) -> None:
    for at in range(12):
        picture(root / name.format(("cat", "dog")[at % 2], at // 2), at % 2)


def sizes(root: Path) -> None:
    for at in range(12):
        picture(root / ("cat", "dog")[at % 2] / f"{at}.png", at % 2)
    (root / "sizes.csv").write_text(
        table("path,bytes\n", lambda at: f"{('cat', 'dog')[at % 2]}/{at}.png,{900 * (at % 3)}")
    )


def colours(root: Path) -> None:
    names = ",".join(f"pixel{at:04}" for at in range(3 * 64))
    text = table(f"{names},label\n", lambda at: ",".join(map(str, grey(at % 2, (3 * 64,)))) + f",{at % 2}")
    (root / "hmnist_8_8_RGB.csv").write_text(text)


def nested(root: Path) -> None:
    for at in range(12):
        picture(root / ("cat", "dog")[at % 2] / f"{at % 3}" / f"{at}.png", at % 2)


# what is made, names of the two classes, what is said of it
_FORMS: dict[str, tuple[Make, tuple[str, str], str]] = {
    "Tiny ImageNet": (tiny_imagenet, ("n0", "n1"), "no table names, of the classes that their folders say: 12."),
    "GTSRB": (gtsrb, ("0", "1"), "Pictures that no table names, left out: 2."),
    "dogs and cats": (dogs_and_cats, ("cat", "dog"), "Left out of test1/, for their names say no class: 4 pictures."),
    "MNIST of Kaggle": (kaggles_mnist, ("0", "1"), "test.csv is left out: it has no labels."),
    "pixels without a head": (pixels("train.csv", "", "{},{}"), ("0", "1"), "column the first as their labels"),
    "FER-2013": (fer, ("0", "1"), "The splits are those of fer2013.csv, column Usage."),
    "IDX in folders": (lambda root: unpacked_idx(root, beside=False), ("0", "1"), ""),
    "IDX in folders and beside": (lambda root: unpacked_idx(root, beside=True), ("0", "1"), ""),
    "bytes as 16 bits": (arrays(">u2"), ("0", "1"), ""),
    "16 bits": (arrays("u2", z=np.ones(12)), ("0", "1"), "Arrays in d.npz that are not used: z."),
    "names in an array": (arrays("u1", class_names=np.array(["ant", "bee"])), ("ant", "bee"), ""),
    "folders below": (nested, ("cat", "dog"), "are of that class: cat/0, cat/1, cat/2, dog/0, dog/1 and 1 more."),
    "is_train": (
        with_table("x.csv", table("file,label,is_train\n", lambda at: f"{at:03}.png,{at % 2},{int(at < 8)}")),
        ("0", "1"),
        "The splits are those of x.csv, column is_train.",
    ),
    "columns beside": (
        with_table("x.csv", table("image_id,age,dx\n", lambda at: f"{at:03},4{at},{('mel', 'nv')[at % 2]}")),
        ("mel", "nv"),
        "Columns of x.csv that are not used: age.",
    ),
    "index that is a picture's": (
        with_table("x.csv", table("n,file,label\n", lambda at: f"{at},{11 - at}.png,{1 - at % 2}"), pictures="{}.png"),
        ("0", "1"),
        "not used: n.",
    ),
    "spaces in paths": (
        with_table("labels.txt", table("", lambda at: f"my photos/{at}.png {at % 2}"), pictures="my photos/{}.png"),
        ("0", "1"),
        "",
    ),
    "sizes beside folders": (sizes, ("cat", "dog"), ""),
    "several numbers in a name": (lambda root: called(root, "{}_{}_7.png"), ("cat", "dog"), "begin with: cat, dog."),
    "colours side by side": (colours, ("0", "1"), "column label as their labels"),
    "truth as one-hot": (
        with_table("x.csv", table("image,a,b\n", lambda at: f"{at:03},{at % 2 == 0},{at % 2 == 1}")), ("a", "b"), ""
    ),
    "Western letters": (
        with_table("x.csv", table("file,label\n", lambda at: f"{at:03}.png,{'éà'[at % 2]}t"), "cp1252"),
        ("ét", "àt"),
        "",
    ),
    "Chinese letters": (
        with_table("x.csv", table("文件,类别\n", lambda at: f"{at:03}.png,{'猫狗'[at % 2]}"), "gbk"), ("猫", "狗"), ""
    ),
    "UTF-16 without its mark": (
        with_table("x.csv", table("file,label\n", lambda at: f"{at:03}.png,{at % 2}"), "utf-16-le"), ("0", "1"), ""
    ),
    "names with a hash": (
        with_table("x.csv", table("file,label\n", lambda at: f"#{at}.png,{at % 2}"), pictures="#{}.png"), ("0", "1"), ""
    ),
    "JSON object": (
        with_table("labels.json", json.dumps({f"{at:03}.png": "ab"[at % 2] for at in range(12)})), ("a", "b"), ""
    ),
    "JSON list": (
        with_table("labels.json", json.dumps([{"file": f"{at:03}.png", "label": at % 2} for at in range(12)])),
        ("0", "1"),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _FORMS)
def test_each_picture_shows_what_its_source_says(tmp_path: Path, name: str) -> None:
    make, classes, said = _FORMS[name]
    make(tmp_path)
    data = read_folder(tmp_path)
    assert {*data.train.class_names} == {*classes}
    for half in (data.train, data.test):
        assert len(half.labels) > 0
        for image, label in zip(half.images, half.labels, strict=True):
            assert round((image.mean() - 10) / _LEVEL) == classes.index(data.train.class_names[label])
    assert said in " ".join(data.notices)
    if name in ("is_train", "FER-2013"):
        assert (len(data.train.labels), len(data.test.labels)) == (8, 4)


def test_several_classes_in_a_cell_are_said_to_be_one(tmp_path: Path) -> None:
    with_table("x.csv", table("file,label\n", lambda at: f"{at:03}.png,{('a', 'a b', 'b', 'b')[at % 4]}"))(tmp_path)
    assert "names several classes of a picture, which are one class each here: a b." in " ".join(
        read_folder(tmp_path).notices
    )


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("train/{}.png", "test/{}.png"), "hold pictures, and no folders of classes"),
        (("images/train/{}.png", "images/val/{}.png"), "hold pictures, and no folders of classes"),
        (("IMG_{}.png", "DSC_{}.png"), "nothing that says what they show"),
        (("a0b{}.png", "a1b{}.png"), "nothing that says what they show"),
        (("a{}.png", "a{}.jpg"), "nothing that says what they show"),
    ],
)
def test_pictures_of_which_nothing_says_what_they_show_are_refused(
    tmp_path: Path, names: tuple[str, str], reason: str
) -> None:
    for at in range(12):
        picture(tmp_path / names[at % 2].format(at), at % 2)
    with pytest.raises(CnnvizError, match=reason):
        read_folder(tmp_path)


def test_row_of_pixels_that_is_none_is_named(tmp_path: Path) -> None:
    kaggles_mnist(tmp_path)
    with (tmp_path / "train.csv").open("a") as out:
        out.write("1,2,3\n")
    with pytest.raises(CnnvizError, match="a row among the rows 1 to 13 that is no picture of 16 pixels a side"):
        read_folder(tmp_path)


def test_batches_of_cifar_that_are_not_there_are_named(tmp_path: Path) -> None:
    for name in ("data_batch_1", "data_batch_3", "test_batch"):
        content = {b"data": np.zeros((4, 3072), np.uint8), b"labels": [0, 1, 0, 1]}
        (tmp_path / name).write_bytes(pickle.dumps(content, 2))
    assert "not learned from: data_batch_2, data_batch_4, data_batch_5." in " ".join(read_folder(tmp_path).notices)


def test_rows_of_differing_length_are_named(tmp_path: Path) -> None:
    kaggles_mnist(tmp_path)
    with (tmp_path / "train.csv").open("a") as out:
        out.write("1," + ",".join(["7"] * 300) + "\n")
    with pytest.raises(CnnvizError, match="a row among the rows 1 to 13 that is no picture"):
        read_folder(tmp_path)
