"""The strongest patches as files: where they are, in numbers (.npz), or the patches themselves as a picture (.png)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.sheet import Sheet, Tile, as_picture
from cnnviz.feature_maps.picture_or_numbers import write
from cnnviz.feature_maps.strongest.patches import PATCHES, Pictures, Strongest, cut

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.pictures.preprocessing import Fit

_COLUMNS = 3  # nine patches lie three by three
_ROOM = 64  # pixels that a patch is enlarged or made smaller to, about
_ALONE = 160  # the same where one channel's are all
_LEAST = 8


def save(found: Strongest, pictures: Pictures, file: Path, channels: Sequence[int] | None = None) -> None:
    """Write where the patches are where ``file`` ends in .npz, and the patches where it ends in .png.

    The .npz holds, for each channel and rank, ``values`` float32 (C, 9), ``pictures``, ``rows``, ``columns`` int64
    (C, 9), −1 where there is none, ``boxes`` int64 (C, 9, 4): top, left, bottom, right in pixels of the input, not
    clipped; and ``names`` (C, 9) of the pictures, ``layer``, ``weights``, ``data`` and ``seen``; ``numpy.load`` reads
    it without pickle.

    Args:
        found: the places.
        pictures: those that were looked through.
        file: .npz or .png.
        channels: those that the picture shows; None: all.

    Raises:
        CnnvizError: the name ends otherwise, there is no such channel, or the file cannot be written.
    """
    numbers = numbers_of(found, pictures) if file.suffix.lower() == ".npz" else {}
    write(file, numbers, lambda: as_picture(sheet_of(found, pictures, channels)))


def numbers_of(found: Strongest, pictures: Pictures) -> dict[str, Any]:
    """Return what the .npz of ``save`` holds."""
    arrays = {name: getattr(found, name) for name in _NUMBERS}
    return arrays | {"boxes": found.boxes(), "names": _names(found, pictures)}


_NUMBERS = ("values", "pictures", "rows", "columns", "layer", "weights", "data", "seen")


def sheet_of(found: Strongest, pictures: Pictures, channels: Sequence[int] | None = None) -> Sheet:
    """Return nine patches for each channel, three by three, the strongest first; light, with a title.

    Raises:
        CnnvizError: there is no such channel.
    """
    chosen = list(range(len(found.values))) if channels is None else list(channels)
    if wrong := next((each for each in chosen if not 0 <= each < len(found.values)), None):
        raise CnnvizError(f"There is no channel {wrong}.", f"They go from 0 to {len(found.values) - 1}.")
    side = side_of(len(chosen))
    seen = _Seen(pictures, found.input_shape, found.fit)
    tiles = [
        Tile(_block([seen.patch(at.picture, at.box) for at in found.of(each)], side), str(each)) for each in chosen
    ]
    columns = max(1, ceil(sqrt(len(tiles) * 4 / 3)))
    what = f"channel {chosen[0]}" if len(chosen) == 1 else "each channel" if found.layer else "each output"
    return Sheet(
        f"What excites {what} of {f'layer {found.layer}' if found.layer else 'the network'}",
        words(found),
        tiles,
        columns,
    )


def words(found: Strongest) -> tuple[str, ...]:
    """Return what was looked at, in lines."""
    of = f"{found.seen:,} of {found.there:,}" if found.seen < found.there else f"{found.seen:,}"
    return found.weights, f"{of} pictures of {found.data}; of each channel the nine strongest places, one of a picture"


def side_of(count: int) -> int:
    """Return how many pixels a patch gets, so that the picture of ``count`` channels does not get too large."""
    return max(_LEAST, min(_ROOM if count > 1 else _ALONE, int(sqrt(60_000_000 / (PATCHES * max(1, count))))))


def _block(patches: list[npt.NDArray[np.uint8]], side: int) -> npt.NDArray[np.uint8]:
    """Return up to nine patches three by three, RGBA; where there is none, it is transparent."""
    block = np.zeros((_COLUMNS * (side + 1) - 1, _COLUMNS * (side + 1) - 1, 4), np.uint8)
    for rank, patch in enumerate(patches):
        top, left = (place * (side + 1) for place in divmod(rank, _COLUMNS))
        fitted = resized(patch, side)
        down, across = (side - fitted.shape[0]) // 2, (side - fitted.shape[1]) // 2
        block[top + down :, left + across :][: fitted.shape[0], : fitted.shape[1]] = fitted
    return block


def resized(patch: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """Return a patch, RGBA, whose longer side has ``side`` pixels: sharp where it grows, a mean where it shrinks."""
    height, width = patch.shape[:2]
    scale = side / max(height, width)
    way = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(patch).resize(size, way))


class _Seen:
    """Pictures as the network sees them; the last are kept, for channels share them."""

    _MOST = 64 * 2**20  # bytes

    def __init__(self, pictures: Pictures, shape: tuple[int, int, int], fit: Fit) -> None:
        self._pictures, self._shape, self._fit = pictures, shape, fit
        self._kept: dict[int, npt.NDArray[np.uint8]] = {}

    def patch(self, number: int, box: tuple[int, int, int, int] | None) -> npt.NDArray[np.uint8]:
        if number not in self._kept:
            if sum(each.nbytes for each in self._kept.values()) > self._MOST:
                self._kept.clear()
            self._kept[number] = self._pictures.pixels(number, self._shape, self._fit)
        return cut(self._kept[number], box)


def _names(found: Strongest, pictures: Pictures) -> npt.NDArray[np.str_]:
    names = [pictures.name(int(at)) if at >= 0 else "" for at in found.pictures.flat]
    return np.array([name.encode("utf-8", "replace").decode() for name in names]).reshape(found.pictures.shape)
