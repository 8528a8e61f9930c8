"""A run's curves as TensorBoard reads them: ``events.out.tfevents.*``, written without TensorBoard. Stdlib only.

A record is its length, a checksum of that, an ``Event`` and a checksum of that. Framing:
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h; messages: ``event.proto``
and ``summary.proto`` of https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core; numbers as protobuf
encodes them: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import math
import os
import platform
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_VERSION = b"brain.Event:2"  # the newest, since 2016
_OF_A_STEP = {"losses": "step/loss", "accuracies": "step/accuracy", "learning_rates": "step/learning rate"}
_OF_AN_EPOCH = {
    name: f"epoch/{name.replace('_', ' ')}"
    for name in ("train_loss", "train_accuracy", "test_loss", "test_accuracy", "images_per_second")
}
_LARGEST = 3.4e38  # of a float of four bytes
_MOST_HELD = 1 << 20  # bytes while they cannot be written
Row = Mapping[str, object]


class ScalarFile:
    """Takes the rows of a journal. The journal is what counts: what cannot be written here is left out, in silence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Path | None = None
        self._held = bytearray()
        self._last: Row | None = None  # with steps, of which other files tell

    def go_on_behind(self, rows: Sequence[Row]) -> None:
        """Other files tell of these, and maybe of steps behind them, which are undone with the first number to come."""
        self._last = next((row for row in reversed(rows) if row.get("kind") == "steps"), None)

    def add(self, row: Row) -> None:
        """Add the numbers of a row, if it has any, which ``write`` writes."""
        if len(self._held) < _MOST_HELD:
            for step, scalars in scalars_of(row):
                if not self._held and self._file is None:
                    self._held += _beginning(step) + b"".join(_scalars(*each) for each in self._told_of(step))
                self._held += _scalars(step, scalars)

    def write(self) -> None:
        """Append what is held, all of it or nothing; there is no file before there are numbers."""
        if not self._held:
            return
        file = self._file or self._folder / _name()
        mode = "xb" if self._file is None else "ab"  # what has that name already, be it a link, is another's
        with suppress(OSError), file.open(mode, buffering=0) as out:
            size = out.tell()
            try:
                if out.write(self._held) == len(self._held):
                    self._held.clear()
                    self._file = file
                    return
            finally:
                if self._held:
                    out.truncate(size)

    def move(self, folder: Path, rows: Iterable[Row]) -> None:
        """Write to another folder from now on, beginning with ``rows``: all that there was."""
        self._folder, self._file, self._last = folder, None, None
        self._held.clear()
        for row in rows:
            self.add(row)

    def _told_of(self, step: int) -> Iterable[tuple[int, dict[str, float]]]:
        """Return what is undone of a step with the test behind it that is told anew."""
        told = () if self._last is None else scalars_of(self._last)
        return [each for each in told if each[0] == step]


def scalars_of(row: Row) -> Iterable[tuple[int, dict[str, float]]]:
    """Yield the steps of a journal's row and the numbers of each, by their tags."""
    match row:
        case {"kind": "steps", "first_step": int(first), "losses": [*losses]}:
            columns = {tag: row[name] for name, tag in _OF_A_STEP.items() if isinstance(row.get(name), list | tuple)}
            for at in range(len(losses)):
                yield first + at, {tag: each[at] for tag, each in columns.items() if at < len(each)}  # type: ignore[arg-type,index]  # lists
        case {"kind": "epoch", "step": int(step)}:
            yield step, {tag: row[name] for name, tag in _OF_AN_EPOCH.items() if name in row}  # type: ignore[misc]  # read by a pattern


def _name() -> str:
    """As TensorBoard's own writer names them; of two files of a run the later one sorts behind."""
    return f"events.out.tfevents.{int(time.time()):010}.{platform.node() or 'host'}.{os.getpid()}"


def _beginning(step: int) -> bytes:
    """What a file begins with: its version, and that what another file says of this step and later ones is undone."""
    version = _record(struct.pack("<Bd", 0x09, time.time()) + _message(3, _VERSION))
    return version + _record(_event(step, _message(7, b"\x08\x01")))


def _event(step: int, content: bytes) -> bytes:
    return struct.pack("<Bd", 0x09, time.time()) + b"\x10" + _varint(step) + content


def _scalars(step: int, scalars: Mapping[str, float]) -> bytes:
    return _record(_event(step, _message(5, b"".join(_value(*each) for each in scalars.items()))))


def _value(tag: str, number: float) -> bytes:
    shown = number if abs(number) < _LARGEST else math.copysign(math.inf, number)
    return _message(1, _message(1, tag.encode()) + struct.pack("<Bf", 0x15, shown))


def _message(field: int, content: bytes) -> bytes:
    return bytes((field << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _checksum(content: bytes) -> bytes:
    """CRC-32C, turned and shifted so that a checksum of what holds checksums is one too."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _table() -> tuple[int, ...]:
    """CRC-32C's polynomial, Castagnoli's, for each byte."""
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return tuple(table)


_TABLE = _table()
