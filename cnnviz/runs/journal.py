"""A text file that only grows, a whole line at a time."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import cannot_write, read_whole, reading, replacing, to_disk

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


def read_lines(file: Path) -> list[dict[str, object] | None]:
    """Return the JSON objects of ``file``, one a line; None for a line that is damaged.

    A last line without its end is still being written, and left out.

    Raises:
        CnnvizError: the file cannot be read.
    """
    with reading(file, "Choose the folder of a run."):
        text = read_whole(file, _LARGEST).decode("utf-8", "replace")
    return [_parsed(line) for line in text[: text.rfind("\n") + 1].split("\n")[:-1]]


def _parsed(line: str) -> dict[str, object] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
