"""The reading of a run's data as code without cnnviz, from the same files: IDX, CIFAR, folders of pictures."""

from __future__ import annotations

import gzip
import tarfile
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.training.data import cifar_batches, idx_files, picture_folder
from cnnviz.training.data.data_names import named
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.labelled import Part, Source
from cnnviz.training.data.layouts import found_in, locate
from cnnviz.training.takeaway.own_source import quoted

_BYTES = 8  # the third byte of an IDX file of bytes
_NUMPY = "import numpy as np"
_REFUSED = "Export the weights, or bring the data into one of these forms."

# Each sets train_images, test_images (uint8: N, C, H, W) and train_labels, test_labels (int64: N).
_IDX = '''\
def read_idx(name):
    """Return the numbers of an IDX file: a byte that tells how many axes there are, their sizes, then the numbers."""
    with {opened}(os.path.join(DATA, name), "rb") as file:
        content = bytearray(file.read())
    axes = content[3]
    sizes = [int.from_bytes(content[at : at + 4], "big") for at in range(4, 4 + 4 * axes, 4)]
    return torch.frombuffer(content, dtype=torch.uint8, offset=4 + 4 * axes).reshape(sizes)


train_images = read_idx({train_images}).unsqueeze(1)  # pictures × 1 channel × height × width
train_labels = read_idx({train_labels}){column}.long()
'''
_IDX_TEST = """\
test_images = read_idx({test_images}).unsqueeze(1)
test_labels = read_idx({test_labels}){column}.long()
"""
_CIFAR = '''\
def read_batches(*names):
    """Return the pictures and labels of CIFAR's files. They are pickles: read only those that you trust."""
    batches = [pickle.loads({content}, encoding="latin1") for name in names]
    images = torch.cat([torch.from_numpy(batch["data"]) for batch in batches])
    return images.reshape(-1, 3, 32, 32), torch.tensor([label for batch in batches for label in batch[{key}]])
'''
_CIFAR_READ = """\
train_images, train_labels = read_batches({train})
test_images, test_labels = read_batches({test})
"""
_FOLDERS = '''\
def read_folder(folder):
    """Return the pictures of a folder with a folder for each class, all brought to one size, and their labels."""
    images, labels = [], []
    for label, name in enumerate(CLASSES):
        for file in sorted(os.listdir(os.path.join(folder, name))):
            if not file.lower().endswith(SUFFIXES):
                continue
            with Image.open(os.path.join(folder, name, file)) as picture:
                upright = ImageOps.exif_transpose(picture).convert({mode})
            images.append(pil_to_tensor(upright.resize((SIZE, SIZE), Image.Resampling.BILINEAR)))
            labels.append(label)
    return torch.stack(images), torch.tensor(labels)


train_images, train_labels = read_folder({train})
'''
_FOLDERS_TEST = """\
test_images, test_labels = read_folder({test})
order, test_order = mixed(len(train_labels)), mixed(len(test_labels))
train_images, train_labels = train_images[order], train_labels[order]
test_images, test_labels = test_images[test_order], test_labels[test_order]
"""
_MIXED = '''\
def mixed(count):
    """Return the numbers below ``count`` in the order in which the run's pictures were mixed."""
    return torch.from_numpy(np.random.default_rng(0).permutation(count))


'''
_RENUMBERED = """\
classes = train_labels.unique()  # the classes are the labels that occur
train_labels, test_labels = torch.searchsorted(classes, train_labels), torch.searchsorted(classes, test_labels)
"""
_SPLIT = """\
# No pictures for the test came with the data: a fifth of each class is kept for it, the very ones of the run.
order = mixed(len(train_labels))
by_class = [order[train_labels[order] == label] for label in train_labels.unique()]
kept = torch.cat([own[: max(1, round(len(own) / 5))] for own in by_class])
rest = torch.cat([own[max(1, round(len(own) / 5)) :] for own in by_class])
kept, rest = kept[mixed(len(kept))], rest[mixed(len(rest))]
test_images, test_labels = train_images[kept], train_labels[kept]
train_images, train_labels = train_images[rest], train_labels[rest]
"""


@dataclass(frozen=True, slots=True)
class DataCode:
    """What a script needs to read its data."""

    imports: frozenset[str]
    constants: Mapping[str, object]
    code: str
    size: int | None  # pixels, height and width; None: whatever the files have


def data_code(data: str, size: int, channels: int) -> DataCode:
    """Return code that reads what a run calls ``data``.

    Args:
        data: a data set's name, or a path.
        size: pixels, height and width, that pictures in files are brought to.
        channels: 1 or 3, as the network takes them.

    Raises:
        CnnvizError: they are not on this machine, or lie in a form for which there is no short code.
    """
    found = named(data)
    if isinstance(found, DataSet):
        at = locate(found)
        if at is None:
            raise CnnvizError(f"{found.title} is not on this machine.", "Train on it once, which fetches it.")
        layout, (place, tree) = found.layout, at
    else:
        reader, place, tree = found_in(found)
        layout = str(reader.__name__).rpartition(".")[2]  # type: ignore[attr-defined]  # a module
    code_of = _CODE.get(layout)
    if code_of is None:
        message = (
            f"A script cannot read {place} in a few plain lines: it knows IDX files, CIFAR and folders of pictures."
        )
        raise CnnvizError(message, _REFUSED)
    return code_of(place, tree, found if isinstance(found, DataSet) else None, (size, channels))


