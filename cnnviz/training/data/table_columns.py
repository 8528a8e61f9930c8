"""What the columns of a table of labels hold: pictures, their classes, what they are for. No torch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnnviz import units
from cnnviz.pictures.opening import suffixes
from cnnviz.training.data.folder_tree import readable
from cnnviz.training.data.labelled import listed
from cnnviz.training.data.named_pictures import NamedPictures, shared_folders
from cnnviz.training.data.split_names import Split, split_of
from cnnviz.training.data.table_files import Rows

# Names of a column, their letters alone.
_LABELS = frozenset(
    (
        "label", "labels", "labelid", "labelname", "class", "classes", "classid", "classname", "classlabel",
        "category", "categoryid", "categoryname", "target", "targets", "y", "diagnosis", "dx", "species", "breed",
        "emotion", "标签", "类别", "分类",
    )
)  # fmt: skip
_SPLITS = frozenset(("split", "set", "subset", "partition", "usage", "dataset", "fold", "phase", "mode"))
_MEASURES = frozenset(
    (
        "width", "height", "w", "h", "x", "xmin", "xmax", "ymin", "ymax", "left", "top", "right", "bottom", "size",
        "area", "depth", "length", "weight", "age", "count", "bbox", "box", "rotation", "angle", "score", "channels",
        "filesize", "bytes", "timestamp", "time", "year", "index", "frame",
    )
)  # fmt: skip
_TRUTH = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "": 0.0}
_LOOKED_AT = 200  # rows, to tell what a column holds
_SHARE = 0.5  # of the rows or of the pictures, whichever are fewer: so many must be named
_APART = 4  # times as many numbers as there are
_SEVERAL = re.compile(r"[\s,;|/]+")  # between classes where a cell names several


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows name pictures."""

    file: Path
    head: list[str]  # "" where the table has none
    rows: Rows
    picture: int = 0  # column
    strange: int = 0  # folders that all paths begin with
    split: int | None = None  # column
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
        marked = [name for column, name in self.one_hot.items() if _number(row[column]) == 1]
        return marked[0] if len(marked) == 1 else ""

    def split_of(self, row: list[str]) -> Split | None:
        """Return what a column says, as a word or, in a column such as ``is_train``, as truth; else the file's name."""
        if self.split is None:
            return split_of(self.file.stem)
        meant = split_of(self.head[self.split])
        if meant is None or (said := _truth(row[self.split])) is None:
            return split_of(row[self.split])
        return meant if said else ("test" if meant == "train" else "train")

    def remarks(self) -> Iterator[str]:
        """Yield what is to be said of how it is read."""
        name = readable(self.file.name)
        column = self.head[self.label] if self.label is not None else ""
        yield f"The labels are those of {name}{f', column {readable(column)}' if column else ''}."
        if self.split is not None:
            yield f"The splits are those of {name}, column {readable(self.head[self.split])}."
        found = {self.label_of(row) for row in self.rows} - {""}
        joined = sorted(each for each in found if len(parts := set(_SEVERAL.split(each))) > 1 and parts & found)
        if joined:
            yield f"{name} names several classes of a picture, which are one class each here: {listed(joined)}."

    @property
    def unused(self) -> str:
        """What is to be said of its other columns; "" where there is none."""
        used = {self.picture, self.split, self.label, *self.one_hot}
        left = [readable(each) for at, each in enumerate(self.head) if each and at not in used]
        return f"Columns of {readable(self.file.name)} that are not used: {listed(left)}." if left else ""


