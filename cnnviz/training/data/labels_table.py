"""A table of labels (``labels.csv``) beside pictures: a column names the picture, another its class. No torch.

Lists of pictures alone (``train.txt``) say which are for training and test; the folders of these say what they show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, Part, listed, mixed, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.named_pictures import NamedPictures
from cnnviz.training.data.numbered_lists import has_lists, joined
from cnnviz.training.data.split_names import Split, split_of
from cnnviz.training.data.table_columns import Table, table_of
from cnnviz.training.data.table_files import readings

_ENDINGS = (".csv", ".tsv", ".jsonl")
_TEXT_NAMES = re.compile(
    r"labels?|lists?|annotations?|index|files", re.IGNORECASE
)  # of a .txt or .json that may be a table
_HINT = "Name the columns of the table file and label, or put the pictures of each class into a sub-folder of its own."


def places(tree: Folder) -> Sequence[Path]:
    """Return the folder itself where a table in it, or in a folder below, names pictures and their classes.

    Also where it does not say them clearly, and no folders do.
    """
    if not any(has_lists(folder) or any(map(_may_be_table, folder.files)) for folder in tree.every()):
        return ()
    pictures = NamedPictures(tree)
    tables = list(_tables(tree, pictures)) if pictures.files else []
    if any(table.tells_labels for table in tables) or "train" in _listed_splits(tables):
        return (tree.path,)
    lie_in_one = len({Path(file).parent for file in pictures.files}) == 1
    return (tree.path,) if lie_in_one and any(table.doubt for table in tables) else ()


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return the pictures that the tables name, in a fixed shuffled order.

    A picture's split is what a column of the table says, or else the table's name, or else the picture's folder.

    Raises:
        CnnvizError: there are fewer than two classes, or it is not clear which column holds them.
    """
    yield None
    pictures = NamedPictures(tree)
    tables = list(_tables(tree, pictures))
    telling = [table for table in tables if table.tells_labels]
    said = [notice for folder in tree.every() for notice in folder.notices]
    listed_splits = _splits_of_lists([table for table in tables if table.is_list], pictures)
    if telling:
        labels = _labels_of(telling, pictures, listed_splits, said)
    elif listed_splits:
        left = len(pictures.files) - len(listed_splits)
        labels = {file: (split, Path(file).parent.name) for file, split in listed_splits.items()}
        said.append("The splits are those of the lists of files, the classes those of the folders.")
        said += [f"Pictures that no list names, left out: {left:,}."] if left else []
    else:
        table = next(table for table in tables if table.doubt)
        raise CnnvizError(f"{readable(str(table.file))} {table.doubt}.", _HINT)
    yield None
    title = data_set.title if data_set else readable(place.name)
    halves: dict[Split | None, dict[str, str]] = {}
    for file, (split, label) in labels.items():
        halves.setdefault(split, {})[file] = label
    learned = next((split for split in ("train", None, "val", "test") if split in halves), None)
    train = halves.pop(learned, {})
    test = next((split for split in ("test", "val") if split in halves), None)
    said += [f"The {split or 'other'} pictures are left out." for split in halves if split != test]
    source = source_of(title, _half("train", train), _half(test, halves[test]) if test else None, said)
    return type(source)(title, source.class_names, mixed(source.train), mixed(source.test), source.notices)


def _labels_of(
    tables: Sequence[Table], pictures: NamedPictures, splits: dict[str, Split], said: list[str]
) -> dict[str, tuple[Split | None, str]]:
    """Return split and label of each picture that the tables agree on."""
    found: dict[str, tuple[Split | None, str]] = {}
    torn: set[str] = set()
    for table in tables:
        missing = 0
        for row in table.rows:
            split, label = table.split_of(row), table.label_of(row)
            file = pictures.find(row[table.picture], table.file.parent, table.strange, split)
            if file is None or not label:
                missing += 1
                continue
            told = splits.get(file) or split or pictures.split_of(file), label
            if found.setdefault(file, told) != told:
                torn.add(file)
        said += table.remarks()
        if missing:
            said.append(f"Rows of {readable(table.file.name)} without a picture here, or without a label: {missing:,}.")
    by_folder = _of_folders(pictures, found, splits)
    if by_folder:
        said.append(f"Pictures that no table names, of the classes that their folders say: {len(by_folder):,}.")
        found |= by_folder
    if left := len(pictures.files) - len(found):
        said.append(f"Pictures that no table names, left out: {left:,}.")
    if torn:
        names = listed([readable(Path(file).name) for file in sorted(torn)])
        said.insert(0, f"Left out, for rows of the tables contradict each other: {names}.")
    said += [table.unused for table in tables if table.unused]
    return {file: told for file, told in found.items() if file not in torn}


def _of_folders(
    pictures: NamedPictures, found: dict[str, tuple[Split | None, str]], splits: dict[str, Split]
) -> dict[str, tuple[Split | None, str]]:
    """Return split and label of the pictures that no table names and that lie in folders called as the classes are.

    Tiny ImageNet: folders for the training, a table for the validation. Nothing where fewer than two classes have any.
    """
    labels = {label for _, label in found.values()}
    told = {
        file: (splits.get(file) or pictures.split_of(file), label)
        for file in pictures.files
        if file not in found and (label := pictures.folder_of(file, labels)) is not None
    }
    return told if len({label for _, label in told.values()}) > 1 else {}


def _splits_of_lists(lists: Sequence[Table], pictures: NamedPictures) -> dict[str, Split]:
    """Return for what each picture is that a list names; the first list that names it counts."""
    found: dict[str, Split] = {}
    for table in lists:
        split = split_of(table.file.stem)
        for row in table.rows if split is not None else ():
            file = pictures.find(row[table.picture], table.file.parent, table.strange, split)
            if file is not None and split is not None:
                found.setdefault(file, split)
    return found


def _listed_splits(tables: Sequence[Table]) -> set[Split | None]:
    return {split_of(table.file.stem) for table in tables if table.is_list}


def _half(name: str, labels: dict[str, str]) -> Half:
    names = tuple(
        sorted(
            set(labels.values()), key=lambda each: (not each.isdecimal(), int(each) if each.isdecimal() else 0, each)
        )
    )
    at = {each: label for label, each in enumerate(names)}
    numbers = np.array([at[label] for label in labels.values()], np.int64)
    return Half(name, Part(tuple(labels), numbers, mixed=False), names)


def _may_be_table(name: str) -> bool:
    lower = name.lower()
    is_named = lower.endswith((".txt", ".json")) and bool(split_of(Path(name).stem) or _TEXT_NAMES.search(name))
    return (lower.endswith(_ENDINGS) or is_named) and "submission" not in lower


def _tables(tree: Folder, pictures: NamedPictures) -> Iterator[Table]:
    for folder in tree.every():
        if has_lists(folder):
            yield table_of(folder.file("images.txt"), joined(folder), pictures)
            continue
        for name in filter(_may_be_table, folder.files):
            file = folder.file(name)
            read_as = [table_of(file, rows, pictures) for rows in readings(file)]
            if read_as:
                yield next((table for table in read_as if table.tells_labels or table.is_list), read_as[0])
