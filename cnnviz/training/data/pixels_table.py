"""Pixels in a table, a picture a row: MNIST as Kaggle has it (``label,pixel0,…``), FER-2013 (``emotion,pixels,Usage``).

No torch.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.machine import check_room
from cnnviz.training.data.array_contents import as_labels, as_pictures, limits_of, said_of_no_numbers
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import Folder, readable
from cnnviz.training.data.labelled import Half, half_of, source_of
from cnnviz.training.data.layouts import Reading
from cnnviz.training.data.split_names import split_of
from cnnviz.training.data.table_columns import is_label

_FEWEST, _FEWEST_UNNAMED = 8**2, 16**2  # pixels of a picture; where no head says that they are some
_LONGEST = 1 << 22  # characters of a line
_AT_ONCE = 1000  # rows
_SHOWN = 40  # characters
_PIXEL = re.compile(r"(pixel|px|p|x|v)?[\W_]*\d+([\Wx_]+\d+)*", re.IGNORECASE)  # "pixel0", "1x1"
_HINT = "Let each row hold a label and then all pixels of a picture: label,pixel0,pixel1,…"

_Rows = tuple[npt.NDArray[np.str_], npt.NDArray[np.generic]]  # labels; pictures, (N, H, W) or (N, H, W, 3)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How the rows of a table are laid out."""

    file: Path
    separator: str
    head: list[str]  # [] where it has none
    label: int | None  # column; None: it has none
    pixels: tuple[int, ...]  # columns, of one that holds them all, or of one each
    shape: tuple[int, ...]  # (H, W) or (H, W, 3)
    split: int | None = None  # column

    def read(self, lines: Sequence[str]) -> tuple[_Rows, list[str]]:
        """Return what some lines hold, and for what each is."""
        if len(self.pixels) == 1:
            cells = list(csv.reader(lines, delimiter=self.separator))
            flat = np.array([row[self.pixels[0]].split() for row in cells], np.float32)
            labels, splits = [row[self.label or 0] for row in cells], [self._split_of(row) for row in cells]
        else:
            how = {"delimiter": self.separator, "usecols": self.pixels, "comments": None, "quotechar": '"'}
            flat = np.loadtxt(lines, np.float32, ndmin=2, **how)  # type: ignore[call-overload]  # of any settings
            labels, splits = [self._label_of(line) for line in lines], [""] * len(lines)
        is_whole = bool((flat == np.rint(flat)).all() and flat.min() >= 0 and flat.max() <= 255)
        pictures = flat.astype(np.uint8 if is_whole else np.float32).reshape(-1, *self.shape)
        return (np.array([each.strip() for each in labels]), pictures), splits

    def _label_of(self, line: str) -> str:
        """Return the label of a row; to take all of its cells apart would cost more than the pixels do.

        Raises:
            ValueError: it has more cells than others, or fewer.
        """
        at, last = self.label or 0, len(self.pixels)
        if '"' in line:
            return next(csv.reader([line], delimiter=self.separator))[at]
        if line.count(self.separator) != last:
            raise ValueError(line[:_SHOWN])
        return line.split(self.separator, 1)[0] if at == 0 else line.rsplit(self.separator, last + 1 - at)[1]

    def _split_of(self, row: Sequence[str]) -> str:
        return "" if self.split is None else split_of(row[self.split]) or ""


def places(tree: Folder) -> Sequence[Path]:
    """Return each such table, and a folder that holds one for each split."""
    found: list[Path] = []
    for folder in tree.every():
        sheets = [sheet for name in folder.files if (sheet := _sheet(folder.file(name))) is not None]
        files = [sheet.file for sheet in sheets if sheet.label is not None]
        splits = [split_of(file.stem) for file in files]
        are_one = len(sheets) > 1 and (len(files) == 1 or ("train" in splits and len({*splits}) == len(splits)))
        found += [folder.path] if are_one else files
    return found


