"""Tables in text files, whatever separates their cells and encodes their letters. No torch."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole

Rows = list[list[str]]

_LARGEST = 1 << 28  # bytes
_SEPARATORS = ",;\t|"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # marks that a file begins with
_PAST_ASCII = re.compile(rb"[\x80-\xff]+")


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
        for rows in filter(None, _rows(text, file.suffix.lower())):
            width = len(rows[0])
            yield [[*row, *[""] * (width - len(row))][:width] for row in rows]


def _rows(text: str, ending: str) -> Iterator[Rows]:
    if ending == ".json":
        yield _of_json(text)
        return
    lines = [line for line in text.splitlines() if line.strip("\0 ")]
    yield _of_objects(lines) if ending == ".jsonl" else _of_text(lines, ending)
    if ending == ".txt" and lines:
        yield [line.rsplit(maxsplit=1) for line in lines]  # of paths with a space


def _texts(content: bytes) -> Iterator[str]:
    """Yield what the bytes may say: UTF-8 where they are that, else an older system's letters, else names' bytes."""
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except ValueError:
            continue
        yield text
        if encoding.startswith("utf"):
            return
    yield content.decode("utf-8-sig", "surrogateescape")


def _encodings(content: bytes) -> tuple[str, ...]:
    """Return what is worth to try. Chinese stands in pairs of bytes past ASCII, a Western letter mostly alone."""
    if content[:2] in _UTF_16:
        return ("utf-16",)
    if b"\0" in content[:2]:
        return ("utf-16-be" if content[:1] == b"\0" else "utf-16-le",)
    runs = [len(run) for run in _PAST_ASCII.findall(content)]
    is_western = 2 * runs.count(1) > len(runs)
    return ("utf-8-sig", "cp1252", "gb18030") if is_western else ("utf-8-sig", "gb18030", "cp1252")


def _of_text(lines: list[str], ending: str) -> Rows:
    first = next((line for line in lines if not line.startswith("#")), "")
    separator = max(_SEPARATORS, key=first.count)
    lines = [line for line in lines if not _is_comment(line, separator, first)]
    if ending == ".txt" and separator not in first:
        cells = [line.split() for line in lines]
        return cells if len({*map(len, cells)}) == 1 else [line.rsplit(maxsplit=1) for line in lines]
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []


def _is_comment(line: str, separator: str, first: str) -> bool:
    """A line may begin with "#" and be one of the table: in a column "#", or of a picture that is called so."""
    return line.startswith("#") and (line.count(separator) != first.count(separator) or separator not in first)


def _of_objects(lines: list[str]) -> Rows:
    """Return a head of keys, and a row for each line that is an object of these."""
    try:
        return _with_head([each for line in lines if isinstance(each := json.loads(line), dict)])
    except (ValueError, RecursionError):
        return []


def _of_json(text: str) -> Rows:
    """Return a list of objects as ``_of_objects`` does; of an object that has a text or number for each key, both."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(content, dict) and all(isinstance(each, str | int) for each in content.values()):
        return [[key, str(value)] for key, value in content.items()]
    return _with_head([each for each in content if isinstance(each, dict)]) if isinstance(content, list) else []


def _with_head(found: list[dict[str, object]]) -> Rows:
    head = list(found[0]) if found else []
    return [head, *([str(each.get(key, "")) for key in head] for each in found)] if found else []
