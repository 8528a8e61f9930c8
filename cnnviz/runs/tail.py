"""A run's journal read while it is written: whole lines, from a byte on, to the end of the run. Stdlib only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from os import SEEK_END
from pathlib import Path
from zlib import crc32

from cnnviz.errors import CnnvizError
from cnnviz.files import open_file, reading
from cnnviz.runs.layout import METRICS, holds_run
from cnnviz.runs.status import is_under_way

_HINT = "Choose the folder of a run."
_LOOK_SECONDS = 0.1  # between two looks
_LAST_SECONDS = 2.0  # for the last line of a run whose status says already that it has ended
_LAST = (b'{"kind": "finished"', b'{"kind": "failed"')


def lines_of(run: Path, start: int = 0, follow: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield the whole lines of a run's journal, each with the byte behind it, where the next one begins.

    A line that is still being written is not there yet. Where a run takes lines back, because it goes on from an
    earlier checkpoint, what it writes in their place follows.

    Args:
        run: the run's folder.
        start: a byte of the journal; where it is within a line, the next one is the first.
        follow: wait for further lines until the run has ended.

    Raises:
        CnnvizError: there is no run, its journal ends before ``start``, it cannot be read, or is taken away meanwhile.
    """
    _check(run, start)
    told, last, patience = _Told(start), b"", _Patience(run)
    while True:
        is_over = not follow or patience.is_over(last)
        for end, line in _whole_lines(run / METRICS, told.standing(run / METRICS)):
            last = line
            told.add(end, line)
            yield end, line
        if is_over:
            return
        time.sleep(_LOOK_SECONDS)


class _Told:
    """The lines that were told: what a run takes back does not stand there any more."""

    def __init__(self, start: int) -> None:
        self._lines: list[tuple[int, int, int]] = []  # end, length, checksum
        self._start = start

    def add(self, end: int, line: bytes) -> None:
        """Remember a line that was told."""
        self._lines.append((end, len(line), crc32(line)))

    def standing(self, journal: Path) -> int:
        """Return the byte behind the last line told that still stands in the journal; forget those that do not."""
        with reading(journal, _HINT), suppress(FileNotFoundError), open_file(journal) as opened:
            while self._lines:
                end, length, checksum = self._lines[-1]
                opened.seek(end - length)
                if crc32(opened.read(length)) == checksum:
                    return end
                self._lines.pop()
            return min(self._start, opened.seek(0, SEEK_END))
        return 0


class _Patience:
    """Whether further lines may come: the status says that a run has ended a moment before its last line stands."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._ended: float | None = None  # monotonic seconds at which the status first said so

    def is_over(self, last: bytes) -> bool:
        """Return whether the run has ended, and no line will come behind ``last``."""
        _check(self._run)
        if is_under_way(self._run):
            self._ended = None
            return False
        now = time.monotonic()
        self._ended = self._ended or now
        return last.startswith(_LAST) or now - self._ended > _LAST_SECONDS


def _check(run: Path, start: int = 0) -> None:
    if not holds_run(run):
        raise CnnvizError(f"{run} holds no run.", f"Choose a folder with a {METRICS} that a run has written.")
    if start > (size := _size(run)):
        message = f"The journal of {run} has {size:,} bytes; byte {start:,} was asked for."
        raise CnnvizError(message, "Choose an offset within it; 0 is its beginning.")


def _size(run: Path) -> int:
    """Return the bytes of the journal; 0 where the run has not written a line yet."""
    try:
        return (run / METRICS).stat().st_size
    except OSError:
        return 0


def _whole_lines(journal: Path, start: int) -> Iterator[tuple[int, bytes]]:
    with reading(journal, _HINT), suppress(FileNotFoundError), open_file(journal) as opened:
        if start:
            opened.seek(start - 1)
            opened.readline()  # the end of the line before, or the rest of this one
        while (line := opened.readline()).endswith(b"\n"):
            yield opened.tell(), line
