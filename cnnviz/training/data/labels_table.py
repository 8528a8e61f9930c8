"""A table of labels (``labels.csv``) beside pictures: a column names the picture, another its class. No torch.

Lists of pictures alone (``train.txt``) say which are for training and test; the folders of these say what they show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, Part, listed, mixed, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.named_pictures import NamedPictures, shared_folders
from cnnviz.training.data.split_names import Split, split_of
from cnnviz.training.data.table_files import Rows, readings

_ENDINGS = (".csv", ".tsv", ".jsonl")
_TEXT_NAMES = re.compile(r"labels?|lists?|annotations?|index|files", re.IGNORECASE)  # of a .txt that may be a table
_LABELS = ("label", "labels", "class", "classes", "category", "target", "class_name", "label_name", "y", "diagnosis")
_SPLITS = ("split", "set", "subset", "partition", "usage", "dataset")
_LOOKED_AT = 200  # rows, to tell what a column holds
_SHARE = 0.5  # of the rows or of the pictures, whichever are fewer: so many must be named
_HINT = "Name the columns of the table file and label, or put the pictures of each class into a sub-folder of its own."


@dataclass(frozen=True, slots=True)
class _Table:
    """A table whose rows name pictures."""

    file: Path
    head: list[str]  # "" where the table has none
    rows: Rows
    picture: int  # column
    strange: int  # folders that all paths begin with
    split: int | None  # column
    label: int | None = None  # column; None: the columns of ``one_hot`` tell, or none
    one_hot: dict[int, str] = field(default_factory=dict)  # column → class
    doubt: str = ""  # why it is not known what the pictures show

    @property
    def tells_labels(self) -> bool:
        return self.label is not None or bool(self.one_hot)

    @property
    def is_list(self) -> bool:
        """Whether it names pictures of a split and nothing else."""
        return len(self.rows[0]) == 1 and split_of(self.file.stem) is not None

    def label_of(self, row: list[str]) -> str:
        if self.label is not None:
            return re.sub(r"(?<=\d)\.0+$", "", row[self.label].strip())
        marked = [name for column, name in self.one_hot.items() if float(row[column] or 0) == 1]
        return marked[0] if len(marked) == 1 else ""

    def split_of(self, row: list[str]) -> Split | None:
        return split_of(row[self.split]) if self.split is not None else split_of(self.file.stem)


def places(tree: Folder) -> Sequence[Path]:
    """Return the folder itself where a table in it, or in a folder below, names pictures and their classes.

    Also where it does not say them clearly, and no folders do.
    """
    if not any(_may_be_table(name) for folder in tree.every() for name in folder.files):
        return ()
    pictures = NamedPictures(tree)
    tables = list(_tables(tree, pictures))
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
    tables: Sequence[_Table], pictures: NamedPictures, splits: dict[str, Split], said: list[str]
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
        column = f", column {table.head[table.label]}" if table.label is not None and table.head[table.label] else ""
        said.append(f"The labels are those of {readable(table.file.name)}{readable(column)}.")
        if missing:
            said.append(f"Rows of {readable(table.file.name)} without a picture here, or without a label: {missing:,}.")
    if left := len(pictures.files) - len(found):
        said.append(f"Pictures that no table names, left out: {left:,}.")
    if torn:
        names = listed([readable(Path(file).name) for file in sorted(torn)])
        said.append(f"Left out, for rows of the tables contradict each other: {names}.")
    return {file: told for file, told in found.items() if file not in torn}


def _splits_of_lists(lists: Sequence[_Table], pictures: NamedPictures) -> dict[str, Split]:
    """Return for what each picture is that a list names; the first list that names it counts."""
    found: dict[str, Split] = {}
    for table in lists:
        split = split_of(table.file.stem)
        for row in table.rows if split is not None else ():
            file = pictures.find(row[table.picture], table.file.parent, table.strange, split)
            if file is not None and split is not None:
                found.setdefault(file, split)
    return found


def _listed_splits(tables: Sequence[_Table]) -> set[Split | None]:
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
    is_named = lower.endswith(".txt") and bool(split_of(Path(name).stem) or _TEXT_NAMES.search(name))
    return (lower.endswith(_ENDINGS) or is_named) and "submission" not in lower


def _tables(tree: Folder, pictures: NamedPictures) -> Iterator[_Table]:
    for folder in tree.every():
        for name in filter(_may_be_table, folder.files):
            file = folder.file(name)
            read_as = [_table(file, rows, pictures) for rows in readings(file)]
            if read_as:
                yield next((table for table in read_as if table.tells_labels or table.is_list), read_as[0])


def _table(file: Path, rows: Rows, pictures: NamedPictures) -> _Table:
    """Return what the columns of a table hold."""
    head, body = [cell.strip() for cell in rows[0]], rows[1:]
    sample = body[:: max(1, len(body) // _LOOKED_AT)] or rows
    split_name = split_of(file.stem)
    strange = [shared_folders([row[column] for row in sample]) for column in range(len(head))]

    def found(column: int, among: Rows) -> set[str | None]:
        return {pictures.find(row[column], file.parent, strange[column], split_name) for row in among} - {None}

    hits = [len(found(column, sample)) for column in range(len(head))]
    picture = hits.index(max(hits))
    named = len(found(picture, rows)) if max(hits) else 0
    if not named or named < _SHARE * min(len(rows) - 1, len(pictures.files)):
        doubt = f"names {named or 'none'} of {units.counted(len(pictures.files), 'picture')}"
        return _Table(file, head, rows, 0, 0, None, doubt=doubt)
    if pictures.find(rows[0][picture], file.parent, strange[picture], split_name) is not None:  # there is no head
        head, body = [""] * len(head), rows
    split = next((at for at, name in enumerate(head) if name.casefold() in _SPLITS and at != picture), None)
    table = _Table(file, head, body, picture, strange[picture], split)
    return _with_labels(table, rows[0], [at for at in range(len(head)) if at not in (picture, split)])


def _with_labels(table: _Table, first: list[str], others: Sequence[int]) -> _Table:
    """Return the table with the column of its labels, one of ``others``; or with what is doubtful about it."""
    label = next((at for at in others if table.head[at].casefold() in _LABELS), None)
    if label is None and len(others) == 1:
        label = others[0]
    plain = (table.file, table.head, table.rows, table.picture, table.strange, table.split)
    if label is None and _is_one_hot(table.rows, others):
        return _Table(*plain, one_hot={at: first[at].strip() for at in others})
    if label is None:
        names = listed([table.head[at] or f"number {at + 1}" for at in others])
        said = f"has several columns, {names}: which holds the classes" if others else "has no column for the classes"
        return _Table(*plain, doubt=f"names the pictures and {said}")
    values = [row[label].strip() for row in table.rows]
    if len(set(values)) == len(values) or _are_measurements(values):
        what = "is another for each picture" if len(set(values)) == len(values) else "holds measurements"
        return _Table(*plain, doubt=f"tells no classes: column {table.head[label] or label + 1} {what}")
    return _Table(*plain, label=label)


def _are_measurements(values: Sequence[str]) -> bool:
    try:
        return any(float(value) != round(float(value)) for value in values if value)
    except (ValueError, OverflowError):
        return False


def _is_one_hot(rows: Rows, columns: Sequence[int]) -> bool:
    try:
        values = np.array([[float(row[column]) for column in columns] for row in rows])
    except ValueError:
        return False
    return len(columns) > 1 and bool(((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all())
