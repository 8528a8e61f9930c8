"""A picture to hand on: a title, numbered tiles, and what the colours stand for, dark on white. Pillow only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.lettering import font_for, printed, width_of
from cnnviz.feature_maps.drawn.statistics import value_text

if TYPE_CHECKING:
    import numpy.typing as npt

_MARGIN, _GAP = 16, 8  # pixels
_TITLE, _TEXT, _SMALL = 20, 14, 11
_BAR = (200, 12)  # of the colours, width and height
_INK, _GREY, _PAPER = "#1b1b1b", "#5a5a5a", "#ffffff"
_MOST_PIXELS = 120_000_000
_WIDEST_TEXT = 560  # pixels that a sheet is widened to for its title


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture on a sheet."""

    pixels: npt.NDArray[np.uint8]  # RGBA, (h, w, 4)
    caption: str = ""  # below it: "12"


@dataclass(frozen=True, slots=True)
class Scale:
    """What the colours stand for."""

    color_map: str
    low: float | str  # a text where it is another value in each tile
    high: float | str


def sheet(
    title: str, lines: Sequence[str], tiles: Sequence[Tile], columns: int, scale: Scale | None = None, factor: int = 1
) -> Image.Image:
    """Return the tiles in rows below a title.

    Args:
        title: in large letters.
        lines: below it, smaller.
        tiles: all of one size.
        columns: in a row.
        scale: drawn below the tiles.
        factor: pixels along a side for each of a tile's.

    Raises:
        CnnvizError: it would be too large.
    """
    height, width = (factor * size for size in tiles[0].pixels.shape[:2])
    captions = [printed(tile.caption) for tile in tiles]
    longest = max(captions, key=len)
    room = max(width, ceil(width_of(longest, _SMALL)))
    down, across = height + _GAP + (_SMALL + 4) * bool(longest), room + _GAP
    head = _MARGIN + _TITLE + 6 + len(lines) * (_TEXT + 5) + _GAP
    foot = (_BAR[1] + _SMALL + 3 * _GAP) * (scale is not None) + _MARGIN
    texts = [(title, _TITLE), *((line, _TEXT) for line in lines)]
    widest = max(width_of(printed(text), size) for text, size in texts)
    whole = 2 * _MARGIN + max(columns * across - _GAP, min(int(widest), _WIDEST_TEXT)), 0
    size = whole[0], head + ceil(len(tiles) / columns) * down + foot
    if size[0] * size[1] > _MOST_PIXELS:
        raise CnnvizError("The picture would be too large.", "Save the numbers, or fewer channels.")
    paper = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(paper)
    _write_head(pen, title, lines, size[0] - 2 * _MARGIN)
    for at, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        left, top = _MARGIN + at % columns * across, head + at // columns * down
        image = Image.fromarray(tile.pixels.repeat(factor, 0).repeat(factor, 1))
        paper.paste(image, (left, top), image if image.mode == "RGBA" else None)
        pen.text((left, top + height + 2), caption, _GREY, font_for(caption, _SMALL))
    if scale is not None:
        _draw_scale(paper, pen, scale, size[1] - foot + _GAP)
    return paper


def _write_head(pen: ImageDraw.ImageDraw, title: str, lines: Sequence[str], room: int) -> None:
    top = _MARGIN
    for text, size, ink in ((title, _TITLE, _INK), *((line, _TEXT, _GREY) for line in lines)):
        shown = _cut(printed(text), size, room)
        pen.text((_MARGIN, top + size / 2), shown, ink, font_for(shown, size), "lm")
        top += size + (6 if size == _TITLE else 5)


def _cut(text: str, size: int, room: int) -> str:
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def _draw_scale(paper: Image.Image, pen: ImageDraw.ImageDraw, scale: Scale, top: int) -> None:
    levels = np.rint(np.linspace(1, 255, _BAR[0])).astype(int)
    bar = colors.table(scale.color_map)[levels][None].repeat(_BAR[1], 0)[..., :3]
    paper.paste(Image.fromarray(np.ascontiguousarray(bar)), (_MARGIN, top))
    ends = (each if isinstance(each, str) else value_text(each) for each in (scale.low, scale.high))
    low, high = map(printed, ends)
    below = top + _BAR[1] + 4
    pen.text((_MARGIN, below), low, _GREY, font_for(low, _SMALL))
    pen.text((_MARGIN + _BAR[0] - width_of(high, _SMALL), below), high, _GREY, font_for(high, _SMALL))
