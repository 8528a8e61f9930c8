"""What lies in a folder of classes and is hardly one, or would say something of them if it were read. No torch."""

from __future__ import annotations

import re
from pathlib import Path

from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import listed
from cnnviz.training.data.split_names import split_of
from cnnviz.training.data.surveying import Survey

_OF_LISTS = frozenset((".txt", ".json", ".csv", ".tsv", ".mat", ".xml"))
_OF_LISTED = frozenset(
    (
        "annotation", "annotations", "instances", "label", "labels", "list", "lists", "split", "splits", "trainval",
        "classes", "train", "test", "val",
    )
)  # fmt: skip
_OF_MASKS = frozenset(
    (
        "mask", "masks", "segmentation", "segmentations", "segmented", "seg", "gt", "groundtruth", "truth", "trimap",
        "trimaps", "matte", "mattes", "annotation", "annotations", "annot", "label", "labels",
    )
)  # fmt: skip


def unread(tree: Folder) -> list[str]:
    """Return what is said of files that, by their names, tell classes or splits, as CUB-200's and COCO's do."""
    named = [name for folder in tree.every() for name in folder.files if _tells(name)]
    if not named:
        return []
    return [f"Not read: {listed([*map(readable, named)])}. Whatever that says of classes and splits is not used."]


def _tells(name: str) -> bool:
    file = Path(name)
    words = set(_words(file.stem))
    return file.suffix.lower() in _OF_LISTS and bool(words & _OF_LISTED or split_of(file.stem))


def masks(top: Folder, survey: Survey) -> list[str]:
    """Return what is said of folders taken as classes that are called as masks are, picture by picture."""
    folders = survey.with_pictures(top)
    called = [each for each in folders if _OF_MASKS & set(_words(each.name))]
    others = [each for each in folders if each not in called and not any("mask" in word for word in _words(each.name))]
    said = []
    for each in called:
        own = {_subject(file) for file in survey.below(each)}
        of = next((one for one in others if 2 * len(own & {*map(_subject, survey.below(one))}) > len(own)), None)
        if of is not None:
            said.append(
                f"{readable(each.name)}/ is taken for a class, but seems to hold masks of the pictures in"
                f" {readable(of.name)}/: they are called alike. Networks are trained here to tell classes of pictures"
                " apart, not to find what a mask shows."
            )
    return said


def _subject(file: str) -> tuple[str, ...]:
    return tuple(word for word in _words(Path(file).stem) if word not in _OF_MASKS)


def _words(name: str) -> list[str]:
    return [word.casefold() for word in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", name) if word]
