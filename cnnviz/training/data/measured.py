"""Mean and standard deviation of the channels of pictures, as a network sees them: what they are normalised by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.training.data.picture_set import PictureSet
from cnnviz.training.data.pixel_statistics import Sums

Told = Callable[[int, int], None]  # how many of how many are done; what it raises ends the work
_AT_ONCE = 4096  # pictures of an array


def measured(pictures: PictureSet, shape: tuple[int, int, int], told: Told) -> str:
    """Return "MEAN,STD" of pictures of 0..1, one each for every channel, to four digits, as such numbers are published.

    Args:
        pictures: those that lie in an array are measured as they are, files as they are resized.
        shape: (C, H, W) of the network's input.
        told: about progress.

    Raises:
        CnnvizError: no picture can be read, or a channel is the same everywhere.
    """
    sums = Sums(shape[0])
    for done, block in _blocks(pictures, shape):
        told(done, len(pictures))
        if block is not None:
            sums.add(block)
    if not sums.count:
        raise CnnvizError(f"No picture of {pictures.title} can be read.", "Choose other data.")
    found = sums.found()
    deviation = found.deviation.tolist()
    if min(deviation) == 0:
        message = f"A channel is the same in every pixel of {pictures.title}: it has no deviation."
        raise CnnvizError(message, "Choose other data, or type a mean and a deviation.")
    return ",".join(f"{number:.4g}" for number in (*found.mean.tolist(), *deviation))


def _blocks(pictures: PictureSet, shape: tuple[int, int, int]) -> Iterator[tuple[int, npt.NDArray[np.uint8] | None]]:
    """Yield how many are done, and the next pictures, (n, C, H, W); None: a file cannot be read."""
    held = pictures.part.pictures
    if isinstance(held, np.ndarray) and held.shape[1] == shape[0]:
        for at in range(0, len(held), _AT_ONCE):
            yield at, held[at : at + _AT_ONCE]
        return
    for at in range(len(pictures)):
        try:
            yield at, pictures.pixels(at, shape, "squash")[None]
        except CnnvizError:
            yield at, None
