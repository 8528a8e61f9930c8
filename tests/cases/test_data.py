"""Folders as users of comparable programs reported them, made small: the same by command line and in the window."""

from __future__ import annotations

import os
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot
from whole_data import read_folder

from cnnviz.__main__ import main
from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.page import TrainingPage
from cnnviz.training.data.image_data import TrainAndTest
from cnnviz.training.events import RunStarted
from cnnviz.training.recording import read_run
from cnnviz.zoo.catalog import resolve

Tree = dict[str, int]  # pictures in each folder
Make = Callable[[Path], Path]
_RANDOM = np.random.default_rng(0)
_AB = ("a", "b")


def fill(folder: Path | bytes, count: int, level: int, kind: str = "png", **how: object) -> None:
    """Grey noise of a narrow range: classes of differing levels are told apart at once."""
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103  of bytes too
    for number in range(count):
        pixels = _RANDOM.integers(level, level + 20, (10, 10)).astype(np.uint8)
        with open(os.path.join(os.fsencode(folder), f"{number}.{kind}".encode()), "wb") as out:  # noqa: PTH118, PTH123
            Image.fromarray(pixels).save(out, {"jpg": "JPEG"}.get(kind, kind), **how)


def tree(root: Path, folders: Tree) -> Path:
    """The same class has the same level on both sides."""
    levels: dict[str, int] = {}
    for name, count in folders.items():
        label = unicodedata.normalize("NFC", Path(name).name.casefold())
        fill(root / name, count, levels.setdefault(label, 60 * len(levels) % 240))
    return root


def both(train: str, test: str, classes: tuple[str, ...] = _AB) -> Tree:
    return {f"{train}/{each}": 4 for each in classes} | {f"{test}/{each}": 2 for each in classes}


def said(data: TrainAndTest) -> str:
    return " ".join(data.notices)


def counts(data: TrainAndTest) -> tuple[tuple[str, ...], list[int], list[int]]:
    """Names of the classes, and how many pictures of each are learned from and tested on."""
    names = data.train.class_names
    each = [np.bincount(part.labels, minlength=len(names)).tolist() for part in (data.train, data.test)]
    return names, each[0], each[1]


# The rows that were reported: each in the command line and in the window.


def sixteen_bit(root: Path, kind: str) -> Path:
    y, x = np.mgrid[0:28, 0:28]
    for number in range(20):
        for name, middle in (("left", 7), ("right", 20)):
            blob = np.exp(-((x - middle) ** 2 + (y - _RANDOM.uniform(8, 20)) ** 2) / 20)
            deep = (2000 + 50000 * blob).astype(np.uint16) if kind == "png" else (0.05 + 0.9 * blob).astype(np.float32)
            (root / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(deep).save(root / name / f"{number}.{kind}")
    return root


def bad_exif(root: Path) -> Path:
    turn = struct.pack("<HHIHH", 0x0112, 2, 4, 0x6973, 0x78)  # a text where a number belongs
    raw = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + turn + b"\0\0\0\0"
    for at, name in enumerate(_AB):
        fill(root / name, 5, 90 * at, "jpg", exif=raw)
    return root


def mac_companions(root: Path) -> Path:
    tree(root, {"a": 5, "b": 5, "__MACOSX/a": 0})
    for number in range(5):
        (root / "a" / f"._{number}.png").write_bytes(b"\0\5\x16\7" + bytes(100))
    (root / "b" / "Thumbs.db").write_bytes(b"x")
    return root


def latin1(root: Path) -> Path:
    top = os.fsencode(root) + b"/old \xe9"
    fill(top + b"/caf\xe9", 5, 0)
    fill(top + b"/th\xe9", 5, 120)
    return Path(os.fsdecode(top))


def idx_of(values: npt.NDArray[np.integer]) -> bytes:
    head = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(np.uint8).tobytes()


def emnist(root: Path, where: str = ".", prefix: str = "emnist-letters-", test: str = "test") -> Path:
    (root / where).mkdir(parents=True, exist_ok=True)
    for split, count in (("train", 52), (test, 26)):
        labels = np.arange(count) % 26 + 1
        images = labels[:, None, None] * 9 + _RANDOM.integers(0, 8, (count, 28, 28))
        (root / where / f"{prefix}{split}-images-idx3-ubyte").write_bytes(idx_of(images))
        (root / where / f"{prefix}{split}-labels-idx1-ubyte").write_bytes(idx_of(labels))
    return root


def torchvision_layout(root: Path) -> Path:
    emnist(root, "data/MNIST/raw", "", "t10k")
    (root / "data" / "MNIST" / "processed").mkdir()
    (root / "data" / "MNIST" / "processed" / "training.pt").write_bytes(b"PK\3\4")
    return root


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_picture(root: Path) -> Path:
    tree(root, {"a": 5, "b": 5})
    head = struct.pack(">IIBBBBB", 14_000, 14_000, 1, 0, 0, 0, 0)
    parts = (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"IDAT", b""), chunk(b"IEND", b""))
    (root / "a" / "scan.png").write_bytes(b"".join(parts))
    return root


