"""Data of known layouts: IDX by other names, CIFAR, NumPy's files, a table of labels. And what a new layout touches."""

from __future__ import annotations

import io
import pickle
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from idx_content import idx_arrays, idx_bytes
from PIL import Image
from whole_data import drained, read_data_set, read_folder

import cnnviz
from cnnviz.errors import CnnvizError
from cnnviz.training.control import Control
from cnnviz.training.data import cifar_batches, data_sets, layouts
from cnnviz.training.data.data_sets import DATA_SETS, LAYOUTS, DataSet, find_data_set
from cnnviz.training.data.folder_tree import walk
from cnnviz.training.data.labelled import Part, Source
from cnnviz.training.data.obtaining import find

RANDOM = np.random.default_rng(0)


def write_idx(folder: Path, prefix: str = "", test: str = "t10k", shift: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in idx_arrays().items():
        called = prefix + name.replace("t10k", test)
        (folder / called).write_bytes(idx_bytes(values + shift if values.ndim == 1 else values))
    return folder


@pytest.mark.parametrize("where", ["FashionMNIST/raw", "data/MNIST/raw", "."])
def test_raw_folder_of_torchvision_is_found_below(tmp_path: Path, where: str) -> None:
    write_idx(tmp_path / where)
    (tmp_path / "processed").mkdir()
    (tmp_path / "processed" / "training.pt").write_bytes(b"PK\3\4")
    assert len(read_folder(tmp_path).train) == 12


def test_labels_that_begin_with_one_are_the_names_of_the_classes(tmp_path: Path) -> None:
    data = read_folder(write_idx(tmp_path, "emnist-letters-", "test", shift=1))
    assert data.train.class_names == ("1", "2", "3")
    assert data.train.labels.tolist() == idx_arrays()["train-labels-idx1-ubyte"].tolist()


def test_of_several_sets_in_one_folder_one_is_given_by_name(tmp_path: Path) -> None:
    for name in ("emnist-letters", "emnist-digits"):
        write_idx(tmp_path, f"{name}-", "test")
    with pytest.raises(CnnvizError, match="holds 2 sets of data: emnist-digits, emnist-letters"):
        read_folder(tmp_path)
    assert len(read_folder(tmp_path / "emnist-letters").train) == 12


def test_training_files_alone_leave_a_fifth_for_the_test(tmp_path: Path) -> None:
    for file in write_idx(tmp_path).glob("t10k*"):
        file.unlink()
    assert (len(read_folder(tmp_path).train), len(read_folder(tmp_path).test)) == (9, 3)


def cifar(names: tuple[str, ...], key: str, protocol: int) -> dict[str, bytes]:
    """The files of a small CIFAR by name; each batch holds two pictures of each class."""
    files = {}
    for batch in (*names[:-1], names[-1]):
        labels = [0, 1, 2, 0, 1, 2]
        pixels = RANDOM.integers(0, 256, (6, 3072)).astype(np.uint8)
        files[batch] = pickle.dumps({b"data": pixels, key.encode(): labels, b"batch_label": b"x"}, protocol)
    meta = "meta" if names[0] == "train" else "batches.meta"
    label_names = {"labels": "label_names", "fine_labels": "fine_label_names"}[key]
    return files | {meta: pickle.dumps({label_names.encode(): [b"plane", b"car", b"bird"]}, protocol)}


CIFAR = [(("data_batch_1", "data_batch_2", "test_batch"), "labels", 12), (("train", "test"), "fine_labels", 6)]


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(("names", "key", "count"), CIFAR)
def test_cifar_is_read_from_its_folder_and_its_archive(tmp_path: Path, names, key, count, protocol) -> None:
    files = cifar(names, key, protocol)
    folder, archive = tmp_path / "folder" / "cifar-10-batches-py", tmp_path / "archive" / "cifar-10-python.tar.gz"
    folder.mkdir(parents=True)
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as out:
        for name, content in files.items():
            (folder / name).write_bytes(content)
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    data, again = read_folder(folder.parent), read_folder(archive)
    assert data.train.class_names == ("plane", "car", "bird")
    assert data.train.images.shape == (count, 3, 32, 32)
    assert np.array_equal(data.train.images, again.train.images)
    first = pickle.loads(files[names[0]])[b"data"][0]
    assert np.array_equal(data.train.images[0].reshape(-1), first)


def test_a_batch_that_was_changed_after_it_was_unpacked_is_not_the_named_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, content in cifar(*CIFAR[0][:2], 4).items():
        (folder / name).write_bytes(content)
    tree = walk(tmp_path)
    with pytest.raises(CnnvizError, match=r"batches.meta is not the file it should be"):
        list(cifar_batches.read(folder, tree, find_data_set("cifar10")))


class Evil:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return Path, ("/evil",)


@pytest.mark.parametrize("evil", [{"data": Evil(), "labels": []}, Evil(), {"data": np.array([print]), "labels": [0]}])
def test_pickle_that_asks_for_anything_else_is_refused(tmp_path: Path, evil: object) -> None:
    for name, content in cifar(*CIFAR[0][:2], 4).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(evil))
    with pytest.raises(CnnvizError, match=r"something else than CIFAR"):
        read_folder(tmp_path)


