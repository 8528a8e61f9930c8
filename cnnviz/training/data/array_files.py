"""Images and labels as NumPy saves them: an ``.npz`` with both, or files beside each other. Never unpickled. No torch.

Keras' mnist.npz (x_train, y_train, …), MedMNIST (train_images, train_labels, …), Kuzushiji-49 (one array a file).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.machine import check_room
from cnnviz.pictures.depth import eight_bits, range_of
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.labelled import Half, half_of, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.split_names import split_of

_HINT = "Save images as (N, H, W) or (N, H, W, C) and labels as (N,): numpy.savez(file, images=…, labels=…)."
_COPIES = 2  # the array as it is read, and as bytes


@dataclass(frozen=True, slots=True)
class _Saved:
    """One array of a file, not read yet."""

    file: Path
    key: str  # "" where the file holds nothing else
    shape: tuple[int, ...]
    size: int  # bytes

    @property
    def split(self) -> str:
        """ "train", "val", "test", or "" where neither its key nor its file says."""
        return split_of(self.key) or split_of(self.file.stem) or ""

    def read(self) -> npt.NDArray[np.generic]:
        with _blamed_on(self.file):
            loaded = np.load(self.file, allow_pickle=False)
            if not self.key:
                return np.asarray(loaded)
            with loaded:
                return np.asarray(loaded[self.key])


def places(tree: Folder) -> Sequence[Path]:
    """Return each ``.npz`` that holds images and labels, and folders whose files hold them together."""
    found: list[Path] = []
    for folder in tree.every():
        files = [folder.file(name) for name in folder.files if name.lower().endswith((".npz", ".npy"))]
        whole = [file for file in files if file.suffix.lower() == ".npz" and _has_both(_quietly_listed(file))]
        if not whole and _has_both([each for file in files for each in _quietly_listed(file)]):
            whole = [folder.path]
        found += whole
    return found


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return what ``place``, one of ``places``, holds.

    Raises:
        CnnvizError: it is damaged, needs more memory than there is, or its arrays do not fit together.
    """
    files = [place] if place.is_file() else sorted(each for each in place.iterdir() if each.suffix in (".npz", ".npy"))
    arrays = [each for file in files for each in _listed(file)]
    by_split = {split: [each for each in arrays if each.split == split] for split in ("train", "test", "val", "")}
    pairs = {split: _pair(found, place) for split, found in by_split.items() if _has_both(found)}
    train = "train" if "train" in pairs else ""
    if train not in pairs:
        raise CnnvizError(f"{place.name} holds no images with labels to train on.", _HINT)
    test = next((split for split in ("test", "val") if split in pairs), None)
    used = [train] if test is None else [train, test]
    check_room(_COPIES * sum(each.size for split in used for each in pairs[split]), "Choose fewer or smaller pictures.")
    halves: list[Half] = []
    limits: tuple[float, float] | None = None
    for split in used:
        yield len(halves) / len(used)
        images, labels = (each.read() for each in pairs[split])
        limits = limits or range_of(images)
        halves.append(half_of(split or "the rest", _as_pictures(images, limits, place), _as_labels(labels, place)))
    left = [
        f"The {split} pictures are left out: the test pictures are used."
        for split in ("val",)
        if test == "test" and split in pairs
    ]
    title = data_set.title if data_set else place.name
    return source_of(title, halves[0], halves[1] if test else None, (*tree.notices, *left))


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
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(each.key or each.file.name for each in (*images, *labels))
        raise CnnvizError(f"{place.name} holds several arrays that may be meant: {names}.", _HINT)
    first = images[0], labels[0]
    counts = " and ".join(f"{each.shape[0]:,} {what}" for each, what in zip(first, ("images", "labels"), strict=True))
    raise CnnvizError(f"{place.name} holds {counts}, which do not fit together.", _HINT)


def _as_pictures(values: npt.NDArray[np.generic], limits: tuple[float, float], place: Path) -> npt.NDArray[np.uint8]:
    """Return (N, C, H, W), 0..255; bytes are not copied."""
    if values.ndim == 3:
        values = values[:, None]
    elif values.shape[-1] in (1, 3):
        values = values.transpose(0, 3, 1, 2)
    if values.shape[1] not in (1, 3):
        raise CnnvizError(f"The images in {place.name} have {values.shape[1]} channels, not 1 or 3.", _HINT)
    return values if values.dtype == np.uint8 else eight_bits(values, limits)  # type: ignore[return-value]


def _as_labels(values: npt.NDArray[np.generic], place: Path) -> npt.NDArray[np.generic]:
    """Return (N,): whole numbers or text; of rows with a single 1 in each, where it stands."""
    if values.ndim == 2 and values.shape[1] > 1:
        numbers = np.asarray(values, np.float64) if values.dtype.kind in "biuf" else np.zeros((1, 1))
        if not ((numbers == 0) | (numbers == 1)).all() or not (numbers.sum(1) == 1).all():
            raise CnnvizError(f"The labels in {place.name} are {values.shape[1]} numbers for each image.", _HINT)
        return np.asarray(numbers.argmax(1))
    values = values.reshape(-1)
    if values.dtype.kind == "S":
        return np.char.decode(values.astype(np.bytes_), "utf-8", "backslashreplace")
    if values.dtype.kind == "f" and (values == np.rint(values)).all():
        return values.astype(np.int64)
    if values.dtype.kind not in "biuU":
        raise CnnvizError(f"The labels in {place.name} are neither whole numbers nor text.", _HINT)
    return values


@contextmanager
def _blamed_on(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CnnvizError(
            f"{file.name} is damaged, or needs unpickling, which can run any code: {error}.", _HINT
        ) from error