def _idx(place: Path, tree: Folder, data_set: DataSet | None, _seen: tuple[int, int]) -> DataCode:
    folder, files = idx_files.files_at(place, tree)
    packed = {file.suffix == ".gz" for file in files.values()}
    names = {f"{split}_{what}": quoted(str(file.relative_to(folder))) for (split, what), file in files.items()}
    if len(packed) > 1 or {_kind(file) for file in files.values()} != {_BYTES}:
        raise CnnvizError(f"A script cannot read {folder} in a few plain lines: not all files are alike.", _REFUSED)
    opened = "gzip.open" if True in packed else "open"
    column = "" if _axes(files["train", "labels"]) == 1 else "[:, 0]"
    has_test = ("test", "images") in files
    whole = ("" if has_test else _MIXED) + _IDX.format(opened=opened, column=column, **names)
    whole += _IDX_TEST.format(column=column, **names) if has_test else _SPLIT
    whole += "" if data_set is not None else _RENUMBERED
    imports = {"import os"} | ({"import gzip"} if True in packed else set()) | (set() if has_test else {_NUMPY})
    return DataCode(frozenset(imports), {"DATA": str(folder)}, whole, None if data_set is None else data_set.size)


def _cifar(place: Path, _tree: Folder, _data_set: DataSet | None, _seen: tuple[int, int]) -> DataCode:
    if place.is_dir():
        names = sorted(file.name for file in place.iterdir())
        content, imports = "Path(DATA, name).read_bytes()", {"import pickle", "from pathlib import Path"}
    else:
        with tarfile.open(place) as archive:
            names = sorted(archive.getnames())
        content, imports = "archive.extractfile(name).read()", {"import pickle", "import tarfile"}
    train = [name for name in names if cifar_batches.is_training(Path(name).name)]
    test = [name for name in names if Path(name).name in ("test_batch", "test")]
    if not train or not test or any(name.endswith(".bin") for name in names):
        raise CnnvizError(f"A script cannot read {place} in a few plain lines: it is not CIFAR for Python.", _REFUSED)
    key = '"labels"' if len(train) > 1 else '"fine_labels"'
    read = _CIFAR_READ.format(train=", ".join(map(quoted, train)), test=", ".join(map(quoted, test)))
    if place.is_file():
        read = f"with tarfile.open(DATA) as archive:\n{textwrap.indent(read, '    ')}"
    code = f"{_CIFAR.format(content=content, key=key)}\n\n{read}"
    return DataCode(frozenset(imports), {"DATA": str(place)}, code, 32)


def _folders(place: Path, tree: Folder, _data_set: DataSet | None, seen: tuple[int, int]) -> DataCode:
    source = _read(place, tree)
    train, test = _folder_of(source.train, source), _folder_of(source.test, source)
    if train is None or test is None:
        message = f"A script cannot read {place} in a few plain lines: each class must have one folder of pictures."
        raise CnnvizError(message, _REFUSED)
    size, channels = seen
    names = [Path(_first(source.train, label)).parent.name for label in range(len(source.class_names))]
    code = _MIXED + _FOLDERS.format(mode='"L"' if channels == 1 else '"RGB"', train=quoted(str(train)))
    code += _SPLIT if train == test else _FOLDERS_TEST.format(test=quoted(str(test)))
    imports = {"import os", _NUMPY, "from PIL import Image, ImageOps"}
    imports |= {"from torchvision.transforms.functional import pil_to_tensor"}
    return DataCode(frozenset(imports), {"CLASSES": names, "SIZE": size, "SUFFIXES": _suffixes(source)}, code, size)


def _read(place: Path, tree: Folder) -> Source:
    reading = picture_folder.read(place, tree, None)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            found: Source = end.value
            return found


def _folder_of(part: Part, source: Source) -> Path | None:
    """Return the folder that has a folder for each class with its pictures in it; None where they lie otherwise."""
    homes = {Path(file).parent for file in part.pictures} if not isinstance(part.pictures, np.ndarray) else set()
    above = {home.parent for home in homes}
    return above.pop() if len(above) == 1 and len(homes) == len(source.class_names) else None


def _suffixes(source: Source) -> tuple[str, ...]:
    files = (str(file) for part in (source.train, source.test) for file in part.pictures)
    return tuple(sorted({Path(file).suffix.lower() for file in files}))


def _first(part: Part, label: int) -> str:
    return str(part.pictures[int(np.flatnonzero(part.labels == label)[0])])


def _head(file: Path) -> bytes:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
        return opened.read(4)


def _kind(file: Path) -> int:
    return _head(file)[2]


def _axes(file: Path) -> int:
    return _head(file)[3]


_Code = Callable[[Path, Folder, "DataSet | None", tuple[int, int]], DataCode]
_CODE: Mapping[str, _Code] = {"idx_files": _idx, "cifar_batches": _cifar, "picture_folder": _folders}
