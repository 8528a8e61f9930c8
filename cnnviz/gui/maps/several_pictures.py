"""One channel for several pictures: which are wished for, what is asked, what comes back, and how. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.drawing import Drawing, draw
from cnnviz.feature_maps.questions import Question
from cnnviz.feature_maps.verdict import verdict
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered, find_picture

if TYPE_CHECKING:
    from cnnviz.feature_maps.answers import FeatureMaps
    from cnnviz.feature_maps.attribution.heat_map import Told
    from cnnviz.training.data.browsing import Contents, Split

MOST = 9  # pictures: kept with all channels, each up to 13 MB in a VGG-16 at 224
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Several:
    """Which pictures are looked at beside one another."""

    data: str = "fashion-mnist-sample"  # as ``TrainConfig.data``
    split: Split = "test"
    label: int | None = None  # their class; None: one picture of each class
    count: int = MOST
    first: int = 0  # number of the first one; of one of each class, the number in each
    files: tuple[Path, ...] = ()  # these, where any were chosen


@dataclass(frozen=True, slots=True)
class PicturesBeside:
    """One channel of a call, for several pictures."""

    question: Question  # of each, but for its picture
    which: Several
    channel: int


@dataclass(frozen=True, slots=True, eq=False)
class SeenPicture:
    """One of the pictures."""

    picture: Path | FoundPicture
    said: str = ""  # what the network says of it, in words; or why there is no map
    brief: str = ""  # the first of these where there is little room
    maps: FeatureMaps | None = None  # None: it cannot be looked at

    @property
    def title(self) -> str:
        """What to call it."""
        if isinstance(self.picture, Path):
            return self.picture.name
        return f"{self.picture.class_name} {self.picture.wanted.number}"


@dataclass(frozen=True, slots=True, eq=False)
class PicturesSeen:
    """The channel's map of each picture, in one scale."""

    asked: PicturesBeside
    seen: tuple[SeenPicture, ...]
    drawing: Drawing | None  # a map for each that could be looked at, in their order; None: of none
    class_names: tuple[str, ...] = ()  # of the data


def look_at_several(
    asked: PicturesBeside,
    contents: Callable[[str], Contents],
    maps_of: Callable[[Question], FeatureMaps],
    told: Told,
) -> PicturesSeen:
    """Return the maps of a channel for several pictures; one that cannot be looked at says why in its place.

    Args:
        asked: which.
        contents: returns what data hold.
        maps_of: answers for one picture.
        told: how many of how many pictures are done; what it raises ends the work.

    Raises:
        CnnvizError: the data cannot be read, or ``told`` ended it.
    """
    names, pictures = _pictures(asked.which, contents)
    seen: list[SeenPicture] = []
    for done, picture in enumerate(pictures):
        told(done, len(pictures))
        try:
            seen.append(_seen(picture, asked.question, maps_of))
        except CnnvizError as error:
            told(done, len(pictures))  # it may have been ended
            seen.append(SeenPicture(picture, error.message))
    return PicturesSeen(asked, _alike(seen), _drawing(_alike(seen), asked), names)


def _pictures(which: Several, contents: Callable[[str], Contents]) -> tuple[tuple[str, ...], list[Path | FoundPicture]]:
    if which.files:
        return (), list(which.files[:MOST])
    found = contents(which.data)
    counts = found.split(which.split).counts
    count = max(FEWEST, min(which.count, MOST))
    if which.label is None or which.label >= len(found.class_names):
        there = [label for label in range(len(found.class_names)) if counts[label]]
        chosen = [(label, min(which.first, int(counts[label]) - 1)) for label in there[:count]]
    else:
        first = max(0, min(which.first, int(counts[which.label]) - count))
        chosen = [(which.label, number) for number in range(first, min(first + count, int(counts[which.label])))]
    if not chosen:
        raise CnnvizError(f"{found.title} has no such picture.", "Choose another class, or the other half.")
    return found.class_names, [
        find_picture(found, Numbered(which.data, which.split, str(label), number)) for label, number in chosen
    ]


def _seen(picture: Path | FoundPicture, question: Question, maps_of: Callable[[Question], FeatureMaps]) -> SeenPicture:
    file = picture.file if isinstance(picture, FoundPicture) else picture
    maps = maps_of(replace(question, picture=file))
    if isinstance(picture, Path):
        return SeenPicture(picture, maps=maps)
    said = verdict(picture, maps.shares, maps.class_names)
    return SeenPicture(picture, said.answer, said.brief, maps)


def _alike(seen: list[SeenPicture]) -> tuple[SeenPicture, ...]:
    """A network may make maps of other shapes of another picture: those cannot stand in one scale."""
    first = next((each.maps.values.shape for each in seen if each.maps is not None), None)
    return tuple(
        replace(each, said="Its maps have another shape.", brief="", maps=None)
        if each.maps is not None and each.maps.values.shape != first
        else each
        for each in seen
    )


def _drawing(seen: tuple[SeenPicture, ...], asked: PicturesBeside) -> Drawing | None:
    """One range for all: a colour stands for the same value in each."""
    maps = [each.maps.values[asked.channel] for each in seen if each.maps is not None]
    return draw(np.stack(maps), replace(asked.question.scaling, each=False)) if maps else None
