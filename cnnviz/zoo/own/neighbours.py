"""What a file of somebody's imports of its project: what it makes changes with these files, too. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cnnviz.files import stamp_of
from cnnviz.zoo.own.permission import digest
from cnnviz.zoo.specs import ModelSpec

_first: dict[Path, dict[Path, object]] = {}  # of each file: what it imports, as it was when that was first known


def remember_neighbours(file: Path, imported: Mapping[Path, object]) -> None:
    """``file`` has imported these, which had these stamps."""
    known = _first.setdefault(file, {})
    for each, stamp in imported.items():
        known.setdefault(each, stamp)


def neighbours_of(file: Path) -> tuple[Path, ...]:
    """Return what is known to be imported by ``file``, or by its network while it runs."""
    return tuple(_first.get(file, ()))


def edition(file: Path) -> str:
    """Return what changes with the files that ``file`` imports; "" while they are as they were first."""
    first = _first.get(file, {})
    now = {each: stamp_of(each) for each in first}
    return "" if now == first else f"+{digest(repr(now).encode())}"


def without_edition(spec: ModelSpec) -> ModelSpec:
    """Return the network as another process knows it, to which what is imported now is what there ever was."""
    return replace(spec, revision=content_of(spec.revision))


def content_of(revision: str) -> str:
    """Return what of a revision is the file's own."""
    return revision.partition("+")[0]
