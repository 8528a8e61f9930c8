"""Archives of others, before they are unpacked: what they claim to hold. Stdlib only."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO

from cnnviz import units
from cnnviz.errors import CnnvizError

_GROWTH = 8  # times: torch packs nothing, and weights that somebody has packed since shrink by a tenth
_SPARED = 64 << 20  # bytes that anything may unpack to


def check_unpacked(archive: BinaryIO, file: Path) -> None:
    """Return if a zip unpacks to about its own size, or is none: a small one can hold more than there is memory.

    Args:
        archive: the open file, left at its start.
        file: its name.

    Raises:
        CnnvizError: it unpacks to much more.
    """
    size = archive.seek(0, 2)
    archive.seek(0)
    try:
        with zipfile.ZipFile(archive) as opened:
            unpacked = sum(member.file_size for member in opened.infolist())
    except Exception:  # whoever reads it says what is wrong
        unpacked = 0
    finally:
        archive.seek(0)
    if unpacked > _GROWTH * size + _SPARED:
        what = (
            f"{file.name} has {units.size(size)} and would unpack to {units.size(unpacked)}: torch writes no such file."
        )
        raise CnnvizError(what, "Choose another file.")
