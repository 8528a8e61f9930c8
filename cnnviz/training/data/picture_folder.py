"""Pictures in folders, one for each class, below folders for training and test or not. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, Part, mixed, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.split_names import Split, rest_of, split_of
from cnnviz.training.data.surveying import Survey

_SPLITS: tuple[Split, ...] = ("train", "val", "test")

Classes = list[tuple[str, Folder]]  # a class and the folder of its pictures; a name may come more than once


def places(tree: Folder) -> Sequence[Path]:
    """Return the folder itself where there are folders in it, which may be classes."""
    return (tree.path,) if tree.folders else ()


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return the pictures of each class, in a fixed shuffled order.

    Folders that are called as splits usually are (train, Training_set, val, dev, testing, …) are taken as such, above
    the classes or below them; without a test that has labels, a fifth of each class is kept for it.

    Raises:
        CnnvizError: there are fewer than two classes with pictures.
    """
    yield None
    survey = Survey(tree)
    notices = [notice for folder in tree.every() for notice in folder.notices]
    top = _descended(tree, survey)
    splits = _splits_above(top, survey) or _splits_below(top, survey)
    if splits:
        train, test, said = _chosen(splits, survey)
    else:
        classes = [(folder.name, folder) for folder in survey.with_pictures(top)]
        train, test, said = _half(classes, top.name, survey), None, _beside(top, survey)
    notices += said
    if other := survey.others([top]):
        notices.append(other)
    yield None
    title = data_set.title if data_set else readable(place.name)
    source = source_of(title, train, test, notices)
    if test is None:
        return source
    return type(source)(title, source.class_names, mixed(source.train), mixed(source.test), source.notices)


def _descended(folder: Folder, survey: Survey) -> Folder:
    """Go into a folder that is the only one with pictures, as unpacking leaves it, if it has such folders too."""
    inner = survey.with_pictures(folder)
    if len(inner) == 1 and not survey.own(folder) and survey.with_pictures(inner[0]):
        return _descended(inner[0], survey)
    return folder


def _splits_above(top: Folder, survey: Survey) -> dict[Split, Folder]:
    """Return the folders for training, validation and test in ``top``; {} where its folders are classes."""
    filled = survey.with_pictures(top)
    for rest in {rest_of(each.name): None for each in filled}:
        found: dict[Split, Folder] = {}
        for each in filled:
            split = split_of(each.name)
            if split is not None and rest_of(each.name) == rest:
                found.setdefault(split, _descended(each, survey))
        whole = len(found) > 1 or len(filled) == 1
        if "train" in found and whole and survey.with_pictures(found["train"]):
            return found
    return {}


def _splits_below(top: Folder, survey: Survey) -> dict[Split, Folder]:
    """Return folders made up of cat/train, dog/train, …; {} unless every class has such folders and nothing else."""
    classes = survey.with_pictures(top)
    inner = [(each, sub, split_of(sub.name)) for each in classes for sub in survey.with_pictures(each)]
    if not inner or any(survey.own(each) for each in classes) or any(split is None for *_, split in inner):
        return {}
    found: dict[Split, Folder] = {}
    for split in _SPLITS:
        below = tuple(Folder(each.path, (), (sub,)) for each, sub, its in inner if its == split)
        if below:
            found[split] = Folder(top.path / split, (), below)
    return found if "train" in found and len(found) > 1 else {}


def _chosen(splits: dict[Split, Folder], survey: Survey) -> tuple[Half, Half | None, list[str]]:
    """Return training, test, and what is said of the choice."""
    train = _half_of(splits["train"], survey)
    known = {name.casefold() for name in train.class_names}
    labelled: dict[Split, Half] = {}
    said = _beside(splits["train"], survey)
    for split in ("test", "val"):
        folder = splits.get(split)
        if folder is None:
            continue
        half = _half_of(folder, survey)
        if known & {name.casefold() for name in half.class_names}:
            labelled[split] = half
        else:
            count = len(survey.below(folder))
            said.append(f"{readable(folder.name)}/ is left out: its {count:,} pictures have no labels.")
    test = next(iter(labelled.values()), None)
    if test is None:
        return train, None, said
    said.insert(0, f"Split as the folders say: {train.name} to learn, {test.name} to test.")
    for left in list(labelled.values())[1:]:
        said.append(f"{left.name} is left out ({len(left.part):,} pictures): {test.name} is the test.")
    return train, test, said


def _half_of(folder: Folder, survey: Survey) -> Half:
    classes = [(each.name, each) for each in survey.with_pictures(folder)]
    return _half(classes, folder.name, survey)


def _half(classes: Classes, name: str, survey: Survey) -> Half:
    names = sorted({each for each, _ in classes})
    files: list[str] = []
    labels: list[int] = []
    for label, each in enumerate(names):
        own = [file for called, folder in classes if called == each for file in survey.below(folder)]
        files += own
        labels += [label] * len(own)
    return Half(f"{readable(name)}/", Part(tuple(files), np.array(labels, np.int64), mixed=False), tuple(names))


def _beside(top: Folder, survey: Survey) -> list[str]:
    """Return what is said of folders without pictures, and of pictures that lie beside the folders of the classes."""
    said = [f"{readable(each.name)}/ is left out: there is no picture in it." for each in survey.without_pictures(top)]
    if loose := survey.own(top):
        what = "1 picture beside the folders of the classes is left out: it has no label."
        many = f"{len(loose):,} pictures beside the folders of the classes are left out: they have no labels."
        said.append(what if len(loose) == 1 else many)
    return said
