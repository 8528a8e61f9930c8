"""Reading IDX files, the form of MNIST's and Fashion-MNIST's data (http://yann.lecun.com/exdb/mnist/)."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.files import reading
from cnnviz.machine import check_room

Numbers = npt.NDArray[np.generic]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}  # the magic number's third byte
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_SPARE = 8  # bytes that grow take so much of their size in addition: an archive may hold more than it says


def read_idx(file: Path, axes: int, checksum: str | None = None) -> Numbers:
    """Return the numbers of an IDX file, plain or .gz, in the machine's order of bytes.

    Args:
        axes: 3 for images (N, H, W), which may be (N, H, W, C) too; 1 for labels (N,), which may be (N, more).
        checksum: md5 of the file, or of what it holds decompressed; None: whatever is there.

    Raises:
        CnnvizError: the file is missing, damaged, of another kind, or not the one the checksum names.
    """
    content = read_plain(file)
    if checksum is not None and checksum != md5(content) and checksum != file_md5(file):
        raise CnnvizError(f"{file} is not the file it should be: its checksum differs.", _replace(file))
    return _parsed(file, content, axes)


def read_plain(file: Path) -> bytearray:
    """Return the content of ``file``, decompressed where it is gzip, in memory that may be written to.

    Raises:
        CnnvizError: it cannot be read, its compressed data are damaged, or memory is short.
    """
    content = bytearray()
    try:
        with file.open("rb") as opened:
            zipped = opened.read(len(_GZIP)) == _GZIP
        with gzip.open(file) if zipped else file.open("rb") as opened:
            check_room(_plain_size(file, zipped), "Choose other data, or free some memory.")
            while chunk := opened.read(_CHUNK):
                check_room(len(content) // _SPARE + len(chunk), "Choose other data, or free some memory.")
                content += chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CnnvizError(f"{file} is cut off or damaged: {error}.", _replace(file)) from error
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Choose another folder.") from error
    if file.suffix == ".gz" and not zipped:
        raise CnnvizError(f"{file} is {_looks_like(content)}, not a gzip file.", _replace(file))
    return content


def md5(content: bytes | bytearray) -> str:
    """Return the hex digest: a name for content, not a defence."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def file_md5(file: Path) -> str:
    """Return the hex digest of a file as it lies.

    Raises:
        CnnvizError: it cannot be read.
    """
    with reading(file, "Choose another folder."), file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _plain_size(file: Path, zipped: bool) -> int:
    """Return about how many bytes will come: gzip's last four tell the size of its last part, modulo 2³²."""
    size = file.stat().st_size
    if not zipped:
        return size
    with file.open("rb") as opened:
        opened.seek(-4, os.SEEK_END)
        return max(int.from_bytes(opened.read(4), "little"), size)


def _parsed(file: Path, content: bytearray, axes: int) -> Numbers:
    kind, found = _TYPES.get(content[2] if len(content) > 3 else 0), content[3] if len(content) > 3 else 0
    header = 4 + 4 * found
    if len(content) < header or content[:2] != b"\0\0" or kind is None or found not in (axes, axes + 1):
        what, usual = ("images", "00000803") if axes == 3 else ("labels", "00000801")
        begins = content[:4].hex() or "nothing"
        message = f"{file} is no IDX file of {what}: it begins with {begins}, not {usual}."
        raise CnnvizError(message, _replace(file))
    sizes = [int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4)]
    size = prod(sizes) * np.dtype(kind).itemsize
    if size != len(content) - header:
        message = f"{file} announces {size:,} bytes of data and holds {len(content) - header:,}."
        raise CnnvizError(message, _replace(file))
    values = np.frombuffer(content, kind, offset=header).reshape(sizes)
    return np.asarray(values, values.dtype.newbyteorder("="))


def _looks_like(content: bytearray) -> str:
    if not content:
        return "empty"
    start = content[:256].lstrip().lower()
    return "a web page" if start.startswith((b"<!doctype", b"<html", b"<?xml")) else "something else"


def _replace(file: Path) -> str:
    return f"Fetch {file.name} again, or remove it and choose data that cnnviz can download."
