"""A folder of data without what operating systems, editors and our own runs put beside the data. No torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.paths import real
from cnnviz.runs.layout import CHECKPOINTS, CONFIG, ENVIRONMENT, LOG, METRICS, STATUS

_ASIDE = frozenset(
    (
        "__macosx", "__pycache__", "thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini", "icon\r", "@eadir",
        "$recycle.bin", "#recycle", "@recycle", "lost+found", "network trash folder", "system volume information",
    )
)  # fmt: skip
_OF_A_RUN = frozenset((CONFIG, ENVIRONMENT, METRICS, STATUS))
_MOST_NAMED = 3
_FEWEST_OF_A_RUN = 2  # files: one alone may be anybody's "config.toml"


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """What lies in a folder and below it. Names are as the system gives them, in any bytes (surrogateescape)."""

    path: Path
    files: tuple[str, ...]  # names, sorted
    folders: tuple[Folder, ...]
    notices: tuple[str, ...] = ()  # what was left out of this folder, and why

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.name

    def every(self) -> Iterator[Folder]:
        """Yield this folder and all below it."""
        yield self
        for folder in self.folders:
            yield from folder.every()

    def file(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.path / name


def walk(folder: Path) -> Folder:
    """Return what lies below ``folder``. Links are followed, but not back to where they came from.

    Raises:
        CnnvizError: the folder itself cannot be read.
    """
    try:
        above = tuple((status.st_dev, status.st_ino) for status in map(Path.stat, real(folder).parents))
        return _walk(folder, above, is_top=True) or Folder(folder, (), ())
    except OSError as error:
        raise _unreadable(folder, error) from error


def top(folder: Path) -> Folder:
    """Return the files that lie in ``folder`` itself.

    Raises:
        CnnvizError: it cannot be read.
    """
    try:
        return Folder(folder, tuple(_listed(folder)[0]), ())
    except OSError as error:
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: OSError) -> CnnvizError:
    return CnnvizError(f"{folder} cannot be read: {error.strerror or error}.", "Choose a folder that you may read.")


def readable(name: str) -> str:
    """Return a name as text that can be shown and written anywhere: bytes that are no UTF-8 as "\\xe9"."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character, as in a damaged file, which no system gives
        return name.encode("utf-8", "backslashreplace").decode()


def _walk(folder: Path, above: tuple[tuple[int, int], ...], is_top: bool = False) -> Folder | None:
    """Return what lies below; None where that is one of our runs.

    Args:
        folder: to look into.
        above: device and inode of the folders that lead to it.
        is_top: it is the one that was asked for, be it a run or not.
    """
    status = folder.stat()
    own = (status.st_dev, status.st_ino)
    files, below, lost = _listed(folder)
    is_run = len(_OF_A_RUN & set(files)) >= _FEWEST_OF_A_RUN
    if is_run and not is_top:
        return None
    if is_run:
        files, below = [name for name in files if name not in (*_OF_A_RUN, LOG)], [n for n in below if n != CHECKPOINTS]
    folders, notices = [], _of_lost(lost)
    for name in below:
        try:
            status = (folder / name).stat()
            if (status.st_dev, status.st_ino) in (*above, own):
                notices.append(f"{_shown(folder / name)} is left out: it is a link that leads back to where it lies.")
            elif (inner := _walk(folder / name, (*above, own))) is None:
                notices.append(f"{_shown(folder / name)} is left out: it is a run that cnnviz recorded.")
            else:
                folders.append(inner)
        except OSError as error:
            notices.append(f"{_shown(folder / name)} is left out: {error.strerror or error}.")
    return Folder(folder, tuple(files), tuple(folders), tuple(notices))


def _of_lost(names: list[str]) -> list[str]:
    """Return what is said of links that lead nowhere."""
    if not names:
        return []
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return [f"Left out, for these links lead nowhere: {', '.join(map(readable, names[:_MOST_NAMED]))}{more}."]


def _listed(folder: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the names of files, of folders and of links that lead nowhere, sorted. A pipe is none of them."""
    files, folders, lost = [], [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_aside(entry.name):
                continue
            try:
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.is_file():
                    files.append(entry.name)
                elif entry.is_symlink() and not (folder / entry.name).exists():
                    lost.append(entry.name)
            except OSError:  # a link to itself
                lost.append(entry.name)
    return sorted(files), sorted(folders), sorted(lost)


def _is_aside(name: str) -> bool:
    """Hidden, a system's own, or what an editor leaves: "~$x.docx", "x.png~"."""
    return name.startswith((".", "~$")) or name.endswith("~") or name.lower() in _ASIDE


def _shown(folder: Path) -> str:
    return f"{readable(folder.name)}/"
