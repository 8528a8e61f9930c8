"""The pictures of a folder by what a table may call them: a path or its end, with its ending or without. No torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from cnnviz.pictures.opening import suffixes
from cnnviz.training.data.folder_tree import Folder
from cnnviz.training.data.split_names import Split, split_of
from cnnviz.training.data.surveying import Survey


class NamedPictures:
    """Finds a picture by its name."""

    def __init__(self, tree: Folder) -> None:
        self._root = tree.path
        self.files = tuple(Survey(tree).below(tree))
        self._by_name: dict[str, list[str]] = {}
        for file in self.files:
            parts = Path(file).relative_to(tree.path).parts
            for start in range(len(parts)):
                for key in _keys("/".join(parts[start:])):
                    self._by_name.setdefault(key, []).append(file)

    def find(self, cell: str, beside: Path, strange: int = 0, split: Split | None = None) -> str | None:
        """Return the picture that a cell of a table names; None where it names none, or several.

        Args:
            cell: of the table.
            beside: the folder of the table, from which a path begins.
            strange: so many folders that the cell begins with may be those of another machine.
            split: of several pictures the one in a folder for this is meant.
        """
        parts = _parts(cell)
        if not parts:
            return None
        here = "/".join((*beside.relative_to(self._root).parts, *parts))
        for name in (here, *("/".join(parts[start:]) for start in range(min(strange, len(parts) - 1) + 1))):
            for key in _keys(name):
                if found := self._by_name.get(key):
                    return self._only(found, split)
        return None

    def split_of(self, file: str) -> Split | None:
        """Return what the folders of a picture say that it is for."""
        above = Path(file).relative_to(self._root).parts[:-1]
        return next((split for part in above if (split := split_of(part)) is not None), None)

    @property
    def folders(self) -> set[str]:
        """The names of all folders that lead to pictures."""
        above = {Path(file).parent for file in self.files}
        return {part for each in above for part in each.relative_to(self._root).parts}

    def folder_of(self, file: str, names: Collection[str]) -> str | None:
        """Return the innermost folder of a picture that bears one of ``names``."""
        above = Path(file).relative_to(self._root).parts[:-1]
        return next((part for part in reversed(above) if part in names), None)

    def _only(self, found: list[str], split: Split | None) -> str | None:
        meant = found if len(found) == 1 else [file for file in found if split and self.split_of(file) == split]
        return meant[0] if len(meant) == 1 else None


def shared_folders(cells: Sequence[str]) -> int:
    """Return with how many folders all of these paths begin alike: they may be those of another machine."""
    paths = [_parts(cell)[:-1] for cell in cells if cell.strip()]
    count = 0
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        count += 1
    return count


def _parts(cell: str) -> list[str]:
    return [part for part in cell.strip().replace("\\", "/").split("/") if part not in ("", ".")]


def _keys(name: str) -> tuple[str, ...]:
    """Return under what a name is known: whole, and without the ending of a picture."""
    whole = name.casefold()
    ending = Path(whole).suffix
    return (whole, whole.removesuffix(ending)) if ending in suffixes() else (whole,)
