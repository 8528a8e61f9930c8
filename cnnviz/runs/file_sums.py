"""Sums of a checkpoint's files, written beside them: they tell a file that has changed since, or is of another run.

CRC-32, for accidents, costs 10 ms where a ResNet-18 takes 45 MB; checkpoints of earlier versions have none.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from cnnviz.files import open_file, read_whole
from cnnviz.runs.layout import ABOUT, SUMS

_AT_ONCE = 1 << 20  # bytes
_LARGEST = 1 << 16  # bytes of the sums


def write_sums(checkpoint: Path) -> None:
    """Write the sums of all files in the folder of a checkpoint.

    Raises:
        OSError: one cannot be read, or there is no space.
    """
    sums = {file.name: _sum_of(file) for file in sorted(checkpoint.iterdir())}
    (checkpoint / SUMS).write_text(json.dumps(sums, indent=1), "utf-8")


def check_sums(checkpoint: Path, *names: str) -> None:
    """Return where these files of a checkpoint are those that were written together, or nothing tells.

    Raises:
        OSError: one cannot be read.
        ValueError: one has changed since, or the sums have.
    """
    sums = _sums(checkpoint)
    if sums is None:
        return
    for name in names:
        if sums.get(name) != _sum_of(checkpoint / name):
            raise ValueError(f"{name} is not the file that the run has written there")


def check_file(file: Path) -> None:
    """Return where a file, which may be anybody's, is as a run has written it to a checkpoint, or nothing tells.

    Raises:
        OSError: it cannot be read.
        ValueError: it has changed since, or the sums have.
    """
    is_checkpoint = (file.parent / ABOUT).is_file() and (file.parent / SUMS).is_file()
    if is_checkpoint and file.name in (_sums(file.parent) or {}):
        check_sums(file.parent, file.name)


def _sums(checkpoint: Path) -> dict[str, object] | None:
    """Return what the sums are; None where there are none.

    Raises:
        OSError: they cannot be read.
        ValueError: they are damaged.
    """
    try:
        sums = json.loads(read_whole(checkpoint / SUMS, _LARGEST))
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.filename is not None:
            raise
        sums = None  # no file, or far too large
    except (ValueError, RecursionError):
        sums = None
    if not isinstance(sums, dict):
        raise ValueError(f"{SUMS}, which tells whether the others are whole, is damaged")
    return sums


def _sum_of(file: Path) -> int:
    found = 0
    with open_file(file) as opened:
        while part := opened.read(_AT_ONCE):
            found = zlib.crc32(part, found)
    return found
