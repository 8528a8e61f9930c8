"""Reading IDX files, the form of MNIST's and Fashion-MNIST's data (http://yann.lecun.com/exdb/mnist/)."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError

Bytes = npt.NDArray[np.uint8]

_UNSIGNED_BYTE = 0x08  # third byte of the magic number: the type of the elements
_GZIP = b"\x1f\x8b"


def read_idx(file: Path, axes: int, checksum: str | None = None) -> Bytes:
    """Return the unsigned bytes of an IDX file, plain or .gz, with ``axes`` axes: 3 for images (N, H, W), 1 for labels.

    Args:
        checksum: md5 of the decompressed bytes; None: whatever is there.

    Raises:
        CnnvizError: the file is missing, damaged, of another kind, or not the one the checksum names.
    """
    content = read_plain(file)
    if checksum is not None and md5(content) != checksum:
        raise CnnvizError(f"{file} is not the file it should be: its checksum differs.", _replace(file))
    return _parsed(file, content, axes)


def read_plain(file: Path) -> bytes:
    """Return the content of ``file``, decompressed where it is gzip.

    Raises:
        CnnvizError: it cannot be read, or its compressed data are damaged.
    """
    try:
        content = file.read_bytes()
        if content.startswith(_GZIP):
            return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CnnvizError(f"{file} is cut off or damaged: {error}.", _replace(file)) from error
    except OSError as error:
        raise CnnvizError(f"{file} cannot be read: {error.strerror or error}.", "Choose another folder.") from error
    if file.suffix == ".gz":
        raise CnnvizError(f"{file} is {_looks_like(content)}, not a gzip file.", _replace(file))
    return content


def md5(content: bytes) -> str:
    """Return the hex digest: a name for content, not a defence."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _parsed(file: Path, content: bytes, axes: int) -> Bytes:
    header = 4 + 4 * axes
    magic = bytes((0, 0, _UNSIGNED_BYTE, axes))
    if len(content) < header or content[:4] != magic:
        kind = "images" if axes == 3 else "labels"
        found = content[:4].hex() or "nothing"
        message = f"{file} is no IDX file of {kind}: it begins with {found}, not {magic.hex()}."
        raise CnnvizError(message, _replace(file))
    sizes = [int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4)]
    if prod(sizes) != len(content) - header:
        message = f"{file} announces {prod(sizes):,} bytes of data and holds {len(content) - header:,}."
        raise CnnvizError(message, _replace(file))
    return np.frombuffer(content, np.uint8, offset=header).reshape(sizes)


def _looks_like(content: bytes) -> str:
    if not content:
        return "empty"
    start = content[:256].lstrip().lower()
    return "a web page" if start.startswith((b"<!doctype", b"<html", b"<?xml")) else "something else"


def _replace(file: Path) -> str:
    return f"Fetch {file.name} again, or remove it and choose data that cnnviz can download."
