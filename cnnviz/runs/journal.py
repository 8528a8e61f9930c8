"""A text file that only grows, a whole line at a time."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import cannot_write, open_file, read_whole, reading, replacing, to_disk

_LARGEST = 1 << 29  # bytes: of a million steps some tens of megabytes


class Journal:
    """Lines, and the file that they are written to: what is not written yet is held until it can be.

    All lines are kept, some 20 bytes for each step of a run, so that they can be written again, somewhere else.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._out: FileIO | None = None
        self._content = bytearray()
        self._written = 0  # bytes of the content that are with the system

    def add(self, line: str) -> None:
        """Add one line, which ``write`` writes."""
        self._content += f"{line}\n".encode("utf-8", "backslashreplace")  # names on disk may be in any bytes

    @property
    def row_count(self) -> int:
        """How many lines there are, written or not."""
        return self._content.count(b"\n")

    def take_up(self, keep: Callable[[Sequence[bytes]], list[bytes]] = list) -> None:
        """Go on behind what the file says already, of which ``keep`` returns the lines that stay; once.

        Raises:
            CnnvizError: it cannot be read, or not be written anew.
        """
        if self._out is not None:
            return
        with reading(self._file, "Check the disk, and your rights there."):
            text = read_whole(self._file, _LARGEST) if self._file.exists() else b""
        lines = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)  # the last may be cut off
        before = b"".join(keep(lines))
        with replacing(self._file, make_parents=False) as temporary:
            temporary.write_bytes(before)
            to_disk(temporary)
        self._content[:0], self._written = before, len(before)
        self._out = FileIO(self._file, "ab")

    def to_disk(self) -> None:
        """Return when what was written would outlast a loss of power.

        Raises:
            CnnvizError: it could not be written after all.
        """
        if self._out is not None:
            try:
                os.fsync(self._out.fileno())
            except OSError as error:
                raise cannot_write(self._file, error) from error

    def write(self) -> None:
        """Write what is not written; what stands before is whole whatever happens.

        Raises:
            NoSpaceError: there is no room for it now.
            CnnvizError: the folder is gone, or cannot be written.
        """
        self.check()
        if self._written == len(self._content):
            return
        try:
            if self._out is None:
                self._out = FileIO(self._file, "ab", opener=_new)
            self._append(self._out)
        except OSError as error:
            raise cannot_write(self._file, error) from error

    def check(self) -> None:
        """Return if the file is where it was: writing to one that was taken away would succeed, and be of no use.

        Raises:
            CnnvizError: it is not.
        """
        if self._out is None:
            return
        try:
            if not os.path.samestat(os.fstat(self._out.fileno()), self._file.stat()):
                raise FileNotFoundError(errno.ENOENT, "another file is in its place")
        except (FileNotFoundError, NotADirectoryError) as error:
            if self._file.parent.is_dir():
                raise CnnvizError(f"{self._file} is gone.", "Put it back, or start again elsewhere.") from error
            hint = "Put it back, or start again elsewhere; the weights of the last checkpoint went with it."
            raise CnnvizError(f"The run's folder {self._file.parent} is gone.", hint) from error
        except OSError as error:
            raise cannot_write(self._file, error) from error

    def move(self, file: Path) -> None:
        """Write to ``file`` from now on, from the first line on."""
        self.close()
        self._file, self._out, self._written = file, None, 0

    def rows(self) -> list[dict[str, object]]:
        """Return all that was added, as JSON objects."""
        lines = self._content.decode("utf-8", "replace").split("\n")
        return [row for line in lines if (row := _parsed(line)) is not None]

    def close(self) -> None:
        """Let go of the file."""
        if self._out is not None:
            with suppress(OSError):  # a disk that has gone may say so only now
                self._out.close()
            self._out = None

    def _append(self, out: FileIO) -> None:
        """A raw write may take only a part when the disk fills up: a line that is not whole is taken back."""
        size = os.fstat(out.fileno()).st_size
        if size != self._written:  # half a line of ours that could not be taken back, or somebody shortened the file
            self._written = self._written if size > self._written else 0
            out.truncate(self._written)
        try:
            at = self._written
            while at < len(self._content):
                at += out.write(bytes(self._content[at:]))
        except OSError:
            with suppress(OSError):  # else before the next write
                out.truncate(self._written)
            raise
        self._written = at


def _new(file: str, flags: int) -> int:
    """A file that is there already is somebody else's, and so is what a link points to."""
    return os.open(file, flags | os.O_EXCL, 0o666)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a journal was read. One of which lines are taken back is another file in its place."""

    file: int  # its number on the disk
    end: int  # bytes of whole lines


START = Mark(0, 0)


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of a journal; a last one without its end is still being written, and left out."""

    rows: list[dict[str, object] | None]  # None: it is damaged
    mark: Mark  # behind them
    is_whole: bool  # they are all that there are


def read_lines(file: Path, since: Mark = START) -> Lines:
    """Return the lines of ``file`` behind a mark; all of them where it is a mark in another file.

    Raises:
        CnnvizError: the file cannot be read.
    """
    with reading(file, "Choose the folder of a run."), open_file(file) as opened:
        status = os.fstat(opened.fileno())
        begin = since.end if status.st_ino == since.file and status.st_size >= since.end else 0
        if status.st_size - begin > _LARGEST:
            raise OSError(errno.EFBIG, f"it has more than {_LARGEST >> 20} MB")
        opened.seek(begin)
        text = opened.read(status.st_size - begin)
    text = text[: text.rfind(b"\n") + 1]
    rows = [_parsed(line) for line in text.decode("utf-8", "replace").split("\n")[:-1]]
    return Lines(rows, Mark(status.st_ino, begin + len(text)), begin == 0)


def _parsed(line: str) -> dict[str, object] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