def read(place: Path, tree: Folder, data_set: DataSet | None) -> Reading:
    """Return the pictures of a table, or of the tables of a folder.

    Raises:
        CnnvizError: a row is no picture, they take too much memory, or there are too few classes.
    """
    files = [place] if place.is_file() else [file for file in sorted(place.iterdir()) if file.is_file()]
    sheets = [sheet for file in files if (sheet := _sheet(file)) is not None]
    said = [f"{readable(each.file.name)} is left out: it has no labels." for each in sheets if each.label is None]
    parts: dict[str, list[_Rows]] = {}
    for sheet in (each for each in sheets if each.label is not None):
        column = readable(sheet.head[sheet.label or 0]) if sheet.head else "the first"
        said.append(f"The rows of {readable(sheet.file.name)} are taken as pictures, column {column} as their labels.")
        if sheet.split is not None:
            said.append(f"The splits are those of {readable(sheet.file.name)}, column {sheet.head[sheet.split]}.")
        own = yield from _rows_of(sheet)
        for split, rows in own.items():
            parts.setdefault(split or split_of(sheet.file.stem) or "train", []).append(rows)
    train = next(split for split in ("train", "val", "test") if split in parts)
    test = next((split for split in ("test", "val") if split in parts and split != train), None)
    said += [f"The {split} pictures are left out." for split in parts if split not in (train, test)]
    limits = limits_of(np.concatenate([pictures for _, pictures in parts[train]]))
    title = data_set.title if data_set else readable(place.name)

    def half(split: str) -> Half:
        labels, pictures = (np.concatenate(each) for each in zip(*parts[split], strict=True))
        said.extend(said_of_no_numbers(pictures, title))
        return half_of(split, as_pictures(pictures, limits, title), as_labels(_numbers(labels), title))

    learned, tested = half(train), half(test) if test else None
    return source_of(title, learned, tested, (*tree.notices, *said))


def _rows_of(sheet: _Sheet) -> Generator[float, None, dict[str, _Rows]]:
    """Return the rows of each split, "" where no column tells it; yields 0..1."""
    size, done = sheet.file.stat().st_size, 0
    check_room(2 * size, "Choose a smaller table.")
    found: list[tuple[_Rows, list[str]]] = []
    with sheet.file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        lines = (line for line in opened if line.strip())
        if sheet.head:
            next(lines)
        while some := list(islice(lines, _AT_ONCE)):
            try:
                found.append(sheet.read(some))
            except (ValueError, IndexError, csv.Error) as error:
                where = f"among the rows {len(found) * _AT_ONCE + 1:,} to {len(found) * _AT_ONCE + len(some):,}"
                message = f"{readable(str(sheet.file))} has a row {where} that is no picture of {sheet.shape[0]} pixels"
                raise CnnvizError(f"{message} a side, or holds something else than numbers.", _HINT) from error
            done += sum(map(len, some))
            yield min(1.0, done / size)
    labels, pictures = (np.concatenate(each) for each in zip(*(rows for rows, _ in found), strict=True))
    splits = np.array([split for _, told in found for split in told])
    return {split: (labels[splits == split], pictures[splits == split]) for split in dict.fromkeys(splits.tolist())}


def _sheet(file: Path) -> _Sheet | None:
    """Return how a table is laid out; None where it holds no pixels."""
    if file.suffix.lower() not in (".csv", ".tsv"):
        return None
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            lines = [opened.readline(_LONGEST) for _ in range(2)]
        separator = max(",;\t", key=lines[0].count)
        head, row = csv.reader(lines, delimiter=separator)
    except (OSError, ValueError, csv.Error):
        return None
    head = [name.strip() for name in head]
    if len(head) != len(row):
        return None
    if all(map(_is_number, head)):
        shape = _shape(len(row) - 1, _FEWEST_UNNAMED)
        return _Sheet(file, separator, [], 0, tuple(range(1, len(row))), shape) if shape else None
    label = next((at for at, name in enumerate(head) if is_label(name)), None)
    named = {name.casefold(): at for at, name in enumerate(head)}
    if "pixels" in named:
        at, split = named["pixels"], named.get("usage", named.get("split"))
        shape = _shape(len(row[at].split()), _FEWEST)
        return _Sheet(file, separator, head, label, (at,), shape, split) if shape else None
    pixels = tuple(at for at, name in enumerate(head) if _PIXEL.fullmatch(name))
    shape = _shape(len(pixels), _FEWEST)
    others = [at for at in range(len(head)) if at not in pixels]
    if shape is None or len(others) > 1 or not all(_is_number(row[at]) for at in pixels):
        return None
    return _Sheet(file, separator, head, label if label is not None else next(iter(others), None), pixels, shape)


def _shape(pixels: int, fewest: int) -> tuple[int, ...] | None:
    """Return the shape of a square picture, grey or of three colours side by side."""
    for count, more in ((pixels, ()), (pixels // 3, (3,))):
        if count >= fewest and isqrt(count) ** 2 == count and pixels in (count, 3 * count):
            return (isqrt(count), isqrt(count), *more)
    return None


def _is_number(cell: str) -> bool:
    try:
        return float(cell) == float(cell)
    except ValueError:
        return False


def _numbers(labels: npt.NDArray[np.str_]) -> npt.NDArray[np.generic]:
    try:
        return labels.astype(np.float64)
    except ValueError:
        return labels
