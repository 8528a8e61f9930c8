"""One picture of data, said by its class and its number in it: ``fashion-mnist-sample:3:17``. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.places import cache_folder
from cnnviz.training.control import Control
from cnnviz.training.data.browsing import SPLITS, Contents, Split, contents
from cnnviz.training.data.labelled import Part, folded
from cnnviz.training.data.picture_set import pictures_of


@dataclass(frozen=True, slots=True)
class Numbered:
    """Which picture is meant. Numbers count from 0, in the order of the data."""

    data: str  # as ``TrainConfig.data``
    split: Split = "test"
    label: str = "0"  # the class, its number or its name
    number: int = 0  # among the pictures of the class in this split

    @property
    def text(self) -> str:
        """How a command line says it."""
        return f"{self.data}:{self.split}:{self.label}:{self.number}"


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture of data as a file, and what it shows."""

    wanted: Numbered  # its ``label`` is a number
    file: Path  # its own, or one in the cache with the same pixels
    title: str  # of the data: "Fashion-MNIST sample, test"
    class_names: tuple[str, ...]
    counts: tuple[int, ...]  # pictures of each class in this split

    @property
    def label(self) -> int:
        """What it shows."""
        return int(self.wanted.label)

    @property
    def class_name(self) -> str:
        """What it shows, in words."""
        return self.class_names[self.label]


def numbered(text: str) -> Numbered | None:
    """Return what ``DATA:CLASS:NUMBER`` or ``DATA:SPLIT:CLASS:NUMBER`` says; None: it has another form."""
    parts = text.rsplit(":", 2)
    if len(parts) != 3 or not all(parts) or not (parts[2].isascii() and parts[2].isdecimal()) or len(parts[2]) > 9:
        return None
    data, label, number = parts
    for split in SPLITS:
        if data.endswith(f":{split}") and data != f":{split}":
            return Numbered(data.removesuffix(f":{split}"), split, label, int(number))
    return Numbered(data, "test", label, int(number))


def picture_meant(text: str | PathLike[str], control: Control | None = None) -> Path | FoundPicture:
    """Return the picture that is meant: a file, or one of data where there is no file of that name.

    Raises:
        CnnvizError: data are meant, and there are none such on this machine, or they have no such picture.
    """
    wanted = numbered(str(text))
    if wanted is None or Path(text).exists():
        return Path(text)
    return find_picture(contents(wanted.data, control=control), wanted)


def find_picture(found: Contents, wanted: Numbered) -> FoundPicture:
    """Return a picture of data.

    Raises:
        CnnvizError: the data have no such class or number, or the cache cannot be written.
    """
    pictures = pictures_of(found, wanted.split)
    label = _label(found, wanted.label)
    there = np.flatnonzero(pictures.part.labels == label)
    if wanted.number >= len(there):
        of = f"of {found.class_names[label]}"
        message = f"{pictures.title}: there are {units.counted(len(there), 'picture')} {of}, and no number"
        hint = f"They count from 0 to {len(there) - 1:,}." if len(there) else "Choose another class, or the other half."
        raise CnnvizError(f"{message} {wanted.number:,}.", hint)
    at = int(there[wanted.number])
    file = pictures.file(at, cache_folder() / "data pictures", f"{found.class_names[label]} {wanted.number}")
    counts = tuple(int(each) for each in found.split(wanted.split).counts)
    return FoundPicture(replace(wanted, label=str(label)), file, pictures.title, found.class_names, counts)


def number_at(part: Part, position: int) -> tuple[int, int]:
    """Return class and number of the picture at a position of ``part``."""
    label = int(part.labels[position])
    return label, int(np.count_nonzero(part.labels[:position] == label))


def among_all(found: Contents, wanted: Numbered, limit: int | None) -> Numbered:
    """Return a picture that is numbered among the ``limit`` to train on by its number among all of them."""
    part = found.split(wanted.split).part
    if limit is None or wanted.split != "train":
        return wanted
    places = part.places(limit)
    of_class = places[part.labels[places] == _label(found, wanted.label)]
    if wanted.number >= len(of_class):
        return wanted
    return replace(wanted, number=number_at(part, int(of_class[wanted.number]))[1])


def nearest(found: Contents, wanted: Numbered) -> Numbered:
    """Return what is wanted, or the nearest that the data have."""
    try:
        label = _label(found, wanted.label)
    except CnnvizError:
        label = 0
    count = int(found.split(wanted.split).counts[label])
    return replace(wanted, label=str(label), number=max(0, min(wanted.number, count - 1)))


def _label(found: Contents, text: str) -> int:
    """Return the class that a number or a name says."""
    if text in found.class_names:
        return found.class_names.index(text)
    if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(found.class_names):
        return int(text)
    alike = [at for at, name in enumerate(found.class_names) if folded(name) == folded(text)]
    if len(alike) == 1:
        return alike[0]
    shown = ", ".join(f"{at} {name}" for at, name in enumerate(found.class_names[:12]))
    more = "" if len(found.class_names) <= 12 else " and so on"
    raise CnnvizError(f"{found.title} has no class {text!r}.", f"It has {shown}{more}.")