IMAGES = RANDOM.integers(0, 256, (20, 8, 8)).astype(np.uint8)
LABELS = np.arange(20) % 2


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (IMAGES, LABELS), (IMAGES[..., None], LABELS[:, None]), (IMAGES[:, None], LABELS.astype(float)),
        (IMAGES / 255, np.eye(2)[LABELS]), (IMAGES.astype(np.int64), np.array(["a", "b"])[LABELS]),
        (IMAGES.astype(np.uint16) * 257, LABELS),
    ],
)  # fmt: skip
def test_arrays_of_any_number_and_layout_are_the_same_pictures(tmp_path: Path, images, labels) -> None:
    np.savez(tmp_path / "x.npz", x_train=images, y_train=labels, x_test=images[:4], y_test=labels[:4])
    for where in (tmp_path, tmp_path / "x.npz"):
        data = read_folder(where)
        assert np.array_equal(data.train.images[:, 0], IMAGES)
        assert np.array_equal(data.train.labels, LABELS)
        assert len(data.test) == 4


@pytest.mark.parametrize("names", [("images", "labels"), ("arr_0", "arr_1"), ("X", "y")])
def test_a_single_pair_of_arrays_is_split(tmp_path: Path, names: tuple[str, str]) -> None:
    np.savez(tmp_path / "x.npz", **dict(zip(names, (IMAGES, LABELS), strict=True)))
    assert (len(read_folder(tmp_path).train), len(read_folder(tmp_path).test)) == (16, 4)


def test_arrays_in_files_beside_each_other(tmp_path: Path) -> None:
    for split, count in (("train", 20), ("test", 4)):
        np.savez(tmp_path / f"k49-{split}-imgs.npz", arr_0=IMAGES[:count])
        np.savez(tmp_path / f"k49-{split}-labels.npz", arr_0=LABELS[:count])
    assert (len(read_folder(tmp_path).train), len(read_folder(tmp_path).test)) == (20, 4)


def test_validation_of_medmnist_is_said_to_be_left_out(tmp_path: Path) -> None:
    arrays = {}
    for split, count in (("train", 20), ("val", 6), ("test", 4)):
        arrays |= {f"{split}_images": np.stack([IMAGES[:count]] * 3, -1), f"{split}_labels": LABELS[:count, None]}
    np.savez(tmp_path / "pathmnist.npz", **arrays)
    data = read_folder(tmp_path)
    assert data.train.images.shape == (20, 3, 8, 8)
    assert len(data.test) == 4
    assert "val pictures are left out" in " ".join(data.notices)


def test_arrays_that_need_unpickling_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=IMAGES, y=np.array([Path("a")] * 20, object))
    with pytest.raises(CnnvizError, match=r"unpickling"):
        read_folder(tmp_path / "x.npz")


