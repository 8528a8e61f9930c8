"""Images and labels as NumPy saves them: an ``.npz`` with both, or files beside each other. Never unpickled. No torch.

Keras' mnist.npz (x_train, y_train, …), MedMNIST (train_images, train_labels, …), Kuzushiji-49 (one array a file).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.files import open_file, reading
from cnnviz.machine import check_room
from cnnviz.training.data.array_contents import SAVE_HINT, as_labels, as_pictures, limits_of, said_of_no_numbers
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.labelled import Half, arrays_of, half_of, listed, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.split_names import split_of

_LABEL_KEY = re.compile(r"label|target|class|^y|y$", re.IGNORECASE)
_MOST_CLASSES = 100_000
_COPIES = 2  # the array as it is read, and as bytes


@dataclass(frozen=True, slots=True)
class _Saved:
    """One array of a file, not read yet."""

    file: Path
    key: str  # "" where the file holds nothing else
    shape: tuple[int, ...]
    size: int  # bytes

    @property
    def name(self) -> str:
        return self.key or self.file.name

    @property
    def split(self) -> str:
        """ "train", "val", "test", or "" where neither its key nor its file says."""
        return split_of(self.key) or split_of(self.file.stem) or ""

    def read(self) -> npt.NDArray[np.generic]:
        with _blamed_on(self.file), open_file(self.file) as opened:  # numpy leaves open what it cannot read
            loaded = np.load(opened, allow_pickle=False)
            return np.asarray(loaded[self.key] if self.key else loaded)


def places(tree: Folder) -> Sequence[Path]:
    """Return each ``.npz`` that holds images and labels, and folders whose files hold them together."""
    found: list[Path] = []
    for folder in tree.every():
        files = [file for file in map(folder.file, folder.files) if _is_of_arrays(file)]
        whole = [file for file in files if file.suffix.lower() == ".npz" and _has_both(_quietly_listed(file))]
        if not whole and _has_both([each for file in files for each in _quietly_listed(file)]):
            whole = [folder.path]
        found += [folder.path] if _are_splits(whole) else whole
    if not found and not tree.folders:  # nor anything else: reading will say what is wrong
        found = [
            tree.file(name) for name in tree.files if name.lower().endswith(".npz") and _is_damaged(tree.file(name))
        ]
    return found


def _are_splits(files: Sequence[Path]) -> bool:
    """Return whether these are train.npz and test.npz, or the like."""
    splits = [split_of(file.stem) for file in files]
    return len(files) > 1 and "train" in splits and None not in splits and len(set(splits)) == len(splits)


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return what ``place``, one of ``places``, holds.

    Raises:
        CnnvizError: it is damaged, needs more memory than there is, or its arrays do not fit together.
    """
    files = [place] if place.is_file() else sorted(filter(_is_of_arrays, place.iterdir()))
    arrays = [each for file in files for each in _listed(file)]
    by_split = {split: [each for each in arrays if each.split == split] for split in ("train", "test", "val", "")}
    pairs = {split: _pair(found, place) for split, found in by_split.items() if _has_both(found)}
    train = "train" if "train" in pairs else ""
    if train not in pairs:
        raise CnnvizError(f"{place.name} holds no images with labels to train on.", SAVE_HINT)
    test = next((split for split in ("test", "val") if split in pairs), None)
    used = [train] if test is None else [train, test]
    check_room(_COPIES * sum(each.size for split in used for each in pairs[split]), "Choose fewer or smaller pictures.")
    halves: list[Half] = []
    limits: tuple[float, float] | None = None
    said = list(tree.notices)
    for split in used:
        yield len(halves) / len(used)
        images, labels = (each.read() for each in pairs[split])
        if images.dtype.kind not in "biuf":
            raise CnnvizError(f"The images in {place.name} are {images.dtype}, which are no grey values.", SAVE_HINT)
        limits = limits or limits_of(images)
        said += said_of_no_numbers(images, f"{place.name}, {split}" if split else place.name)
        pictures = as_pictures(images, limits, place.name)
        halves.append(half_of(split or "the rest", pictures, as_labels(labels, place.name)))
    _check_alike(halves, place)
    left = ["The val pictures are left out: the test pictures are used."] if test == "test" and "val" in pairs else []
    for split in ("test", "val"):
        if split not in pairs and any(map(_are_images, by_split[split])):
            left.append(f"The {split} pictures are left out: there are no labels beside them.")
    rest = [each for each in arrays if not any(each in pair for pair in pairs.values()) and not _are_images(each)]
    named = _class_names(halves, rest)
    if unused := [each.name for each in rest if named is None or each is not named[0]]:
        left.append(f"Arrays in {place.name} that are not used: {listed(unused)}.")
    if named is not None:
        halves = [replace(half, class_names=names) for half, names in zip(halves, named[1], strict=True)]
    return source_of(data_set.title if data_set else place.name, halves[0], (*halves[1:], None)[0], (*said, *left))