def run_in_data(root: Path) -> Path:
    tree(root, {"a": 5, "b": 5, "first": 0, "old/second/pictures": 3})
    for where in ("first", "old/second", "."):
        for name in ("config.toml", "status.json", "environment.json", "log.txt"):
            (root / where / name).write_text("{}")
    return root


_TWO = (_AB, [4, 4], [1, 1])  # of five pictures each, a fifth for the test
_SPLIT = (_AB, [4, 4], [2, 2])
_LETTERS = (tuple(map(str, range(1, 27))), [2] * 26, [1] * 26)
# folder, what is found, what is said of it
_ROWS: dict[str, tuple[Make, tuple[tuple[str, ...], list[int], list[int]], str]] = {
    "sixteen_bit png": (lambda at: sixteen_bit(at, "png"), (("left", "right"), [16, 16], [4, 4]), "20% of each class"),
    "sixteen_bit float": (lambda at: sixteen_bit(at, "tiff"), (("left", "right"), [16, 16], [4, 4]), ""),
    "training_testing": (lambda at: tree(at, both("training", "testing")), _SPLIT, "training/ to learn, testing/ to"),
    "training_set": (lambda at: tree(at, both("training_set", "test_set")), _SPLIT, "test_set/ to test"),
    "dev": (lambda at: tree(at, both("Train", "dev")), _SPLIT, "dev/ to test"),
    "a_lacks": (lambda at: tree(at, {"train/a": 4, "train/b": 4, "test/b": 2}), (_AB, [4, 4], [0, 2]), "no picture of"),
    "b_more": (lambda at: tree(at, both("train", "test") | {"test/c": 3}), _SPLIT, "no such class: c (3)"),
    "c_case": (
        lambda at: tree(at, {"train/A": 4, "train/B": 4, "test/a": 2, "test/b": 2}),
        (("A", "B"), [4, 4], [2, 2]),
        "a is A, b is B",
    ),
    "unlabelled_test": (lambda at: tree(at, both("train", "val") | {"test/images": 5}), _SPLIT, "5 pictures have no"),
    "mac_companions": (mac_companions, _TWO, ""),
    "bad_exif": (bad_exif, _TWO, ""),
    "names": (latin1, (("caf\\xe9", "th\\xe9"), [4, 4], [1, 1]), ""),
    "torchvision_layout": (torchvision_layout, _LETTERS, ""),
    "emnist": (emnist, _LETTERS, ""),
    "huge_picture": (huge_picture, (_AB, [4, 4], [1, 1]), "too many pixels to be read safely: 14,000 × 14,000"),
    "run_in_data": (run_in_data, _TWO, "second/ is left out: it is a run"),
}  # fmt: skip
_POSIX = pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
_NAMES = [pytest.param(name, marks=_POSIX if name == "names" else ()) for name in _ROWS]


@pytest.mark.parametrize("name", _NAMES)
def test_reported_folder_is_read_and_what_was_decided_is_said(tmp_path: Path, name: str) -> None:
    make, expected, words = _ROWS[name]
    data = read_folder(make(tmp_path / "data"))
    names, train, test = counts(data)
    assert names == expected[0]
    assert np.abs(np.array(train) + test - np.array(expected[1]) - expected[2]).max() == 0
    assert name == "huge_picture" or (train, test) == expected[1:]
    assert words in said(data)
    assert "no pictures that can be read here" not in said(data)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("network") / "small.py"
    file.write_text(
        "from torch import nn\n"
        "input_shape = (1, 28, 28)\n"
        "def small(num_classes=10, in_channels=1):\n"
        "    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16 * in_channels, num_classes))\n"
    )
    return file


