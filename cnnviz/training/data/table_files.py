"""Tables in text files, whatever separates their cells and encodes their letters. No torch."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole

Rows = list[list[str]]

_LARGEST = 1 << 28  # bytes
_SEPARATORS = ",;\t|"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def readings(file: Path) -> Iterator[Rows]:
    """Yield the cells of a table, all rows as wide as the first; again, where its bytes may be read in another way.

    Bytes that are no text come as the system gives those of names (surrogateescape).

    Raises:
        CnnvizError: it cannot be read.
    """
    try:
        content = read_whole(file, _LARGEST) if file.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Check the table of labels.") from error
    for text in _texts(content):
        lines = [line for line in text.splitlines() if line.strip("\0 ") and not line.startswith("#")]
        rows = _of_json(lines) if file.suffix.lower() == ".jsonl" else _of_text(lines, file.suffix.lower())
        if rows:
            width = len(rows[0])
            yield [[*row, *[""] * (width - len(row))][:width] for row in rows]


def _texts(content: bytes) -> Iterator[str]:
    """Yield what the bytes may say: UTF-8 where they are that, else the Chinese of older systems, else names' bytes."""
    encodings = ("utf-16",) if content.startswith(_UTF_16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except ValueError:
            continue
        yield text
        if encoding == "utf-8-sig":
            return
    yield content.decode("utf-8-sig", "surrogateescape")


def _of_text(lines: list[str], ending: str) -> Rows:
    first = lines[0] if lines else ""
    separator = max(_SEPARATORS, key=first.count)
    if ending == ".txt" and separator not in first:
        return [line.rsplit(maxsplit=1) for line in lines]
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []


def _of_json(lines: list[str]) -> Rows:
    """Return a head of keys, and a row for each line that is an object of these."""
    try:
        found = [each for line in lines if isinstance(each := json.loads(line), dict)]
    except (ValueError, RecursionError):
        return []
    head = list(found[0]) if found else []
    return [head, *([str(each.get(key, "")) for key in head] for each in found)]
