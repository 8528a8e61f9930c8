"""Colour maps as tables of 256 colours. Viridis, magma (CC0, van der Walt and Smith) and cividis are matplotlib's."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

DIVERGING = "diverging"
# Colours at equal distances. The diverging map runs blue, white, red, which colour-blind people can tell apart.
_ANCHORS = {
    "viridis": "440154 481769 472c7a 423f85 3b518b 33628d 2c718e 26818e 21908c "
    "1f9f88 27ad80 3dbc73 5cc862 81d34c aadc31 d5e219 fde725",
    "cividis": "00204d 002b68 05366e 2c416c 404d6b 51586c 60646f 6e6f73 7c7b78 "
    "8b8779 9b9477 aca174 bcaf6f cebc67 e0cb5d f2da4f ffea46",
    "magma": "000004 090721 1c1046 35106a 50127b 691c81 822581 9b2e7f b63679 "
    "cf406f e55063 f4695c fb8761 fea571 fec287 fde0a1 fcfdbf",
    "grey": "000000 ffffff",
    DIVERGING: "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
}
NAMES = tuple(_ANCHORS)
AUTOMATIC = "automatic"  # no colour map: whichever suits the data
TITLES = {  # what it is called, and what for
    "viridis": ("Viridis", "low to high"),
    "cividis": ("Cividis", "low to high"),
    "magma": ("Magma", "low to high"),
    "grey": ("Grey", "low to high"),
    DIVERGING: ("RdBu", "around 0"),
}


@cache
def table(name: str) -> npt.NDArray[np.uint8]:
    """Return the colours of the levels 0..255, RGBA, (256, 4). Level 0 is kept for "nothing here": transparent."""
    anchors = np.array([list(bytes.fromhex(color)) for color in _ANCHORS[name].split()], np.float64)  # (anchors, 3)
    places = np.linspace(0, len(anchors) - 1, 255)
    colors = np.zeros((256, 4), np.uint8)
    for channel in range(3):
        colors[1:, channel] = np.rint(np.interp(places, np.arange(len(anchors)), anchors[:, channel]))
    colors[1:, 3] = 255
    colors.flags.writeable = False
    return colors
