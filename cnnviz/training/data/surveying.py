"""Which files of a folder are pictures: by their ending, or by their content where that says nothing. No torch."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.pictures.opening import suffixes
from cnnviz.pictures.reading import header
from cnnviz.training.data.folder_tree import Folder, readable

_MOST_NAMED = 5


class Survey:
    """The pictures of a tree of folders, and how many other files it has of each ending."""

    def __init__(self, tree: Folder) -> None:
        self._own: dict[Path, tuple[str, ...]] = {}
        self._others: dict[Path, Counter[str]] = {}
        for folder in tree.every():
            pictures = tuple(str(folder.file(name)) for name in folder.files if _is_picture(folder, name))
            self._own[folder.path] = pictures
            named = {Path(file).name for file in pictures}
            self._others[folder.path] = Counter(
                Path(name).suffix.lower() or "no ending" for name in folder.files if name not in named
            )

    def own(self, folder: Folder) -> tuple[str, ...]:
        """Return the pictures that lie in ``folder`` itself."""
        return self._own.get(folder.path, ())

    def below(self, folder: Folder) -> list[str]:
        """Return the pictures of ``folder`` and of all folders below it."""
        return [file for each in folder.every() for file in self.own(each)]

    def with_pictures(self, folder: Folder) -> list[Folder]:
        """Return the folders in ``folder`` that hold a picture, at whatever depth."""
        return [each for each in folder.folders if any(map(self.own, each.every()))]

    def without_pictures(self, folder: Folder) -> list[Folder]:
        """Return the other folders in ``folder``."""
        filled = self.with_pictures(folder)
        return [each for each in folder.folders if each not in filled]

    def others(self, folders: list[Folder]) -> str:
        """Return what to say of the files in and below ``folders`` that are no pictures; "" where there is none."""
        counted: Counter[str] = Counter()
        for folder in folders:
            for each in folder.every():
                counted += self._others.get(each.path, Counter())
        if not counted:
            return ""
        shown = ", ".join(f"{readable(ending)} ({count:,})" for ending, count in counted.most_common(_MOST_NAMED))
        said = "it is no picture" if counted.total() == 1 else "they are no pictures"
        return f"Left out, for {said} that can be read here: {units.counted(counted.total(), 'file')}, {shown}."


def _is_picture(folder: Folder, name: str) -> bool:
    """A file whose ending is a picture's is one, broken or not; of the others it is asked what they hold."""
    if Path(name).suffix.lower() in suffixes():
        return True
    try:
        header(folder.file(name))
    except CnnvizError:
        return False
    return True
