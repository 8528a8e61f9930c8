"""Pictures in folders, one for each class, below folders for training and test or not. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.doubtful_folders import masks, unread
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, Part, folded, listed, mixed, source_of
from cnnviz.training.data.layouts import LABEL_HINT, Reading, nothing_known
from cnnviz.training.data.split_names import Split, rest_of, split_of
from cnnviz.training.data.surveying import Survey

_SPLITS: tuple[Split, ...] = ("train", "val", "test")
_FEWEST_CLASSES = 2


@dataclass(frozen=True, slots=True)
class _Named:
    """Folders of classes, and what the folder above them is called."""

    name: str
    classes: Folder


Splits = dict[Split, _Named]


def places(tree: Folder) -> Sequence[Path]:
    """Return the folder itself where there are folders in it, which may be classes."""
    return (tree.path,) if tree.folders else ()


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return the pictures of each class, in a fixed shuffled order.

    Folders that are called as splits usually are (train, Training_set, val, dev, testing, …) are taken as such, above
    the classes or below them; without a test that has labels, a fifth of each class is kept for it.

    Raises:
        CnnvizError: there are fewer than two classes with pictures, or several sets of data.
    """
    yield None
    survey = Survey(tree)
    if not survey.below(tree):
        raise nothing_known(place, tree)
    notices = [notice for folder in tree.every() for notice in folder.notices]
    top = _descended(tree, survey)
    above = _splits_above(top, survey)
    if splits := above or _splits_below(top, survey):
        train, test, said = _chosen(splits, survey)
    else:
        classes = [(folder.name, folder) for folder in survey.with_pictures(top)]
        train, test, said = _half(classes, top.name, survey), None, _doubts(top, survey)
    if test is None and top is not tree and split_of(top.name) in ("val", "test"):
        said.append(f"{readable(top.name)}/ has no training beside it: its pictures are for both.")
    said += [*_left_beside(top, above, survey), *_passed(tree, top, survey)]
    notices += [*unread(tree), *said]
    if other := survey.others([tree]):
        notices.append(other)
    yield None
    title = data_set.title if data_set else readable(place.name)
    source = source_of(title, train, test, notices)
    if test is None:
        return source
    return type(source)(title, source.class_names, mixed(source.train), mixed(source.test), source.notices)


def _descended(folder: Folder, survey: Survey) -> Folder:
    """Go into the folder that holds the data, as unpacking leaves it.

    It is the only one with pictures, if it has folders of them too, or the only one with folders for training and test.

    Raises:
        CnnvizError: there are several of those.
    """
    inner = survey.with_pictures(folder)
    if len(inner) == 1 and not survey.own(folder) and survey.with_pictures(inner[0]):
        return _descended(inner[0], survey)
    if len(inner) < 2 or _splits_above(folder, survey):
        return folder
    sets = [each for each in inner if len(_splits_above(_descended(each, survey), survey)) > 1]
    if len(sets) > 1:
        names = listed([readable(each.name) for each in sets])
        message = (
            f"{readable(str(folder.path))} holds {len(sets)} sets of data, each with a training of its own: {names}."
        )
        raise CnnvizError(message, f"Give one of them, such as {readable(str(sets[0].path))}.")
    return _descended(sets[0], survey) if sets else folder


def _splits_above(top: Folder, survey: Survey) -> Splits:
    """Return the folders for training, validation and test in ``top``; {} where its folders are classes.

    They are splits where one is for training and another for something else, or where it is alone, or where folders of
    the same classes lie in all of them.
    """
    filled = survey.with_pictures(top)
    named = [(each, split) for each in filled if (split := split_of(each.name)) is not None]
    for rest in {rest_of(each.name): None for each, _ in named}:
        found: Splits = {}
        for each, split in named:
            if rest_of(each.name) == rest:
                found.setdefault(split, _Named(each.name, _descended(each, survey)))
        first = next(found[split] for split in _SPLITS if split in found)
        is_usual = "train" in found and (len(found) > 1 or len(filled) == 1)
        if survey.with_pictures(first.classes) and (is_usual or _share_classes(filled, survey)):
            return found
    return {}


def _share_classes(folders: Sequence[Folder], survey: Survey) -> bool:
    """Return whether each of several folders holds folders alone, and all have at least two names in common."""
    names = [{folded(each.name) for each in survey.with_pictures(folder)} for folder in folders]
    are_plain = not any(survey.own(folder) for folder in folders)
    return are_plain and len(names) > 1 and len(set.intersection(*names)) >= _FEWEST_CLASSES


def _splits_below(top: Folder, survey: Survey) -> Splits:
    """Return folders made up of cat/train, dog/train, …; {} unless every class has such folders and nothing else."""
    classes = survey.with_pictures(top)
    inner = [(each, sub, split_of(sub.name)) for each in classes for sub in survey.with_pictures(each)]
    if not inner or any(survey.own(each) for each in classes) or any(split is None for *_, split in inner):
        return {}
    found: Splits = {}
    for split in _SPLITS:
        below = tuple(Folder(each.path, (), (sub,)) for each, sub, its in inner if its == split)
        if below:
            found[split] = _Named(split, Folder(top.path / split, (), below))
    return found if "train" in found and len(found) > 1 else {}


