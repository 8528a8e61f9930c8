"""A text file that only grows, a whole line at a time."""

from __future__ import annotations

import errno
import json
import os
from io import SEEK_END, FileIO
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import cannot_write
from cnnviz.runs.layout import check_there


class Journal:
    """Appends lines to ``file``; each is with the system before ``append`` returns, or held until there is room."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._out: FileIO | None = None
        self._held = b""  # lines that are not written yet

    def open(self) -> FileIO:
        """Return the open file, made where there is none; ``append`` does it too.

        Raises:
            CnnvizError: the folder cannot be written.
        """
        if self._out is None:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._out = self._file.open("ab", buffering=0)
            except OSError as error:
                raise cannot_write(self._file, error) from error
        return self._out

    def append(self, line: str) -> None:
        """Add one line.

        Raises:
            NoSpaceError: it is held, and the next ``append`` tries again. What stood before is whole.
            CnnvizError: the folder is gone, or cannot be written.
        """
        self._held += f"{line}\n".encode("utf-8", "backslashreplace")  # names on disk may be in any bytes
        out = self.open()
        whole, content = out.seek(0, SEEK_END), self._held
        try:
            if os.fstat(out.fileno()).st_nlink == 0:  # writing to it would succeed, and be of no use
                check_there(self._file.parent)
                raise FileNotFoundError(errno.ENOENT, "it is gone")
            while content:  # a raw write may take only a part when the disk fills up
                content = content[out.write(content) :]
        except OSError as error:
            out.truncate(whole)
            raise cannot_write(self._file, error) from error
        self._held = b""

    def close(self) -> None:
        """Let go of the file."""
        if self._out is not None:
            self._out.close()


def read_lines(file: Path) -> list[dict[str, object] | None]:
    """Return the JSON objects of ``file``, one a line; None for a line that is damaged.

    A last line without its end is still being written, and left out.

    Raises:
        CnnvizError: the file cannot be read.
    """
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as error:
        raise CnnvizError(
            f"{file} cannot be read: {error.strerror or error}.", "Choose the folder of a run."
        ) from error
    return [_parsed(line) for line in text[: text.rfind("\n") + 1].split("\n")[:-1]]


def _parsed(line: str) -> dict[str, object] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
