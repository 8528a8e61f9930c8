"""Which data sets there are and where they are looked for. No torch here: the training form fills at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from cnnviz.assets import asset
from cnnviz.errors import CnnvizError
from cnnviz.pictures.samples import FASHION_MNIST_CLASSES
from cnnviz.places import data_sets_folder

# The layouts that data of the user's may have, in the order in which they are looked for: modules of this package.
LAYOUTS = (
    "idx_files", "cifar_batches", "array_files", "labels_table", "pixels_table", "picture_names", "picture_folder"
)  # fmt: skip

_SYSTEM_FOLDER = Path("/usr/share/datasets")  # where Debian's dataset-* packages put theirs


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that can be downloaded."""

    name: str
    md5: str  # of the file, or of what it holds decompressed: mirrors compress the same data differently


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
    layout: str = "idx_files"  # which of LAYOUTS reads it
    files: tuple[RemoteFile, ...] = ()
    unpacked: tuple[RemoteFile, ...] = ()  # what lies in an archive among ``files``
    mirrors: tuple[str, ...] = ()  # addresses of the folder that holds the files; empty: ships with us

    def folders(self) -> tuple[Path, ...]:
        """Return where on this machine it may lie."""
        if not self.mirrors:
            return (asset(f"data/{self.name}"),)
        return data_sets_folder() / self.name, _SYSTEM_FOLDER / self.name

    def checksum(self, file: Path) -> str | None:
        """Return the md5 that a file of the set must have, plain or compressed; None where none is known."""
        known = (*self.files, *self.unpacked)
        return next((each.md5 for each in known if _plain_name(each.name) == _plain_name(file.name)), None)


def idx_quadruple(*checksums: str) -> tuple[RemoteFile, ...]:
    """Return MNIST's four files: training images and labels, test images and labels."""
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    return tuple(RemoteFile(f"{name}-ubyte.gz", md5) for name, md5 in zip(names, checksums, strict=True))


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
        files=idx_quadruple(
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
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
        files=idx_quadruple(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/",),
    ),
    DataSet(
        name="kmnist",
        title="Kuzushiji-MNIST",
        num_classes=10,
        channels=1,
        size=28,
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        train_images=60_000,
        test_images=10_000,
        note="Clanuwat et al., 2018, arXiv:1812.01718: cursive Japanese. 21 MB to download where it is not on disk.",
        files=idx_quadruple(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    ),
    DataSet(
        name="cifar10",
        title="CIFAR-10",
        num_classes=10,
        channels=3,
        size=32,
        class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        train_images=50_000,
        test_images=10_000,
        note="Krizhevsky, 2009: small photographs. 170 MB to download where it is not on disk.",
        layout="cifar_batches",
        files=(RemoteFile("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),),
        unpacked=(
            RemoteFile("data_batch_1", "c99cafc152244af753f735de768cd75f"),
            RemoteFile("data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
            RemoteFile("data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
            RemoteFile("data_batch_4", "634d18415352ddfa80567beed471001a"),
            RemoteFile("data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
            RemoteFile("test_batch", "40351d587109b95175f43aff81a1287e"),
            RemoteFile("batches.meta", "5ff9c542aee3614f3951f8cda6e48888"),
        ),
        mirrors=("https://www.cs.toronto.edu/~kriz/",),
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


def _plain_name(name: str) -> str:
    """IDX files come compressed or not, and in two spellings."""
    return name.lower().removesuffix(".gz").replace(".idx", "-idx")