def _chosen(splits: Splits, survey: Survey) -> tuple[Half, Half | None, list[str]]:
    """Return training, test, and what is said of the choice."""
    learned, *others = (split for split in ("train", "val", "test") if split in splits)
    train = _half_of(splits[learned], survey)
    known = {folded(name) for name in train.class_names}
    labelled: list[Half] = []
    said = _beside(splits[learned].classes, survey)
    for split in reversed(others):  # the test before the validation
        half = _half_of(splits[split], survey)
        if known & {folded(name) for name in half.class_names}:
            labelled.append(half)
        else:
            said.append(_unlabelled(half, len(survey.below(splits[split].classes)), train))
    if learned != "train":
        said.insert(0, f"There is no folder for training: {train.name} is learned from.")
    if not labelled:
        return train, None, said
    test, *left = labelled
    said.insert(0, f"Split as the folders say: {train.name} to learn, {test.name} to test.")
    said += [f"{each.name} is left out ({_count(len(each.part))}): {test.name} is the test." for each in left]
    return train, test, said


def _unlabelled(half: Half, pictures: int, train: Half) -> str:
    if len(half.class_names) < _FEWEST_CLASSES:
        have = "picture has no label" if pictures == 1 else "pictures have no labels"
        return f"{half.name} is left out: its {pictures:,} {have}."
    names = listed([readable(name) for name in half.class_names])
    return f"{half.name} is left out ({_count(pictures)}): its classes, {names}, are none of {train.name}."


def _left_beside(top: Folder, splits: Splits, survey: Survey) -> list[str]:
    """Return what is said of the folders beside those that were taken as splits."""
    if not splits:
        return []
    taken = {each.name for each in splits.values()}
    said = []
    for each in survey.with_pictures(top):
        split = split_of(each.name)
        if each.name not in taken:
            first = splits.get(split) if split is not None else None
            why = f"{readable(first.name)}/ is taken for that." if first is not None else "is it to learn, or to test?"
            said.append(f"{readable(each.name)}/ is left out ({_count(len(survey.below(each)))}): {why}")
    return said


def _passed(tree: Folder, top: Folder, survey: Survey) -> list[str]:
    """Return what is said of the pictures that lie beside the folder that was gone into."""
    said = []
    while tree is not top:
        within = next(each for each in tree.folders if top.path.is_relative_to(each.path))
        left = len(survey.below(tree)) - len(survey.below(within))
        if left:
            said.append(f"The data are those of {readable(within.name)}/. Left out beside it: {_count(left)}.")
        tree = within
    return said


def _doubts(top: Folder, survey: Survey) -> list[str]:
    """Return what is said of folders that are taken as classes, where they may be something else.

    Raises:
        CnnvizError: they are called as splits and nothing else, all of them.
    """
    said = _beside(top, survey)
    filled = survey.with_pictures(top)
    names = listed([f"{readable(each.name)}/" for each in filled])
    if len(filled) > 1 and all(split_of(each.name) and not rest_of(each.name) for each in filled):
        message = (
            f"{names} in {readable(str(top.path))} hold pictures, and no folders of classes that say what they show."
        )
        raise CnnvizError(message, LABEL_HINT)
    if _share_classes(filled, survey):
        inner = listed([f"{readable(each.name)}/" for each in survey.with_pictures(filled[0])])
        said.append(
            f"{names} are taken as the classes, though folders of the same names lie in each of them ({inner}). Where"
            " those are the classes, call the upper ones train and test, or choose one of them."
        )
    return said


def _half_of(named: _Named, survey: Survey) -> Half:
    classes = [(each.name, each) for each in survey.with_pictures(named.classes)]
    return _half(classes, named.name, survey)


def _half(classes: Sequence[tuple[str, Folder]], name: str, survey: Survey) -> Half:
    """Return the pictures of classes, whose names may come more than once."""
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
    deeper = [(each, survey.with_pictures(each)) for each in survey.with_pictures(top)]
    inner = [f"{each.name}/{sub.name}" for each, subs in deeper if len(subs) > 1 or survey.own(each) for sub in subs]
    if inner:
        said.append(f"Pictures in folders below a class are of that class: {listed([*map(readable, inner)])}.")
    said += masks(top, survey)
    if loose := survey.own(top):
        what = "1 picture beside the folders of the classes is left out: it has no label."
        many = f"{len(loose):,} pictures beside the folders of the classes are left out: they have no labels."
        said.append(what if len(loose) == 1 else many)
    return said


def _count(pictures: int) -> str:
    return units.counted(pictures, "picture")
