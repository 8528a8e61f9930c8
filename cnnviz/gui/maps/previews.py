"""Pictures for the screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.pictures import reading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Source:
    """Which picture is to be read, and how often it was chosen: one that is chosen again is read again."""

    file: Path
    edition: int | None = None  # None: nobody chose it, it is the sample that suits the network


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """A picture that could be read."""

    source: Source
    pixels: npt.NDArray[np.uint8]  # RGB, (H, W, 3)


def read_preview(source: Source) -> Preview:
    """Return a picture for the screen.

    Raises:
        CnnvizError: it cannot be read.
    """
    return Preview(source, reading.preview(reading.read(source.file)))
