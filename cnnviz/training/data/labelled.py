"""Labelled pictures that were found and not read yet; which classes they have, and which are for the test. No torch."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.training.data.folder_tree import readable

TEST_SHARE = 0.2  # of each class, where the user made no split
_SPLIT_SEED = 0  # the split and the order belong to the data, not to the run: runs with other seeds stay comparable
_MOST_NAMED = 5

Labels = npt.NDArray[np.int64]
Pictures = npt.NDArray[np.uint8] | tuple[str, ...]  # (N, C, H, W), or files that are not read yet


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Pictures, and what they show."""

    pictures: Pictures
    labels: Labels  # (N,)
    mixed: bool = True  # False: the classes may lie one behind the other

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, at: Labels) -> Part:
        """Return the pictures at these positions."""
        pictures = self.pictures
        chosen = pictures[at] if isinstance(pictures, np.ndarray) else tuple(pictures[each] for each in at)
        return Part(chosen, self.labels[at], self.mixed)

    def first(self, count: int | None) -> Part:
        """Return ``count`` pictures, a fair sample; all of them for None."""
        if count is None or count >= len(self):
            return self
        if not self.mixed:
            return self.taken(self.places(count))
        return Part(self.pictures[:count], self.labels[:count])

    def places(self, count: int | None) -> Labels:
        """Return where the pictures of ``first`` stand here."""
        if count is None or count >= len(self):
            return np.arange(len(self))
        return np.arange(count) if self.mixed else np.sort(_order(len(self))[:count])


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Both halves of what a run needs."""

    title: str
    class_names: tuple[str, ...]
    train: Part  # labels 0 .. len(class_names) - 1
    test: Part
    notices: tuple[str, ...] = ()  # what was decided and left out, in sentences

    def limited(self, count: int | None) -> Source:
        """Return it with no more than ``count`` pictures to train on."""
        return replace(self, train=self.train.first(count))


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """Pictures of one split as a reader found them, with names of their own for the classes."""

    name: str  # "training/", for a notice
    part: Part  # labels are positions in ``class_names``
    class_names: tuple[str, ...]


def half_of(name: str, pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.generic]) -> Half:
    """Return a half whose classes are the labels that occur.

    Args:
        name: of the split.
        pictures: (N, C, H, W).
        labels: (N,), whole numbers or text.
    """
    names, positions = np.unique(labels, return_inverse=True)
    texts = tuple(str(each) for each in names.tolist())
    return Half(name, Part(pictures, positions.reshape(-1).astype(np.int64)), texts)


def source_of(title: str, train: Half, test: Half | None, notices: Sequence[str] = ()) -> Source:
    """Return both halves with the classes of the first; what is missing or left over is said.

    Without a ``test`` a fifth of each class is kept for it.

    Raises:
        CnnvizError: there are fewer than two classes, or too few pictures of one to split.
    """
    found = np.flatnonzero(np.bincount(train.part.labels, minlength=len(train.class_names)))
    names = tuple(train.class_names[at] for at in found)
    if len(names) < 2:
        count = f"{len(names)} class" if names else "no picture of a class"
        hint = "Put the pictures of each class into a sub-folder of its own, or name their classes in a labels.csv."
        raise CnnvizError(" ".join((f"{title} has {count}; telling pictures apart needs two.", *notices[:2])), hint)
    said = list(notices)
    learned = _renumbered(train, {int(at): new for new, at in enumerate(found)})
    shown = _unique(tuple(readable(name) for name in names))
    if test is None:
        said.append(f"No test pictures with labels were found: {TEST_SHARE:.0%} of each class are kept for the test.")
        return Source(title, shown, *_split(learned, names), tuple(said))
    matches, remarks = _matched(names, train.name, test)
    tested = _renumbered(test, matches)
    if len(tested) == 0:
        raise CnnvizError(
            f"{test.name} in {title} shares no class with {train.name}.", "Name the classes alike in both."
        )
    return Source(title, shown, learned, tested, (*said, *remarks))


def mixed(part: Part) -> Part:
    """Return the pictures in a fixed shuffled order, so that any first so many are a fair sample."""
    return replace(part.taken(_order(len(part))), mixed=True)


def _order(count: int) -> Labels:
    return np.random.default_rng(_SPLIT_SEED).permutation(count)


def _matched(names: tuple[str, ...], train: str, test: Half) -> tuple[dict[int, int], list[str]]:
    """Return which class of the test is which of the training, and what is to be said of the rest."""
    exact = {name: at for at, name in enumerate(names)}
    alike: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        alike.setdefault(folded(name), []).append(at)
    counts = np.bincount(test.part.labels, minlength=len(test.class_names))
    matches, spelled, extra = {}, [], []
    for at, name in enumerate(test.class_names):
        near = alike.get(folded(name), [])
        if name in exact:
            matches[at] = exact[name]
        elif len(near) == 1 and names[near[0]] not in test.class_names:
            matches[at] = near[0]
            spelled.append(f"{readable(name)} is {readable(names[near[0]])}")
        elif counts[at]:
            extra.append(f"{readable(name)} ({counts[at]:,})")
    reached = {new for at, new in matches.items() if counts[at]}
    missing = [readable(name) for at, name in enumerate(names) if at not in reached]
    remarks = [f"Spelled otherwise in {test.name}: {listed(spelled)}."] if spelled else []
    if extra:
        remarks.append(f"Left out, for {train} has no such class: {listed(extra)} of {test.name}.")
    if missing:
        remarks.append(f"{test.name} has no picture of {listed(missing)}: the test says nothing of them.")
    return matches, remarks


def _renumbered(half: Half, new: dict[int, int]) -> Part:
    """Return the pictures of the classes that ``new`` numbers; nothing is copied where that is all of them."""
    table = np.full(max(len(half.class_names), 1), -1, np.int64)
    for at, number in new.items():
        table[at] = number
    labels = table[half.part.labels]
    part = replace(half.part, labels=labels)
    return part if (labels >= 0).all() else part.taken(np.flatnonzero(labels >= 0))


def _split(part: Part, names: tuple[str, ...]) -> tuple[Part, Part]:
    train: list[Labels] = []
    test: list[Labels] = []
    order = _order(len(part))
    by_class = order[np.argsort(part.labels[order], kind="stable")]
    ends = np.cumsum(np.bincount(part.labels, minlength=len(names)))
    for name, own in zip(names, np.split(by_class, ends[:-1]), strict=True):
        if len(own) < 2:
            hint = "Give each class at least two, one of which is kept for the test."
            raise CnnvizError(f"{readable(name)} holds only one picture.", hint)
        kept = max(1, round(TEST_SHARE * len(own)))
        test.append(own[:kept])
        train.append(own[kept:])
    return _shuffled(part, train), _shuffled(part, test)


def _shuffled(part: Part, at: list[Labels]) -> Part:
    chosen = np.concatenate(at)
    return replace(part.taken(chosen[_order(len(chosen))]), mixed=True)


def folded(name: str) -> str:
    """Return what two spellings of one class share: not case, spaces for "_" or "-", accents' form, leading zeros."""
    plain = re.sub(r"(?<=\w)[\s_-]+(?=\w)", " ", unicodedata.normalize("NFC", name).casefold().strip())
    return re.sub(r"(?<!\d)0+(?=\d)", "", plain)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Two names that can only be shown alike are told apart by a number."""
    alike = tuple(unicodedata.normalize("NFC", name) for name in names)
    first = {name: at for at, name in reversed(tuple(enumerate(alike)))}
    return tuple(
        name if first[same] == at else f"{name} ({at})"
        for at, (name, same) in enumerate(zip(names, alike, strict=True))
    )


def listed(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def arrays_of(part: Part) -> npt.NDArray[np.uint8]:
    """Return the pictures of a part that is in memory already."""
    return cast("npt.NDArray[np.uint8]", part.pictures)
