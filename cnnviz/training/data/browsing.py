"""What a source of data holds, class by class, with a few pictures as the network will see them. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import fitted
from cnnviz.pictures.reading import header, seen
from cnnviz.training.control import Control
from cnnviz.training.data.data_names import named
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.labelled import Part, Source
from cnnviz.training.data.layouts import locate
from cnnviz.training.data.obtaining import News, find, heed
from cnnviz.training.data.reading_files import FIT


@dataclass(frozen=True, slots=True, eq=False)
class ClassSamples:
    """One class of a source."""

    name: str
    train_images: int
    test_images: int
    pictures: npt.NDArray[np.uint8]  # (n, C, H, W), the first training pictures, as the network will see them
    unreadable: tuple[str, ...]  # why some of the first cannot be shown


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """What a source holds."""

    title: str
    classes: tuple[ClassSamples, ...]
    notices: tuple[str, ...]  # what was decided and left out


def overview(
    data: str, size: tuple[int, int], channels: int | None = None, per_class: int = 8, control: Control | None = None
) -> Overview:
    """Return the classes of ``data`` with their counts, and the first pictures of each, without decoding all of them.

    Args:
        data: as ``TrainConfig.data``: a data set's name, which must be on this machine, or a path.
        size: height and width of the network's input, pixels.
        channels: 1 or 3, what the network takes; None: as these pictures are.
        per_class: how many pictures of each class.
        control: a stop ends it between two pictures.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: there are no such data here, or they cannot be read.
    """
    control = control or Control()
    wanted = named(data)
    if isinstance(wanted, DataSet) and locate(wanted) is None:
        raise CnnvizError(f"{wanted.title} is not on this machine yet.", "Start a run with it: it is then downloaded.")
    source = _last(find(data, control))
    chosen = [_firsts(source.train, label, per_class) for label in range(len(source.class_names))]
    depth = channels or _channels(source, chosen)
    return Overview(
        source.title,
        tuple(_samples(source, label, at, (depth, *size), control) for label, at in enumerate(chosen)),
        source.notices,
    )


def _samples(
    source: Source, label: int, at: Sequence[int], shape: tuple[int, int, int], control: Control
) -> ClassSamples:
    shown, unreadable = [], []
    for each in at:
        heed(control)
        try:
            shown.append(_pixels(source.train, each, shape))
        except CnnvizError as error:
            unreadable.append(error.message)
    return ClassSamples(
        source.class_names[label],
        int((source.train.labels == label).sum()),
        int((source.test.labels == label).sum()),
        np.stack(shown) if shown else np.empty((0, *shape), np.uint8),
        tuple(unreadable),
    )


def _pixels(part: Part, at: int, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Return one picture, (C, H, W)."""
    if not isinstance(part.pictures, np.ndarray):
        return seen(Path(part.pictures[at]), shape, FIT)
    picture = part.pictures[at]
    plain = picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
    return fitted(Image.fromarray(np.ascontiguousarray(plain)), shape, FIT)


def _firsts(part: Part, label: int, count: int) -> list[int]:
    return [int(at) for at in np.flatnonzero(part.labels == label)[:count]]


def _channels(source: Source, chosen: Sequence[Sequence[int]]) -> int:
    """Return 3 where one of the chosen pictures has colour, else 1."""
    pictures = source.train.pictures
    if isinstance(pictures, np.ndarray):
        return int(pictures.shape[1])
    return max(_channels_of(pictures[at]) for each in chosen for at in each)


def _channels_of(file: str) -> int:
    try:
        return header(Path(file)).channels
    except CnnvizError:
        return 1


def _last(news: News[Source]) -> Source:
    """Return what comes after the news."""
    while True:
        try:
            next(news)
        except StopIteration as end:
            found: Source = end.value
            return found
