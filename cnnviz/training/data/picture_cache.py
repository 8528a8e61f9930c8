"""Decoded pictures kept on disk, so that the next run need not decode them: bytes by row, read as they are needed.

A file holds a head, the key of each row, and the rows. A key is made of a picture's path, size, time of change and of
how it was decoded, so that what has changed is decoded again and all else is taken over. No torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import __version__ as pillow_version

from cnnviz.errors import CnnvizError
from cnnviz.files import read_whole, replacing, sweep, write_text
from cnnviz.places import cache_folder

LIMIT = 20 * 2**30  # bytes of all files together; the oldest go first
_SPARED = 2**30  # bytes of the disk that are never taken
_HEAD = struct.Struct("<8s4Q24x")  # magic, N, C, H, W
_MAGIC = b"cnnviz-1"
_KEY_BYTES = 16
KEY = f"V{_KEY_BYTES}"  # NumPy's name for such bytes
_FAULTS = "faults.json"
_NOTES = 1 << 28  # bytes of what is noted of pictures
_EDITION = "1"  # of how pictures are decoded: another one makes all that was kept worthless

Keys = npt.NDArray[np.void]  # (N,), 16 bytes each
Shape = tuple[int, int, int]  # C, H, W


def key_of(file: str, how: str) -> bytes:
    """Return what a decoded picture is known by.

    Args:
        file: its path.
        how: size, channels and fit that it is decoded to.

    Raises:
        OSError: it cannot be asked for its size and time.
    """
    status = os.stat(file)  # noqa: PTH116  thousands of these
    said = f"{_EDITION} {pillow_version} {how} {status.st_size} {status.st_mtime_ns} "
    return hashlib.blake2b(said.encode() + os.fsencode(os.path.abspath(file)), digest_size=_KEY_BYTES).digest()  # noqa: PTH100


def file_for(keys: Keys, what: str) -> Path:
    """Return where something of pictures of these keys, in this order, is kept."""
    return _folder() / f"{hashlib.blake2b(keys.tobytes(), digest_size=_KEY_BYTES).hexdigest()}-{what}"


def has_room(size: int) -> bool:
    """Return whether so many bytes may be kept."""
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return size <= LIMIT and size + _SPARED <= shutil.disk_usage(folder).free
    except OSError:
        return False


def kept(file: Path) -> tuple[Keys, npt.NDArray[np.uint8]] | None:
    """Return the keys and the rows (N, C, H, W) of a file; None where there is no such file, or it is damaged.

    The rows are read from the file as they are looked at; writing to them changes the memory alone.
    """
    try:
        with file.open("rb") as opened:
            magic, count, *shape = _HEAD.unpack(opened.read(_HEAD.size))
            keys = np.frombuffer(opened.read(count * _KEY_BYTES), KEY)
        start = _HEAD.size + count * _KEY_BYTES
        if magic != _MAGIC or file.stat().st_size != start + count * int(np.prod(shape)):
            return None
        os.utime(file)
        return keys, np.memmap(file, np.uint8, "c", start, (count, *shape))
    except (OSError, ValueError, struct.error):
        return None


class Writer:
    """Takes rows in any order, from any thread; one that never came has no key."""

    def __init__(self, out: BinaryIO, keys: Keys, shape: Shape) -> None:
        self._out, self._shape, self._keys = out, shape, keys
        self._size = int(np.prod(shape))
        self._start = _HEAD.size + len(keys) * _KEY_BYTES
        self._came = np.zeros(len(keys), bool)
        self._lock = threading.Lock()

    def write(self, at: int, row: npt.NDArray[np.uint8]) -> None:
        """Put a row, (C, H, W), where it belongs."""
        with self._lock:
            self._out.seek(self._start + at * self._size)
            self._out.write(np.ascontiguousarray(row).data)
            self._came[at] = True

    def finish(self) -> None:
        """Write the head."""
        keys = self._keys.copy()
        keys[~self._came] = b""
        self._out.truncate(self._start + len(keys) * self._size)
        self._out.seek(0)
        self._out.write(_HEAD.pack(_MAGIC, len(keys), *self._shape) + keys.tobytes())


@contextmanager
def writing(file: Path, keys: Keys, shape: Shape) -> Iterator[Writer]:
    """Give a writer for the rows of ``keys``; then the file stands in one step, with the rows that came.

    Raises:
        CnnvizError: there is no space left, or the folder cannot be written.
    """
    with replacing(file) as temporary, temporary.open("r+b") as out:
        writer = Writer(out, keys, shape)
        yield writer
        writer.finish()
    _make_room(file)


def donors(keys: Keys, shape: Shape) -> Iterator[tuple[Keys, npt.NDArray[np.uint8]]]:
    """Yield the keys and rows of other files that hold some of ``keys``."""
    with suppress(OSError):
        for file in sorted(_folder().glob(f"*-{'x'.join(map(str, shape))}.u8")):
            found = kept(file)
            if found is not None and np.isin(found[0], keys).any():
                yield found


def noted(file: Path) -> Any:
    """Return what ``note`` wrote to ``file``; None where nothing can be read."""
    try:
        return json.loads(read_whole(file, _NOTES))
    except (OSError, ValueError, RecursionError):
        return None


def note(file: Path, facts: Mapping[str, object]) -> None:
    """Write ``facts`` to ``file``, as far as the folder can be written."""
    with suppress(CnnvizError):
        write_text(file, json.dumps(facts))


def known_faults() -> dict[str, str]:
    """Return why pictures could not be decoded, by key, as hexadecimal digits."""
    said = noted(_folder() / _FAULTS)
    return said if isinstance(said, dict) else {}


def note_faults(faults: Mapping[str, str]) -> None:
    """Remember why pictures could not be decoded."""
    if faults:
        note(_folder() / _FAULTS, known_faults() | dict(faults))


def used_bytes() -> int:
    """Return how much is kept."""
    return sum(size for _, size, _ in _files())


def _folder() -> Path:
    return cache_folder() / "pictures"


def _files() -> Sequence[tuple[float, int, Path]]:
    """Return time of last use, bytes and path of each file, the oldest first."""
    found = []
    with suppress(OSError):
        for file in list(_folder().glob("*-*")):
            with suppress(OSError):
                status = file.stat()
                found.append((status.st_mtime, status.st_size, file))
    return sorted(found)


def _make_room(newest: Path) -> None:
    sweep(_folder())
    used = used_bytes()
    for _, size, file in _files():
        if used > LIMIT and file != newest:
            with suppress(OSError):
                file.unlink()
                used -= size
