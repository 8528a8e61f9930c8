"""The four IDX files of MNIST and its kin (Fashion, K-, E-, QMNIST), of any prefix and type, plain or .gz. No torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.training.data.array_contents import as_labels, as_pictures, limits_of, said_of_no_numbers
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.idx import Numbers, read_idx
from cnnviz.training.data.labelled import Part, Source, half_of, source_of
from cnnviz.training.data.layouts import Reading

_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<split>train|test|t10k|val)-(?P<what>images|labels)[-.]idx\d-\w+(?:\.gz)?", re.IGNORECASE
)
_USUAL = {("test", "images"): "t10k-images-idx3-ubyte", ("test", "labels"): "t10k-labels-idx1-ubyte",
          ("train", "images"): "train-images-idx3-ubyte", ("train", "labels"): "train-labels-idx1-ubyte"}  # fmt: skip
_SPLITS = {"train": "train", "test": "test", "t10k": "test", "val": "test"}

Files = dict[tuple[str, str], Path]  # by split and what they hold: ("train", "images")


def places(tree: Folder) -> Sequence[Path]:
    """Return the folders with IDX files, and ``folder/prefix`` where several sets lie in one."""
    found: list[Path] = []
    for folder in _holding(tree):
        sets = _sets_in(folder)
        found += [folder.path / prefix.rstrip("-_. ") if len(sets) > 1 else folder.path for prefix in sets]
    return found


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return what ``place``, one of ``places``, holds.

    Raises:
        CnnvizError: one of the four is missing, damaged, or not the one that the checksums name.
    """
    folder, files = files_at(place, tree)
    missing = [usual for key, usual in _USUAL.items() if key not in files]
    if missing and not (len(missing) == 2 and ("train", "images") in files and ("train", "labels") in files):
        raise CnnvizError(f"{folder} lacks {' and '.join(sorted(missing))}.", "IDX files come in pairs, .gz or not.")
    arrays = {}
    for at, (key, file) in enumerate(sorted(files.items())):
        yield at / len(files)
        arrays[key] = read_idx(file, 3 if key[1] == "images" else 1, data_set.checksum(file) if data_set else None)
    _check(files, arrays)
    title = data_set.title if data_set else place.name
    if data_set is not None:
        return _named(data_set, files, arrays)
    limits = limits_of(arrays["train", "images"])
    halves = {
        split: half_of(
            split, as_pictures(arrays[split, "images"], limits, title), _classes(arrays[split, "labels"], title)
        )
        for split, what in files
        if what == "images"
    }
    pictures = (array for (_, what), array in arrays.items() if what == "images")
    said = [each for array in pictures for each in said_of_no_numbers(array, title)]
    return source_of(title, halves["train"], halves.get("test"), (*tree.notices, *said))


def _classes(labels: Numbers, title: str) -> Numbers:
    """Return (N,); of labels that say more of each picture, as QMNIST's do, the class comes first."""
    return as_labels(labels if labels.ndim == 1 else labels[:, 0], title)


def _holding(tree: Folder) -> list[Folder]:
    """Return the folders that may hold a set: those that are called as a file of one are such a file, unpacked."""
    return [folder for folder in tree.every() if folder is tree or not _NAME.fullmatch(folder.name)]


def _sets_in(folder: Folder) -> dict[str, Files]:
    """Return the files of each prefix. A file that is there twice is read as the plain one, which sorts first."""
    sets: dict[str, Files] = {}
    unpacked = [each for each in folder.folders if _NAME.fullmatch(each.name)]
    for place in (folder, *unpacked):
        for name in place.files:
            match = _NAME.fullmatch(name)
            if match is not None:
                key = _SPLITS[match["split"].lower()], match["what"].lower()
                sets.setdefault(match["prefix"], {}).setdefault(key, place.file(name))
    return sets


def files_at(place: Path, tree: Folder) -> tuple[Path, Files]:
    """Return the files at one of ``places``, and the folder that they lie in."""
    for folder in _holding(tree):
        for prefix, files in _sets_in(folder).items():
            if place in (folder.path, folder.path / prefix.rstrip("-_. ")):
                return folder.path, files
    raise ValueError(place)


def _check(files: Files, arrays: dict[tuple[str, str], Numbers]) -> None:
    for split in {split for split, _ in files}:
        images, labels = arrays[split, "images"], arrays[split, "labels"]
        file = files[split, "images"]
        if len(images) != len(labels):
            other = files[split, "labels"].name
            shown, said = units.counted(len(images), "image"), units.counted(len(labels), "label")
            message = f"{file} holds {shown}, but {other} holds {said}."
            raise CnnvizError(message, "Put files of one data set into the folder.")
        if images.size == 0:
            raise CnnvizError(f"{file} holds no image.", "Fetch it again, or choose other data.")
    if len({images.shape[1:] for (_, what), images in arrays.items() if what == "images"}) > 1:
        folder = files["train", "images"].parent
        message = f"The training images in {folder} differ in size from the test images."
        raise CnnvizError(message, "Put files of one data set into a folder of its own.")


def _named(data_set: DataSet, files: Files, arrays: dict[tuple[str, str], Numbers]) -> Source:
    parts: dict[str, Part] = {}
    for split in ("train", "test"):
        labels = arrays[split, "labels"].astype(np.int64)
        if labels.max() >= len(data_set.class_names):
            known = len(data_set.class_names) - 1
            message = f"{files[split, 'labels']} holds the label {labels.max()}, where 0 to {known} are known."
            raise CnnvizError(message, "Put files of one data set into the folder.")
        parts[split] = Part(arrays[split, "images"].astype(np.uint8, copy=False)[:, None], labels)
    return Source(data_set.title, data_set.class_names, parts["train"], parts["test"])
