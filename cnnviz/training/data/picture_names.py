"""Pictures whose own names say what they show: ``cat.0.jpg``, as Kaggle's dogs and cats have it. No torch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz import units
from cnnviz.pictures.opening import suffixes
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, Part, listed, mixed, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.split_names import Split, split_of
from cnnviz.training.data.surveying import Survey

_WORD = r"[^\W\d_]+"
_NUMBERED = re.compile(rf"(?P<name>{_WORD}(?:[\s._-]+{_WORD})*)(?:[\s._-]*\(?\d+\)?)+")  # words, then numbers
_OF_NOBODY = frozenset(  # what cameras and programs call all of their pictures
    (
        "img", "image", "images", "dsc", "dscn", "dscf", "pict", "pic", "picture", "photo", "foto", "frame", "scan",
        "screenshot", "screen shot", "untitled", "file", "p", "x", "im", "图片", "照片",
    )
)  # fmt: skip
_FEWEST = 2  # classes, and pictures of each


def places(tree: Folder) -> Sequence[Path]:
    """Return the folder itself where its pictures lie in one folder, or in one for each split, and are called so."""
    filled = [folder for folder in tree.every() if any(map(_may_be_picture, folder.files))]
    if len(filled) > 1 and not all(split_of(folder.name) for folder in filled if folder is not tree):
        return ()  # told by names alone: to ask what files without an ending hold takes long
    return (tree.path,) if _labels(_folders(Survey(tree), tree)) else ()


def _may_be_picture(name: str) -> bool:
    ending = Path(name).suffix.lower()
    return not ending or ending in suffixes()


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return the pictures of each class, in a fixed shuffled order; a split of which no name says a class is left out.

    Raises:
        CnnvizError: there are too few pictures of a class to split.
    """
    yield None
    folders = _folders(Survey(tree), tree)
    labels = _labels(folders)
    names = sorted({*labels.values()})
    said = [notice for folder in tree.every() for notice in folder.notices]
    said.append(f"The classes are those that the pictures' names begin with: {listed([*map(readable, names)])}.")
    halves: dict[Split, Half] = {}
    for split, files in folders.items():
        own = [file for file in files if file in labels]
        if len(own) < len(files):
            left = units.counted(len(files) - len(own), "picture")
            said.append(f"Left out of {readable(Path(files[0]).parent.name)}/, for their names say no class: {left}.")
        if own:
            numbers = np.array([names.index(labels[file]) for file in own], np.int64)
            name = readable(Path(files[0]).parent.name)
            halves[split] = Half(f"{name}/", Part(tuple(own), numbers, mixed=False), tuple(names))
    train = halves.pop("train")
    test = next((halves[split] for split in ("test", "val") if split in halves), None)
    said += [
        f"{half.name} is left out ({units.counted(len(half.part), 'picture')})."
        for half in halves.values()
        if half is not test
    ]
    if test is not None:
        said.append(f"Split as the folders say: {train.name} to learn, {test.name} to test.")
    source = source_of(data_set.title if data_set else readable(place.name), train, test, said)
    return type(source)(source.title, source.class_names, mixed(source.train), mixed(source.test), source.notices)


def _folders(survey: Survey, tree: Folder) -> dict[Split, tuple[str, ...]]:
    """Return the pictures of each split; of a folder without splits all are for the training. {} where there are other

    folders of pictures, which may be classes.
    """
    filled = [folder for folder in tree.every() if survey.own(folder)]
    if len(filled) == 1:
        return {"train": survey.own(filled[0])}
    found = {split: survey.own(folder) for folder in filled if (split := split_of(folder.name)) is not None}
    return found if len(found) == len(filled) and "train" in found else {}


def _labels(folders: dict[Split, tuple[str, ...]]) -> dict[str, str]:
    """Return what each picture shows, where all names of the training tell it; {} where one does not."""
    learned = {file: _class_of(file) for file in folders.get("train", ())}
    counts = Counter(learned.values())
    if len(counts) < _FEWEST or None in counts or min(counts.values()) < _FEWEST:
        return {}
    told = {file: _class_of(file) for files in folders.values() for file in files}
    return {file: name for file, name in told.items() if name is not None and name in counts}


def _class_of(file: str) -> str | None:
    match = _NUMBERED.fullmatch(Path(file).stem)
    name = match["name"] if match is not None else ""
    is_class = name and name.casefold() not in _OF_NOBODY and split_of(name) is None
    return name if is_class else None
