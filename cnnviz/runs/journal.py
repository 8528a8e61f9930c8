"""A text file that only grows, a whole line at a time."""

from __future__ import annotations

import json
from io import FileIO
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import cannot_write


class Journal:
    """Appends lines to ``file``; each is handed to the system before ``append`` returns."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._out: FileIO | None = None

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
            CnnvizError: there is no space left, or the folder is gone. What stood before is whole.
        """
        out = self.open()
        whole = out.tell()
        content = f"{line}\n".encode("utf-8", "backslashreplace")  # names on disk may be in any bytes
        try:
            while content:  # a raw write may take only a part when the disk fills up
                content = content[out.write(content) :]
        except OSError as error:
            out.truncate(whole)
            raise cannot_write(self._file, error) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._out is not None:
            self._out.close()


def read_lines(file: Path) -> list[dict[str, object]]:
    """Return the JSON objects of ``file``, one a line; a last line without its end is still being written: left out.

    Raises:
        CnnvizError: the file cannot be read, or a whole line is no JSON object.
    """
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as error:
        raise CnnvizError(
            f"{file} cannot be read: {error.strerror or error}.", "Choose the folder of a run."
        ) from error
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [_parsed(file, number, line) for number, line in enumerate(lines, 1)]


def _parsed(file: Path, number: int, line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise CnnvizError(f"Line {number} of {file} is damaged.", "Remove the line, or choose another run.")
    return row
