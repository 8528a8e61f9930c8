"""Files written whole or not at all, and named in text. Stdlib only."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

from cnnviz.errors import CnnvizError

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all (None: unknown); raise in it to cancel
_URI = "file://"


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a temporary path beside ``file``; on leaving, it takes the place of ``file`` in one step.

    Raises:
        CnnvizError: the folder cannot be written or the disk is full. ``file`` is then what it was before.
    """
    temporary = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = _created_beside(file)
        yield temporary
        temporary.replace(file)
    except OSError as error:
        raise cannot_write(file, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(file: Path, text: str) -> None:
    """Write ``text`` in place of ``file``, as UTF-8.

    Raises:
        CnnvizError: as ``replacing``.
    """
    with replacing(file) as temporary:
        temporary.write_text(text, "utf-8")


class NoSpaceError(CnnvizError):
    """The disk is full, or the user's part of it: what could not be written can be once there is room."""


def cannot_write(file: Path, error: OSError) -> CnnvizError:
    """Return what to tell the user when writing ``file`` failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "Free some disk space or choose another folder."
        return NoSpaceError(f"There is no space left to write {file}.", remedy)
    return CnnvizError(
        f"{file} cannot be written: {error.strerror or error}.", "Choose a folder that you may write to."
    )


def path_of(text: str) -> Path:
    """Return the path that a text names, as ``storable`` wrote it or as somebody typed it."""
    if text.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_URI))))
    return Path(text).expanduser()


def storable(name: str) -> str:
    """Return ``name`` as text that any file can hold: a path that is no Unicode becomes its ``file://`` address."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return Path(name).expanduser().absolute().as_uri()
    return name


def _created_beside(file: Path) -> Path:
    """Return a new, empty file beside ``file``, with the rights that the user's umask leaves: the system applies it.

    ``tempfile`` makes files for the owner alone, and asking for the umask sets it for every thread of the process.
    """
    while True:
        temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        with suppress(FileExistsError):
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return temporary