def _class_names(halves: Sequence[Half], arrays: Sequence[_Saved]) -> tuple[_Saved, list[tuple[str, ...]]] | None:
    """Return the array that says what the classes are called whose numbers the labels are, and the halves' names."""
    told = {name for half in halves for name in half.class_names}
    if not all(name.isdecimal() for name in told):
        return None
    for array in arrays:
        if len(array.shape) == 1 and max(map(int, told)) < array.shape[0] <= _MOST_CLASSES:
            names = array.read()
            if names.dtype.kind in "US" and len({*names.tolist()}) == len(names):
                texts = [
                    each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in names.tolist()
                ]
                return array, [tuple(texts[int(name)] for name in half.class_names) for half in halves]
    return None


def _is_of_arrays(file: Path) -> bool:
    return file.suffix.lower() in (".npz", ".npy") and file.is_file()


def _check_alike(halves: Sequence[Half], place: Path) -> None:
    shapes = [units.shape(arrays_of(half.part).shape[1:]) for half in halves]
    if len(set(shapes)) > 1:
        raise CnnvizError(f"The images in {place.name} are {' to learn and '.join(shapes)} to test.", SAVE_HINT)


def _is_damaged(file: Path) -> bool:
    try:
        _listed(file)
    except CnnvizError:
        return True
    return False


def _quietly_listed(file: Path) -> list[_Saved]:
    try:
        return _listed(file)
    except CnnvizError:
        return []


def _listed(file: Path) -> list[_Saved]:
    """Return what a file holds by its headers, without reading an array."""
    with _blamed_on(file):
        if file.suffix.lower() == ".npy":
            array = np.load(file, mmap_mode="r", allow_pickle=False)
            return [_Saved(file, "", array.shape, array.nbytes)]
        found = []
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                with archive.open(name) as opened:
                    version = np.lib.format.read_magic(opened)
                    reader = (
                        np.lib.format.read_array_header_1_0
                        if version == (1, 0)
                        else np.lib.format.read_array_header_2_0
                    )
                    shape, _, kind = reader(opened)
                    found.append(_Saved(file, name.removesuffix(".npy"), shape, prod(shape) * kind.itemsize))
        return found


def _has_both(arrays: Sequence[_Saved]) -> bool:
    return any(map(_are_images, arrays)) and any(map(_are_labels, arrays))


def _are_images(array: _Saved) -> bool:
    return len(array.shape) in (3, 4) and min(array.shape) > 0


def _are_labels(array: _Saved) -> bool:
    return len(array.shape) in (1, 2) and min(array.shape) > 0


def _pair(arrays: Sequence[_Saved], place: Path) -> tuple[_Saved, _Saved]:
    images, labels = list(filter(_are_images, arrays)), list(filter(_are_labels, arrays))
    fitting = [(each, label) for each in images for label in labels if each.shape[0] == label.shape[0]]
    named = [pair for pair in fitting if _LABEL_KEY.search(pair[1].key or pair[1].file.stem)]
    if len(fitting) == 1 or len(named) == 1:
        return (named or fitting)[0]
    if fitting:
        names = ", ".join(each.name for each in (*images, *labels))
        raise CnnvizError(f"{place.name} holds several arrays that may be meant: {names}.", SAVE_HINT)
    first = images[0], labels[0]
    counts = " and ".join(f"{each.shape[0]:,} {what}" for each, what in zip(first, ("images", "labels"), strict=True))
    raise CnnvizError(f"{place.name} holds {counts}, which do not fit together.", SAVE_HINT)


@contextmanager
def _blamed_on(file: Path) -> Iterator[None]:
    try:
        with reading(file, "Check the disk, and your rights there."):
            yield
    except CnnvizError:
        raise
    except Exception as error:  # whatever a broken archive or head may raise
        raise CnnvizError(
            f"{file.name} is damaged, or needs unpickling, which can run any code: {error}.", SAVE_HINT
        ) from error
