"""A table of labels (``labels.csv``) beside pictures: a column names the picture, another its class. No torch."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, Part, mixed, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.split_names import Split, split_of
from cnnviz.training.data.surveying import Survey

_ENDINGS = (".csv", ".tsv")
_LABELS = ("label", "labels", "class", "classes", "category", "target", "class_name", "label_name", "y", "diagnosis")
_SPLITS = ("split", "set", "subset", "partition", "usage", "dataset")
_LOOKED_AT = 200  # rows, to tell what a column holds
_SHARE = 0.5  # of those rows, that must name a picture
_LARGEST = 1 << 28  # bytes


@dataclass(frozen=True, slots=True)
class _Table:
    """A table whose rows name pictures."""

    file: Path
    rows: list[list[str]]
    picture: int  # column
    label: int | None  # column; None: the columns of ``one_hot`` tell
    one_hot: dict[int, str]  # column → class
    split: int | None  # column

    def label_of(self, row: list[str]) -> str:
        if self.label is not None:
            return row[self.label].strip()
        marked = [name for column, name in self.one_hot.items() if float(row[column] or 0) == 1]
        return marked[0] if len(marked) == 1 else ""


def places(tree: Folder) -> Sequence[Path]:
    """Return the folder itself where a table in it, or in a folder below, names pictures and their classes."""
    if not any(_is_table(name) for folder in tree.every() for name in folder.files):
        return ()
    pictures = _Pictures(tree)
    return (tree.path,) if any(True for _ in _tables(tree, pictures)) else ()


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return the pictures that the tables name, in a fixed shuffled order.

    A picture's split is what a column of the table says, or else the table's name, or else the picture's folder.

    Raises:
        CnnvizError: there are fewer than two classes.
    """
    yield None
    pictures = _Pictures(tree)
    found: dict[Split | None, dict[str, str]] = {}
    said = [notice for folder in tree.every() for notice in folder.notices]
    for table in _tables(tree, pictures):
        missing = 0
        for row in table.rows:
            file, label = pictures.find(row[table.picture], table.file.parent), table.label_of(row)
            if file is None or not label:
                missing += 1
                continue
            found.setdefault(_split_of(table, row, file, tree), {})[file] = label
        said.append(f"The labels are those of {readable(table.file.name)}.")
        if missing:
            said.append(f"{missing:,} rows of {readable(table.file.name)} are left out: no picture, or no label.")
    yield None
    named = {file for each in found.values() for file in each}
    if left := len(set(pictures.files) - named):
        said.append(f"{left:,} pictures are left out: no table names them.")
    title = data_set.title if data_set else readable(place.name)
    train = found.pop("train", None) or found.pop(None, {})
    test = next((split for split in ("test", "val") if split in found), None)
    said += [f"The {split or 'other'} pictures are left out." for split in found if split != test]
    source = source_of(title, _half("train", train), _half(test, found[test]) if test else None, said)
    return type(source)(title, source.class_names, mixed(source.train), mixed(source.test), source.notices)


def _half(name: str, labels: dict[str, str]) -> Half:
    names = tuple(
        sorted(
            set(labels.values()), key=lambda each: (not each.isdecimal(), int(each) if each.isdecimal() else 0, each)
        )
    )
    at = {each: label for label, each in enumerate(names)}
    numbers = np.array([at[label] for label in labels.values()], np.int64)
    return Half(name, Part(tuple(labels), numbers, mixed=False), names)


def _split_of(table: _Table, row: list[str], file: str, tree: Folder) -> Split | None:
    if table.split is not None:
        return split_of(row[table.split])
    said = split_of(table.file.stem)
    above = Path(file).relative_to(tree.path).parts[:-1]
    return said or next((split for part in above if (split := split_of(part)) is not None), None)


def _is_table(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and "submission" not in name.lower()


class _Pictures:
    """The pictures of a tree, by what a table may call them: a path or its end, with its ending or without."""

    def __init__(self, tree: Folder) -> None:
        self._root = tree.path
        self.files = tuple(Survey(tree).below(tree))
        self._by_name: dict[str, str | None] = {}  # None: several are called so
        for file in self.files:
            parts = Path(file).relative_to(tree.path).parts
            for start in range(len(parts)):
                name = "/".join(parts[start:])
                for key in {_key(name), _key(name.removesuffix(Path(name).suffix))}:
                    self._by_name[key] = file if key not in self._by_name else None

    def find(self, cell: str, beside: Path) -> str | None:
        """Return the picture that a cell of the table in the folder ``beside`` names; None where it names none."""
        here = "/".join((*beside.relative_to(self._root).parts, cell.strip()))
        return self._by_name.get(_key(here)) or self._by_name.get(_key(cell))


def _key(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./").casefold()


def _tables(tree: Folder, pictures: _Pictures) -> Iterator[_Table]:
    for folder in tree.every():
        for name in folder.files:
            if _is_table(name) and (table := _table(folder.file(name), pictures)) is not None:
                yield table


def _table(file: Path, pictures: _Pictures) -> _Table | None:
    """Return the table of a file; None where it names no pictures, or not what they show."""
    rows = _rows(file)
    width = len(rows[0]) if rows else 0
    rows = [row for row in rows if len(row) == width]
    head, body = ([cell.strip().casefold() for cell in rows[0]], rows[1:]) if rows else ([], [])
    looked_at = body[:_LOOKED_AT]
    hits = [len({pictures.find(row[column], file.parent) for row in looked_at} - {None}) for column in range(width)]
    if not looked_at or max(hits) < _SHARE * len(looked_at):
        return None
    picture = hits.index(max(hits))
    if pictures.find(rows[0][picture], file.parent) is not None:  # there is no head
        head, body = [""] * width, rows
    split = next((column for column in range(width) if head[column] in _SPLITS and column != picture), None)
    others = [column for column in range(width) if column not in (picture, split)]
    label = next((column for column in others if head[column] in _LABELS), None)
    if label is None and len(others) == 1:
        label = others[0]
    one_hot = (
        {column: rows[0][column].strip() for column in others} if label is None and _is_one_hot(body, others) else {}
    )
    return _Table(file, body, picture, label, one_hot, split) if label is not None or one_hot else None


def _is_one_hot(rows: list[list[str]], columns: list[int]) -> bool:
    try:
        values = np.array([[float(row[column]) for column in columns] for row in rows])
    except ValueError:
        return False
    return len(columns) > 1 and bool(((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all())


def _rows(file: Path) -> list[list[str]]:
    """Return the cells of a table, whatever separates them; names in any bytes, as the system gives them."""
    try:
        if file.stat().st_size > _LARGEST:
            return []
        text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Check the table of labels.") from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return [row for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    except csv.Error:
        return []
