"""Pictures that are for training and for the test at once, found by the bytes of their files. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path

from cnnviz import units
from cnnviz.training.data.folder_tree import readable
from cnnviz.training.data.labelled import Part, Source

_PIECE = 1 << 16  # bytes: pictures of one size that differ do so early
_MOST_BYTES = 1 << 31  # to read for this, on a disk that may be slow


def told_of_same(source: Source) -> Generator[None, None, Source]:
    """Return the source, which says how many pictures of its test are learned too, byte by byte, and names one.

    Only files of the same size are opened. Where that would be too much to read, the comparison is left out.
    """
    learned, tested = _by_size(source.train), _by_size(source.test)
    alike = learned.keys() & tested.keys()
    if sum(size * (len(learned[size]) + len(tested[size])) for size in alike) > _MOST_BYTES:
        return source
    same: dict[str, str] = {}  # the picture to learn, by that of the test
    for size in sorted(alike):
        yield None
        same |= _same(learned[size], tested[size])
    if not same:
        return source
    one, other = next(iter(sorted(same.items())))
    count = units.counted(len(same), "picture")
    said = (
        f"{count} of the test, byte for byte, also to learn from: the test is easier for it."
        f" {_shown(one)} is {_shown(other)}."
    )
    return replace(source, notices=(*source.notices, said))


def _by_size(part: Part) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for file in part.pictures if isinstance(part.pictures, tuple) else ():
        try:
            if size := Path(file).stat().st_size:  # what is empty shows nothing
                found.setdefault(size, []).append(file)
        except OSError:  # said when it is read
            continue
    return found


def _same(learned: Iterable[str], tested: Iterable[str]) -> dict[str, str]:
    begun: dict[bytes, list[str]] = {}
    for file in learned:
        begun.setdefault(_digest(file, _PIECE), []).append(file)
    found = {}
    for file in tested:
        whole = _digest(file, -1) if (near := begun.get(_digest(file, _PIECE), [])) else b""
        other = next((each for each in near if whole and _digest(each, -1) == whole), None)
        if other is not None:
            found[file] = other
    return found


def _digest(file: str, most: int) -> bytes:
    """Return a digest of a file's first ``most`` bytes, −1: of all; b"" of one that cannot be read."""
    try:
        with Path(file).open("rb") as opened:
            return hashlib.sha256(opened.read(most)).digest()
    except OSError:
        return b""


def _shown(file: str) -> str:
    path = Path(file)
    return readable("/".join(path.parts[-3:]))