@pytest.mark.parametrize("name", _NAMES)
def test_reported_folder_trains_from_the_command_line(
    tmp_path: Path, name: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, expected, words = _ROWS[name]
    folder = make(tmp_path / "data")
    asked = ["--data", str(folder), "--epochs", "1", "--device", "cpu", "--run-dir", str(tmp_path / "run")]
    assert main(["train", f"{small}:small", *asked]) == 0
    printed = capsys.readouterr()
    assert words in printed.out + printed.err
    assert "Traceback" not in printed.err
    started = next(event for event in read_run(tmp_path / "run").events if isinstance(event, RunStarted))
    assert started.class_names == expected[0]


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Iterator[TrainingPage]:
    session = Session()
    session.announce_torch()
    session.set_spec(resolve("lenet"))
    made = TrainingPage(session)
    qtbot.addWidget(made)
    made.form.keep_runs_in(tmp_path / "runs")
    made.form.fields["epochs"].type_text("1")
    made.resize(1000, 760)
    made.show()
    yield made
    made.end()


@pytest.mark.parametrize("name", _NAMES)
def test_reported_folder_is_shown_and_trains_in_the_window(
    qtbot: QtBot, page: TrainingPage, tmp_path: Path, name: str
) -> None:
    make, expected, words = _ROWS[name]
    page.form.data.choose_folder(make(tmp_path / "data"))
    browser = page.view.browser
    qtbot.waitUntil(lambda: browser.model.contents is not None, timeout=10_000)
    assert browser.model.contents is not None
    assert browser.model.contents.class_names == expected[0]
    if name != "huge_picture":  # which only reading tells
        assert words in browser.notes.text() + browser.more_notes.text()
    with qtbot.waitSignal(page.run_ended, timeout=60_000):
        page.view.start_button.click()
    assert page.banner.text == ""
    assert page.view.state.text().startswith("Finished")
    assert words in page.view.notes.toolTip()


def test_file_of_arrays_is_chosen_in_the_window(qtbot: QtBot, page: TrainingPage, tmp_path: Path) -> None:
    for name in ("one", "two"):  # of two in a folder, one is given by its file
        np.savez(tmp_path / f"{name}.npz", x=_RANDOM.integers(0, 256, (20, 8, 8)).astype(np.uint8), y=np.arange(20) % 2)
    box = page.form.data.findChild(QComboBox)
    assert box is not None
    box.activated.emit(box.findText("File…"))
    dialog = page.form.data.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "two.npz"))
    dialog.close()
    browser = page.view.browser
    qtbot.waitUntil(lambda: browser.model.contents is not None, timeout=10_000)
    assert browser.model.contents is not None
    assert browser.model.contents.class_names == ("0", "1")


# Other members of the kinds.


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("trainA", "testA"), ("train", "hold-out"), ("train", "hold_out"), ("train_val", "test"), ("trainval", "test"),
        ("训练集", "测试集"), ("01_train", "02_test"), ("train_32x32", "test_32x32"),
        ("set/images/train", "set/images/val"),
        ("a/b/dataset/train/images", "a/b/dataset/test/images"), ("val", "test"), ("TrainingData", "TestData"),
    ],
)  # fmt: skip
def test_splits_by_other_names_are_no_classes(tmp_path: Path, train: str, test: str) -> None:
    assert counts(read_folder(tree(tmp_path, both(train, test)))) == _SPLIT


def test_what_is_beside_the_splits_is_said(tmp_path: Path) -> None:
    folders = both("train", "val") | {"validation/a": 3, "validation/b": 3, "extra/a": 2, "extra/b": 1}
    data = read_folder(tree(tmp_path, folders))
    assert counts(data) == _SPLIT
    assert "validation/ is left out (6 pictures): val/ is taken for that." in said(data)
    assert "extra/ is left out (3 pictures): is it to learn, or to test?" in said(data)


