"""Where in many pictures the channels of a layer are largest, as plain arrays. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.inspection.receptive_field import Field
    from cnnviz.pictures.preprocessing import Fit

PATCHES = 9  # of a channel, as in Zeiler and Fergus, 2014, figure 2


class Pictures(Protocol):
    """Pictures by their number."""

    @property
    def title(self) -> str: ...

    def __len__(self) -> int: ...

    def pixels(self, at: int, shape: tuple[int, int, int], fit: Fit) -> npt.NDArray[np.uint8]: ...

    def name(self, at: int) -> str: ...


class Patch(NamedTuple):
    """A place of a picture that a channel is large for."""

    picture: int  # its number
    row: int  # of the channel's map
    column: int
    value: float
    box: tuple[int, int, int, int] | None  # top, left, bottom, right in pixels of the input, ends included; None: all


@dataclass(frozen=True, slots=True, eq=False)
class Strongest:
    """The strongest places of every channel, the strongest first, at most one of each picture."""

    layer: str  # module path
    call: int  # index in the report
    values: npt.NDArray[np.float32]  # (C, K)
    pictures: npt.NDArray[np.int64]  # (C, K), their numbers; −1: there are no more
    rows: npt.NDArray[np.int64]  # (C, K), in the map
    columns: npt.NDArray[np.int64]  # (C, K)
    lowest: npt.NDArray[np.float32]  # (C,), of all places of all pictures
    field: Field  # of every number of the maps
    input_shape: tuple[int, int, int]
    fit: Fit
    seen: int  # pictures that were looked at
    there: int  # that the data have
    data: str  # their title
    weights: str  # title of the weights
    notes: tuple[str, ...] = ()

    def of(self, channel: int) -> tuple[Patch, ...]:
        """Return a channel's places; none where it is the same everywhere, or no number."""
        if not self.values[channel, 0] > self.lowest[channel]:
            return ()
        ranks = np.flatnonzero(self.pictures[channel] >= 0)
        return tuple(self._patch(channel, int(rank)) for rank in ranks)

    def boxes(self) -> npt.NDArray[np.int64]:
        """Return what of the input each place sees, (C, K, 4): top, left, bottom, right; all where not known."""
        whole = (0, 0, self.input_shape[1] - 1, self.input_shape[2] - 1)
        places = zip(self.rows.flat, self.columns.flat, strict=True)
        boxes = [self.field.box(int(row), int(column)) or whole for row, column in places]
        return np.array(boxes, np.int64).reshape(*self.rows.shape, 4)

    def _patch(self, channel: int, rank: int) -> Patch:
        at = channel, rank
        row, column = int(self.rows[at]), int(self.columns[at])
        return Patch(int(self.pictures[at]), row, column, float(self.values[at]), self.field.box(row, column))


def cut(pixels: npt.NDArray[np.uint8], box: tuple[int, int, int, int] | None) -> npt.NDArray[np.uint8]:
    """Return what of a picture a place sees, RGBA (h, w, 4); what lies outside, in the padding, is transparent.

    Args:
        pixels: (C, H, W).
        box: top, left, bottom, right, both ends included, maybe outside; None: all of it.
    """
    _, height, width = pixels.shape
    top, left, bottom, right = box or (0, 0, height - 1, width - 1)
    patch = np.zeros((bottom - top + 1, right - left + 1, 4), np.uint8)
    inside = slice(max(top, 0), min(bottom, height - 1) + 1), slice(max(left, 0), min(right, width - 1) + 1)
    part = pixels[:, *inside].transpose(1, 2, 0)
    down, across = inside[0].start - top, inside[1].start - left
    if part.size:
        here = patch[down : down + part.shape[0], across : across + part.shape[1]]
        here[..., :3], here[..., 3] = part, 255
    return patch
