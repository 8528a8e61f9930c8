"""Labelled pictures that were read: in memory, or in a file that is read as it is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class ImageData:
    """Pictures at one size, and what they show."""

    images: npt.NDArray[np.uint8]  # (N, C, H, W)
    labels: npt.NDArray[np.int64]  # (N,), 0 .. len(class_names) - 1
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def channels(self) -> int:
        """1 for grey pictures, 3 for colour."""
        return int(self.images.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class TrainAndTest:
    """Both halves of what a run needs; they agree in channels and classes."""

    title: str
    train: ImageData
    test: ImageData
    notices: tuple[str, ...] = ()  # what was decided and left out, in sentences