def table_of(file: Path, rows: Rows, pictures: NamedPictures) -> Table:
    """Return what the columns of a table hold."""
    head, body = [cell.strip() for cell in rows[0]], rows[1:]
    sample = body[:: max(1, len(body) // _LOOKED_AT)] or rows
    split_name = split_of(file.stem)
    strange = [shared_folders([row[column] for row in sample]) for column in range(len(head))]

    def found(column: int, among: Rows) -> set[str | None]:
        return {pictures.find(row[column], file.parent, strange[column], split_name) for row in among} - {None}

    hits = [
        (len(found(column, sample)), sum(Path(row[column].strip()).suffix.lower() in suffixes() for row in sample))
        for column in range(len(head))
    ]
    picture = hits.index(max(hits))  # "3.png" rather than an index that is "3"
    named = len(found(picture, rows)) if any(max(hits)) else 0
    if not named or named < _SHARE * min(len(rows) - 1, len(pictures.files)):
        doubt = f"names {named or 'none'} of {units.counted(len(pictures.files), 'picture')}"
        return Table(file, head, rows, doubt=doubt)
    if pictures.find(rows[0][picture], file.parent, strange[picture], split_name) is not None:  # there is no head
        head, body = [""] * len(head), rows
    split = _split_column(head, body, picture)
    table = Table(file, head, body, picture, strange[picture], split)
    return _with_labels(table, rows[0], [at for at in range(len(head)) if at not in (picture, split)], pictures)


def _split_column(head: Sequence[str], body: Rows, picture: int) -> int | None:
    """Return the column that says what each picture is for: by words, or by truth where its own name is one."""
    for at, name in enumerate(head):
        values = {row[at].strip() for row in body}
        words = {split_of(value) for value in values}
        if at == picture or not name or is_label(name):
            continue
        if _letters(name) in _SPLITS and words - {None}:
            return at
        if None not in words and len(words) > 1:
            return at
        if split_of(name) and len(values) == 2 and None not in map(_truth, values):
            return at
    return None


def _with_labels(table: Table, first: list[str], others: Sequence[int], pictures: NamedPictures) -> Table:
    """Return the table with the column of its labels, one of ``others``; or with what is doubtful about it."""
    label = next((at for at in others if is_label(table.head[at])), None)
    if label is None and len(others) == 1:
        label = others[0]
    plain = (table.file, table.head, table.rows, table.picture, table.strange, table.split)
    if label is None and _is_one_hot(table.rows, others):
        return Table(*plain, one_hot={at: first[at].strip() for at in others})
    if label is None:
        label = next((at for at in others if {row[at].strip() for row in table.rows} <= pictures.folders), None)
    if label is None:
        names = listed([table.head[at] or f"number {at + 1}" for at in others])
        said = f"has several columns, {names}: which holds the classes" if others else "has no column for the classes"
        return Table(*plain, doubt=f"names the pictures and {said}")
    values = [row[label].strip() for row in table.rows]
    is_measure = _letters(table.head[label]) in _MEASURES and all(value.isdecimal() for value in values if value)
    are_sizes = not is_label(table.head[label]) and (is_measure or _are_far_apart(values))
    if len(set(values)) == len(values) or _are_measurements(values) or are_sizes:
        what = "is another for each picture" if len(set(values)) == len(values) else "holds measurements"
        return Table(*plain, doubt=f"tells no classes: column {table.head[label] or label + 1} {what}")
    return Table(*plain, label=label)


def is_label(name: str) -> bool:
    """Return whether a column of this name holds classes."""
    return _letters(name) in _LABELS


def _letters(name: str) -> str:
    return re.sub(r"[\W\d_]+", "", name.casefold())


def _truth(cell: str) -> bool | None:
    try:
        number = _number(cell)
    except ValueError:
        return None
    return bool(number) if number in (0, 1) and cell.strip() else None


def _number(cell: str) -> float:
    known = _TRUTH.get(cell.strip().casefold())
    return float(cell) if known is None else known


def _are_measurements(values: Sequence[str]) -> bool:
    try:
        return any(float(value) != round(float(value)) for value in values if value)
    except (ValueError, OverflowError):
        return False


def _are_far_apart(values: Sequence[str]) -> bool:
    """True for whole numbers of which most are left out, as sizes and ages are, and no numbers of classes."""
    numbers = {int(value) for value in values if value.isdecimal()}
    is_number = all(value.isdecimal() for value in values if value)
    return is_number and bool(numbers) and max(numbers) - min(numbers) >= _APART * len(numbers)


def _is_one_hot(rows: Rows, columns: Sequence[int]) -> bool:
    try:
        values = np.array([[_number(row[column]) for column in columns] for row in rows])
    except ValueError:
        return False
    return len(columns) > 1 and bool(((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all())