def pictures(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.new("L", (8, 8), 10 * number).save(folder / name)


NAMES = [f"{number}.png" for number in range(10)]


@pytest.mark.parametrize(
    "table",
    [
        "id,label\n" + "".join(f"{number}.png,{'ab'[number % 2]}\n" for number in range(10)),
        "\ufefffile_name;width;class\n"
        + "".join(f"images/{number}.png;8;{'ab'[number % 2]}\n" for number in range(10)),
        "".join(f"{number},{'ab'[number % 2]}\n" for number in range(10)),
        "image\ta\tb\n" + "".join(f"{number}\t{1 - number % 2}\t{number % 2}.0\n" for number in range(10)),
    ],
)
def test_table_beside_pictures_tells_their_classes(tmp_path: Path, table: str) -> None:
    pictures(tmp_path / "images", NAMES)
    (tmp_path / ("labels.tsv" if "\t" in table else "labels.csv")).write_text(table, "utf-8")
    data = read_folder(tmp_path)
    assert data.train.class_names == ("a", "b")
    assert (len(data.train), len(data.test)) == (8, 2)
    dark = data.train.images[:, 0, 0, 0] // 10 % 2
    assert np.array_equal(dark, data.train.labels)


def test_table_with_a_column_of_splits_and_one_in_each_folder(tmp_path: Path) -> None:
    column, each = tmp_path / "column", tmp_path / "each"
    pictures(column, NAMES)
    rows = [f"{number}.png,{number % 2},{'train' if number < 6 else 'validation'}" for number in range(10)]
    (column / "labels.csv").write_text("\n".join(["file,label,split", *rows, "gone.png,1,train"]))
    data = read_folder(column)
    assert (len(data.train), len(data.test)) == (6, 4)
    assert "Rows of labels.csv without a picture here, or without a label: 1." in " ".join(data.notices)
    for split, count in (("train", 6), ("test", 4)):
        pictures(each / split, NAMES[:count])
        rows = [f"{number}.png,{'ab'[number % 2]}" for number in range(count)]
        (each / split / "metadata.csv").write_text("\n".join(["file_name,label", *rows]))
    data = read_folder(each)
    assert (len(data.train), len(data.test)) == (6, 4)


def test_table_that_names_no_pictures_leaves_the_folders_to_tell(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pictures(tmp_path / name, NAMES)
    (tmp_path / "results.csv").write_text("id,score\n" + "".join(f"{number},{number}\n" for number in range(10)))
    assert read_folder(tmp_path).train.class_names == ("a", "b")


def test_new_layout_is_one_module_and_one_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = ModuleType("cnnviz.training.data.new_layout")
    part = Part(np.zeros((4, 3, 32, 32), np.uint8), np.arange(4) % 2)

    def read(place: Path, tree: object, data_set: DataSet | None):
        yield 0.5
        return Source(data_set.title if data_set else place.name, ("a", "b"), part, part)

    module.places = lambda tree: [tree.path] if "new.bin" in tree.files else []  # type: ignore[attr-defined]
    module.read = read  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(layouts, "LAYOUTS", (*LAYOUTS, "new_layout"))
    row = DataSet("new", "New", 2, 3, 32, ("a", "b"), 4, 4, "", layout="new_layout", mirrors=("http://unused/",))
    monkeypatch.setattr(data_sets, "DATA_SETS", (row, *DATA_SETS))
    monkeypatch.setattr("cnnviz.training.data.data_names.DATA_SETS", (row, *DATA_SETS))
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "new.bin").write_bytes(b"")
    assert drained(find("new", Control()))[1].title == "New"
    assert drained(find(str(tmp_path / "new"), Control()))[1].title == "new"
    assert len(read_data_set(row, tmp_path / "new").train) == 4


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_is_named_in_its_own_module_and_in_the_list_alone(layout: str) -> None:
    package = Path(cnnviz.__file__).parent
    files = [file for file in package.rglob("*.py") if file.parent.name != "takeaway"]  # a script may do without it
    naming = [file.name for file in files if layout in file.read_text("utf-8")]
    touched = {f"{layout}.py", *naming}
    assert len(touched) <= 2, touched
