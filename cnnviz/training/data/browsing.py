"""What a source of data holds, class by class, and single pictures of it as the network will see them. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import fitted
from cnnviz.pictures.reading import header, seen
from cnnviz.training.control import Control
from cnnviz.training.data.data_names import named
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import readable
from cnnviz.training.data.labelled import Labels, Part, Source
from cnnviz.training.data.layouts import locate
from cnnviz.training.data.obtaining import News, find
from cnnviz.training.data.reading_files import FIT
from cnnviz.training.events import Preparing

Split = Literal["train", "test"]
Tell = Callable[[Preparing], object]  # hears what is done, and how far that is
SPLITS: tuple[Split, ...] = ("train", "test")
_MOST_SHOWN = 256  # pixels: a larger input is shown at this size, for no screen shows many pictures larger
_WORDS: dict[Split, str] = {"train": "training", "test": "test"}
_ORDER_SEED = 0  # which pictures are looked at first belongs to the data: two looks show the same


@dataclass(frozen=True, slots=True, eq=False)
class SplitByClass:
    """The pictures of one split, those of each class together."""

    part: Part
    counts: Labels  # (classes,)
    _order: Labels  # (N,) positions in ``part``: class by class, shuffled within a class
    _starts: Labels  # (classes,) of each class in ``_order``

    def positions(self, label: int, start: int, count: int) -> list[int]:
        """Return ``count`` positions in ``part`` of pictures of a class, or all there are, round and round.

        Args:
            label: of the class.
            start: pass over so many first.
            count: how many.
        """
        there = int(self.counts[label])
        first = int(self._starts[label])
        return [int(self._order[first + (start + each) % there]) for each in range(min(count, there))]


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a source holds; its pictures in files are not read yet."""

    title: str
    class_names: tuple[str, ...]
    train: SplitByClass
    test: SplitByClass
    notices: tuple[str, ...]  # what was decided and left out, in sentences

    def split(self, which: Split) -> SplitByClass:
        """Return one of the two."""
        return self.train if which == "train" else self.test

    @property
    def channels(self) -> int | None:
        """1 or 3, what every picture has; None: they lie in files, which are brought to what the network takes."""
        pictures = self.train.part.pictures
        return int(pictures.shape[1]) if isinstance(pictures, np.ndarray) else None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture as the network will see it, or why it cannot be seen."""

    name: str  # "cat/0042.jpg", "number 1,234 of the training pictures"
    pixels: npt.NDArray[np.uint8] | None  # (C, H, W)
    size: tuple[int, int, int] | None = None  # channels, height and width before it was brought to the network's input
    fault: str = ""


def quietly(_news: Preparing) -> None:
    """Tell nobody."""


def contents(
    data: str,
    limit: int | None = None,
    control: Control | None = None,
    tell: Tell = quietly,
) -> Contents:
    """Return what ``data`` hold, without decoding their pictures. Nothing is downloaded.

    Args:
        data: as ``TrainConfig.data``: a data set's name, which must be on this machine, or a path.
        limit: as ``TrainConfig.limit``: train on no more than so many.
        control: a stop ends it.
        tell: hears what is done, and how far that is.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: there are no such data here, or they cannot be read.
    """
    wanted = named(data)
    if isinstance(wanted, DataSet) and locate(wanted) is None:
        hint = "Press Start on the Training page: the run downloads them, and then they are here."
        raise CnnvizError(f"The pictures of {wanted.title} are not on this machine yet.", hint)
    source = _last(find(data, control or Control()), tell).limited(limit)
    classes = len(source.class_names)
    train, test = (_by_class(part, classes) for part in (source.train, source.test))
    return Contents(source.title, source.class_names, train, test, source.notices)


def samples_at(
    found: Contents,
    which: Split,
    positions: Sequence[int],
    shape: tuple[int, int, int],
    control: Control | None = None,
) -> tuple[Sample, ...]:
    """Return pictures of one split as the network will see them.

    Args:
        found: from ``contents``.
        which: the split.
        positions: in its ``part``.
        shape: (C, H, W) of the network's input. Sides beyond 256 pixels are shown at 256, and pictures in memory that
            have other channels than a network can be given keep theirs.
        control: a stop ends it between two pictures.

    Raises:
        StoppedError: a stop came first.
    """
    shown = (shape[0], *(min(side, _MOST_SHOWN) for side in shape[1:]))
    samples = []
    for at in positions:
        if control is not None:
            control.heed()
        samples.append(_sample(found.split(which).part, which, at, (shown[0], shown[1], shown[2])))
    return tuple(samples)


def misfits(found: Contents, channels: int, classes: int | None) -> tuple[str, ...]:
    """Return why a run of a network with these data would be refused, in sentences.

    Args:
        found: from ``contents``.
        channels: that the network takes.
        classes: that it is set to tell apart; None: it is made for those of the data.
    """
    said = []
    own, there = found.channels, len(found.class_names)
    if own not in (None, 1, channels):
        have = units.counted(own, "channel")
        said.append(f"These pictures have {have}, the network takes {channels}: set Input channels to {own}.")
    if classes is not None and classes != there:
        said.append(
            f"These pictures are of {units.counted(there, 'class')}, the network tells {classes:,} apart: set Classes."
        )
    return tuple(said)


def _by_class(part: Part, classes: int) -> SplitByClass:
    counts = np.bincount(part.labels, minlength=classes).astype(np.int64)
    shuffled = np.random.default_rng(_ORDER_SEED).permutation(len(part))
    order = shuffled[np.argsort(part.labels[shuffled], kind="stable")]
    return SplitByClass(part, counts, order, np.cumsum(counts) - counts)


def _sample(part: Part, which: Split, at: int, shape: tuple[int, int, int]) -> Sample:
    if isinstance(part.pictures, np.ndarray):
        return _sample_in_memory(part.pictures[at], f"number {at:,} of the {_WORDS[which]} pictures", shape)
    file = Path(part.pictures[at])
    name = readable(f"{file.parent.name}/{file.name}")
    try:
        own = header(file)
        shown = (_channels(own.channels, shape[0]), *shape[1:])
        return Sample(name, seen(file, shown, FIT), (own.channels, own.height, own.width))
    except CnnvizError as error:
        return Sample(name, None, fault=error.message)


def _sample_in_memory(picture: npt.NDArray[np.uint8], name: str, shape: tuple[int, int, int]) -> Sample:
    channels, height, width = picture.shape
    plain = picture[0] if channels == 1 else picture.transpose(1, 2, 0)
    shown = (channels if channels == 3 else _channels(channels, shape[0]), *shape[1:])
    return Sample(name, fitted(Image.fromarray(np.ascontiguousarray(plain)), shown, FIT), (channels, height, width))


def _channels(own: int, taken: int) -> int:
    """A network that takes neither 1 nor 3 channels gets grey ones, repeated."""
    return taken if taken in (1, 3) else own


def _last(news: News[Source], tell: Tell) -> Source:
    """Return what comes after the news."""
    while True:
        try:
            tell(next(news))
        except StopIteration as end:
            found: Source = end.value
            return found