def test_split_of_an_unknown_name_is_no_class_where_the_classes_lie_in_it(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {f"{split}/{each}": 5 for split in ("train", "unseen") for each in _AB}))
    assert counts(data) == _TWO
    assert "unseen/ is left out (10 pictures)" in said(data)


def test_data_below_a_folder_with_something_else_beside(tmp_path: Path) -> None:
    data = read_folder(
        tree(tmp_path, {f"data/{name}": count for name, count in both("train", "val").items()} | {"docs": 1})
    )
    assert counts(data) == _SPLIT
    assert "The data are those of data/. Left out beside it: 1 picture." in said(data)


@pytest.mark.parametrize("splits", [("train", "test"), ("train", "test1"), ("train", "val", "test")])
def test_splits_without_folders_of_classes_are_no_classes(tmp_path: Path, splits: tuple[str, ...]) -> None:
    with pytest.raises(CnnvizError, match="hold pictures, and no folders of classes that say what they show"):
        read_folder(tree(tmp_path, dict.fromkeys(splits, 5)))


def test_folds_are_taken_as_classes_and_that_is_said(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {f"fold_{fold}/{each}": 5 for fold in range(3) for each in _AB}))
    assert "though folders of the same names lie in each of them (a/, b/)" in said(data)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Golden Retriever", "golden_retriever"), ("café", unicodedata.normalize("NFD", "Café")), ("cat ", "cat"),
        ("3", "003"), ("class 1", "Class-01"),
    ],
)  # fmt: skip
def test_two_spellings_of_a_class_are_one(tmp_path: Path, train: str, test: str) -> None:
    folders = {f"train/{train}": 4, "train/zebra": 4, f"test/{test}": 2, "test/zebra": 2}
    for at, (name, count) in enumerate(folders.items()):
        fill(tmp_path / name, count, 90 * (at % 2))
    data = read_folder(tmp_path)
    assert (len(data.train), len(data.test)) == (8, 4)
    assert "Spelled otherwise in test/" in said(data)


@pytest.mark.parametrize("pair", [("-1", "1"), ("a", "b"), ("1.5", "15")])
def test_two_classes_stay_two(tmp_path: Path, pair: tuple[str, str]) -> None:
    data = read_folder(tree(tmp_path, {f"train/{pair[0]}": 5, "train/z": 5, f"test/{pair[1]}": 2, "test/z": 2}))
    assert f"no such class: {pair[1]} (2)" in said(data)


def test_classes_of_which_none_was_learned_are_not_called_unlabelled(tmp_path: Path) -> None:
    data = read_folder(tree(tmp_path, {"train/a": 5, "train/b": 5, "test/c": 2, "test/d": 2}))
    assert "test/ is left out (4 pictures): its classes, c, d, are none of train/." in said(data)


def test_links_to_nowhere_and_to_themselves_cost_themselves_alone(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a": 5, "b": 5})
    (folder / "a" / "itself.png").symlink_to(folder / "a" / "itself.png")
    (folder / "a" / "gone.png").symlink_to(folder / "nowhere.png")
    data = read_folder(folder)
    assert counts(data) == _TWO
    assert "these links lead nowhere: gone.png, itself.png" in said(data)


def test_what_systems_leave_beside_pictures_is_no_picture(tmp_path: Path) -> None:
    folder = tree(
        tmp_path, {"a": 5, "b": 5, "#recycle": 3, "a/@eaDir": 2, "b/.ipynb_checkpoints": 2, ".AppleDouble": 1}
    )
    picture = (folder / "a" / "0.png").read_bytes()
    for name in ("0.png~", "~$0.png", "ehthumbs.db", "Picasa.ini", "._1.png"):
        (folder / "a" / name).write_bytes(picture)
    assert counts(read_folder(folder)) == _TWO


def test_a_broken_picture_costs_itself_and_not_the_run(tmp_path: Path) -> None:
    for number in range(5):  # whichever of them is kept for the test
        folder = tree(tmp_path / str(number), {"a": 5, "b": 5})
        (folder / "a" / f"{number}.png").write_bytes(b"")
        data = read_folder(folder)
        assert len(data.train) + len(data.test) == 9
        assert f"{number}.png is empty" in said(data)
