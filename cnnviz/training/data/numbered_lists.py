"""Lists that go together by the number that each line begins with, as CUB-200-2011's do, as one table. No torch."""

from __future__ import annotations

from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.table_files import Rows, readings

_PICTURES, _LABELS, _SPLITS, _CLASSES = "images.txt", "image_class_labels.txt", "train_test_split.txt", "classes.txt"
_HEAD = ["file", "label", "is_train"]


def has_lists(folder: Folder) -> bool:
    """Return whether the lists of pictures and of their classes are there."""
    return _PICTURES in folder.files and _LABELS in folder.files


def joined(folder: Folder) -> Rows:
    """Return a table of the pictures with their classes, by name where that is listed, and splits where there are any.

    Raises:
        CnnvizError: a list cannot be read.
    """
    labels, splits, classes = (_pairs(folder, name) for name in (_LABELS, _SPLITS, _CLASSES))
    rows = [_HEAD]
    for number, file in _pairs(folder, _PICTURES).items():
        label = labels.get(number, "")
        rows.append([file, classes.get(label, label), splits.get(number, "")])
    return rows if splits else [row[:2] for row in rows]


def _pairs(folder: Folder, name: str) -> dict[str, str]:
    """Return what each line says, by the number that it begins with."""
    if name not in folder.files:
        return {}
    return {row[0]: " ".join(row[1:]) for row in next(readings(folder.file(name)), []) if len(row) > 1}
