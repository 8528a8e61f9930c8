"""The pictures of one split by their number: to be looked at one after another, or one of them. No torch."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from cnnviz.files import replacing
from cnnviz.pictures.preprocessing import Fit, fitted
from cnnviz.pictures.reading import seen
from cnnviz.training.control import Control
from cnnviz.training.data.browsing import Contents, Split, contents
from cnnviz.training.data.folder_tree import readable
from cnnviz.training.data.labelled import Labels, Part

_MOST_KEPT = 2000  # pictures that are written because they lie in an array
_LONGEST_NAME = 60  # characters of a file's name


@dataclass(frozen=True, slots=True, eq=False)
class PictureSet:
    """Pictures in the order of the data, a fair sample of them where only some are taken."""

    title: str  # "Fashion-MNIST sample, test"
    part: Part
    class_names: tuple[str, ...]
    there: int  # how many the split has
    numbers: Labels  # (N,), of each among those of its class in the split, from 0

    def __len__(self) -> int:
        return len(self.part)

    def pixels(self, at: int, shape: tuple[int, int, int], fit: Fit) -> npt.NDArray[np.uint8]:
        """Return one as a network sees it, (C, H, W), before normalisation.

        Raises:
            CnnvizError: its file cannot be read, or the network takes neither 1 nor 3 channels.
        """
        pictures = self.part.pictures
        if isinstance(pictures, np.ndarray):
            return fitted(as_image(pictures[at]), shape, fit)
        return seen(Path(pictures[at]), shape, fit)

    def name(self, at: int) -> str:
        """Return what to call one: its class, and its file or its number in the class."""
        pictures = self.part.pictures
        is_read = isinstance(pictures, np.ndarray)
        which = f"number {self.numbers[at]:,}" if is_read else readable(Path(pictures[at]).name)
        return f"{self.class_names[int(self.part.labels[at])]}, {which}"

    def file(self, at: int, folder: Path, name: str = "") -> Path:
        """Return one as a file: its own; of those that lie in an array, a .png that is written below ``folder``.

        Args:
            at: its number.
            folder: with a folder in it for each content, lest two of one name be taken for the same.
            name: of a file that is written; "": as ``name`` has it.

        Raises:
            CnnvizError: it cannot be written.
        """
        pictures = self.part.pictures
        if not isinstance(pictures, np.ndarray):
            return Path(pictures[at])
        image = as_image(pictures[at])
        shown = "".join(mark if mark.isalnum() or mark in " -_." else "-" for mark in name or self.name(at))
        content = hashlib.sha256(image.tobytes()).hexdigest()[:12]
        file = folder / content / f"{shown[-_LONGEST_NAME:].strip(' .')}.png"
        with replacing(file) as temporary:
            image.save(temporary, "PNG")
        _sweep(folder)
        return file


def _sweep(folder: Path) -> None:
    """Remove the older half of the pictures that were written below ``folder`` once they are many."""
    with suppress(OSError):  # another window may sweep, too
        written = list(folder.iterdir())
        if len(written) > _MOST_KEPT:
            for old in sorted(written, key=lambda each: each.stat().st_mtime)[: len(written) // 2]:
                shutil.rmtree(old)


def picture_set(
    data: str, split: Split = "test", limit: int | None = None, control: Control | None = None
) -> PictureSet:
    """Return the pictures of a split; those that lie in files are not read yet. Nothing is downloaded.

    Args:
        data: a data set's name, which must be on this machine, or a path: a folder, or a file.
        split: which half.
        limit: so many of them at most, a fair sample.
        control: a stop ends it.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: there are no such data here, or they cannot be read.
    """
    return pictures_of(contents(data, control=control), split, limit)


def pictures_of(found: Contents, split: Split, limit: int | None = None) -> PictureSet:
    """Return the pictures of a split of what was found, as ``picture_set``."""
    whole = found.split(split).part
    title = f"{found.title}, {'training' if split == 'train' else 'test'}"
    numbers = numbers_in(whole.labels)[whole.places(limit)]
    return PictureSet(title, whole.first(limit), found.class_names, len(whole), numbers)


def numbers_in(labels: Labels) -> Labels:
    """Return the number of each picture among those of its class, from 0."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    numbers = np.empty_like(labels)
    numbers[order] = np.arange(len(labels)) - (np.cumsum(counts) - counts)[labels[order]]
    return numbers


def as_image(picture: npt.NDArray[np.uint8]) -> Image.Image:
    """Return (C, H, W) as a picture."""
    plain = picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
    return Image.fromarray(np.ascontiguousarray(plain))
