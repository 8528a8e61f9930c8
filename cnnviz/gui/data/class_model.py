"""The classes of data as a table: each with its counts and, in the columns beside it, some of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.gui.parts.living_index import is_in
from cnnviz.training.data.browsing import SPLITS, Contents, Sample, Split

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MOST_KEPT = 64_000_000  # bytes of pixels: with more, those out of sight are read again when they come into sight
CLASS_ROLE = Qt.ItemDataRole.UserRole  # ClassRow
SAMPLE_ROLE = Qt.ItemDataRole.UserRole + 1  # Sample | None: not read yet
EMPTY_ROLE = Qt.ItemDataRole.UserRole + 2  # str: why there is no picture in this row; ""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class as a row shows it."""

    name: str
    label: int
    counts: tuple[int, int]  # to learn, to test
    most: int  # pictures that any class has in a split

    @property
    def text(self) -> str:
        """All of it in words."""
        return f"{self.name}, label {self.label}: {self.counts[0]:,} to learn, {self.counts[1]:,} to test"


class ClassModel(QAbstractTableModel):
    """Column 0 is the class, the others are pictures: which ones is decided here, reading them is not."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: Contents | None = None
        self._most = 0
        self._split: Split = "train"
        self._columns = 0  # of pictures
        self._start = 0  # so many pictures of each class are passed over
        self._samples: dict[tuple[Split, int], Sample] = {}
        self._bytes = 0

    @property
    def contents(self) -> Contents | None:
        """What is shown."""
        return self._found

    @property
    def split(self) -> Split:
        """The split whose pictures are shown."""
        return self._split

    def show_contents(self, found: Contents | None) -> None:
        """Show other data, from the first picture of each class."""
        self.beginResetModel()
        self._found, self._start = found, 0
        self._most = max((int(found.split(each).counts.max(initial=0)) for each in SPLITS), default=0) if found else 0
        self._forget()
        self.endResetModel()

    def choose_split(self, split: Split) -> None:
        """Show pictures of another split."""
        if split != self._split:
            self._split = split
            self._change_pictures()

    def show_others(self) -> None:
        """Show the pictures that follow in each class."""
        self._start += self._columns
        self._change_pictures()

    def forget_samples(self) -> None:
        """Have every picture read again."""
        self._forget()
        self._change_pictures()

    def set_pictures(self, columns: int) -> None:
        """Show so many pictures of each class."""
        if columns > self._columns:
            self.beginInsertColumns(_ROOT, self._columns + 1, columns)
            self._columns = columns
            self.endInsertColumns()
        elif columns < self._columns:
            self.beginRemoveColumns(_ROOT, columns + 1, self._columns)
            self._columns = columns
            self.endRemoveColumns()

    def missing(self, rows: Sequence[int]) -> tuple[int, ...]:
        """Return positions of pictures to be read next: those of the first of ``rows`` that lacks any; () for none."""
        for row in rows:
            lacking = tuple(at for at in self._positions(row) if (self._split, at) not in self._samples)
            if lacking:
                return lacking
        return ()

    def is_in_sight(self, split: Split, positions: Sequence[int], rows: Sequence[int]) -> bool:
        """Return whether any of these pictures stands in one of ``rows``."""
        return split == self._split and any(set(positions) & set(self._positions(row)) for row in rows)

    def take(self, split: Split, positions: Sequence[int], samples: Sequence[Sample], rows: Sequence[int]) -> None:
        """Show what was read.

        Args:
            split: of the pictures.
            positions: in the split's part.
            samples: one for each position.
            rows: in sight; of the others pictures may be forgotten.
        """
        if self._bytes > _MOST_KEPT:
            kept = {(self._split, at) for row in rows for at in self._positions(row)}
            self._samples = {key: sample for key, sample in self._samples.items() if key in kept}
            self._bytes = sum(map(_size, self._samples.values()))
        for at, sample in zip(positions, samples, strict=True):
            self._samples[split, at] = sample
            self._bytes += _size(sample)
        self._tell_changed(rows)

    def sample(self, index: AnyIndex) -> Sample | None:
        """Return the picture of a cell; None where there is none, or it is not read yet."""
        at = self.position(index)
        return None if at is None else self._samples.get((self._split, at))

    def position(self, index: AnyIndex) -> int | None:
        """Return which picture of the split a cell shows, or will; None where there is none."""
        if not index.isValid() or index.column() == 0 or self._found is None:
            return None
        half, column = self._found.split(self._split), index.column() - 1
        there = column < half.counts[index.row()]
        return half.positions(index.row(), self._start + column, 1)[0] if there else None

    def class_row(self, row: int) -> ClassRow:
        """Return one class."""
        assert self._found is not None
        counts = int(self._found.train.counts[row]), int(self._found.test.counts[row])
        return ClassRow(self._found.class_names[row], row, counts, self._most)

    def has_picture(self, index: AnyIndex) -> bool:
        """Return whether a cell shows a picture, or will."""
        return self.position(index) is not None

    def _positions(self, row: int) -> list[int]:
        if self._found is None:
            return []
        return self._found.split(self._split).positions(row, self._start, self._columns)

    def _forget(self) -> None:
        self._samples, self._bytes = {}, 0

    def _change_pictures(self) -> None:
        self._tell_changed(range(self.rowCount()))

    def _tell_changed(self, rows: Sequence[int]) -> None:
        if rows and self._columns:
            self.dataChanged.emit(self.index(rows[0], 1), self.index(rows[-1], self._columns))

    # Overrides of Qt.

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() or self._found is None else len(self._found.class_names)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else 1 + self._columns

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if index.isValid() and index.column() > 0 and not self.has_picture(index):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._found is None or not is_in(self, index):
            return None
        if index.column() == 0:
            return self._class_data(self.class_row(index.row()), role)
        match role:
            case _ if role == SAMPLE_ROLE:
                return self.sample(index)
            case _ if role == EMPTY_ROLE:
                return "" if self._found.split(self._split).counts[index.row()] else f"No {_WORDS[self._split]} picture"
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._in_words(index)
        return None

    def _class_data(self, row: ClassRow, role: int) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.text
            case _ if role == CLASS_ROLE:
                return row
        return None

    def _in_words(self, index: AnyIndex) -> str:
        name, sample = self.class_row(index.row()).name, self.sample(index)
        if sample is None:
            return name if self.has_picture(index) else ""
        return f"{name}: {sample.fault or sample.name}"


_WORDS: dict[Split, str] = {"train": "training", "test": "test"}


def _size(sample: Sample) -> int:
    return 0 if sample.pixels is None else sample.pixels.nbytes
