"""Which data sets there are and where they are looked for. No torch here: the training form fills at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from cnnviz.assets import asset
from cnnviz.errors import CnnvizError
from cnnviz.pictures.samples import FASHION_MNIST_CLASSES
from cnnviz.places import data_sets_folder

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
IDX_FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

_SYSTEM_FOLDER = Path("/usr/share/datasets")  # where Debian's dataset-* packages put theirs


@dataclass(frozen=True, slots=True)
class DataSet:
    """Labelled pictures that can be trained on by name."""

    name: str  # "fashion-mnist"
    title: str  # "Fashion-MNIST"
    num_classes: int
    channels: int
    size: int  # pixels, height and width
    class_names: tuple[str, ...]
    train_images: int
    test_images: int
    note: str  # where it comes from, for the form
    checksums: tuple[str, str, str, str] | None = None  # md5 of each of IDX_FILES, decompressed
    mirrors: tuple[str, ...] = ()  # addresses of the folder that holds IDX_FILES with ".gz"; empty: ships with us


DATA_SETS: tuple[DataSet, ...] = (
    DataSet(
        name="fashion-mnist-sample",
        title="Fashion-MNIST sample",
        num_classes=10,
        channels=1,
        size=28,
        class_names=FASHION_MNIST_CLASSES,
        train_images=10_000,
        test_images=2_000,
        note="Every class alike, a sixth of Fashion-MNIST. Ships with cnnviz.",
    ),
    DataSet(
        name="fashion-mnist",
        title="Fashion-MNIST",
        num_classes=10,
        channels=1,
        size=28,
        class_names=FASHION_MNIST_CLASSES,
        train_images=60_000,
        test_images=10_000,
        note="Zalando Research, 2017, arXiv:1708.07747. 31 MB to download where it is not on disk.",
        checksums=(
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
    ),
    DataSet(
        name="mnist",
        title="MNIST",
        num_classes=10,
        channels=1,
        size=28,
        class_names=tuple("0123456789"),
        train_images=60_000,
        test_images=10_000,
        note="LeCun, Cortes and Burges: handwritten digits. 12 MB to download where it is not on disk.",
        checksums=(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/",),
    ),
)


def find_data_set(name: str) -> DataSet:
    """Return the data set of this name.

    Raises:
        CnnvizError: there is none; the hint names the nearest ones.
    """
    known = {data_set.name: data_set for data_set in DATA_SETS}
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=2, cutoff=0.5) or list(known)
        hint = f"Choose {' or '.join(near)}, or give a folder of pictures or of IDX files."
        raise CnnvizError(f"There are no data named {name!r}.", hint)
    return known[name]


def locate(data_set: DataSet) -> Path | None:
    """Return the folder on this machine that holds all four files of ``data_set``, or None."""
    if not data_set.mirrors:
        return asset(f"data/{data_set.name}")
    folders = (data_sets_folder() / data_set.name, _SYSTEM_FOLDER / data_set.name)
    return next((folder for folder in folders if holds_idx(folder)), None)


def holds_idx(folder: Path) -> bool:
    """Return whether ``folder`` holds the four IDX files, compressed or not."""
    return all(idx_file(folder, name) is not None for name in IDX_FILES)


def idx_file(folder: Path, name: str) -> Path | None:
    """Return the file of this IDX name in ``folder``: plain or .gz, also in the spelling "train-images.idx3-ubyte"."""
    spellings = (name, name.replace("-idx", ".idx"))
    candidates = (folder / f"{spelling}{end}" for spelling in spellings for end in ("", ".gz"))
    return next((file for file in candidates if file.is_file()), None)
