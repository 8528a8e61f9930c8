"""A picture to hand on: a title, numbered tiles, and what the colours stand for, dark on white. Pillow only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

MARGIN, GAP = 16, 8  # pixels
TITLE, TEXT, SMALL = 20, 14, 11
BAR = (200, 12)  # of the colours, width and height
INK, GREY, PAPER = "#1b1b1b", "#5a5a5a", "#ffffff"
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


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Tiles in rows below a title, and where each thing lies."""

    title: str  # in large letters
    lines: Sequence[str]  # below it, smaller
    tiles: Sequence[Tile]  # all of one size
    columns: int  # in a row
    scale: Scale | None = None  # drawn below the tiles
    factor: int = 1  # pixels along a side for each of a tile's

    @property
    def tile_size(self) -> tuple[int, int]:
        """Height and width of a tile."""
        height, width = self.tiles[0].pixels.shape[:2]
        return self.factor * height, self.factor * width

    @property
    def captions(self) -> list[str]:
        """What stands below the tiles, as it can be drawn."""
        return [printed(tile.caption) for tile in self.tiles]

    @property
    def steps(self) -> tuple[int, int]:
        """Down from one row to the next, and across from one column to the next."""
        height, width = self.tile_size
        longest = max(self.captions, key=len)
        room = max(width, ceil(width_of(longest, SMALL)))
        return height + GAP + (SMALL + 4) * bool(longest), room + GAP

    @property
    def head(self) -> int:
        """Where the tiles begin."""
        return MARGIN + TITLE + 6 + len(self.lines) * (TEXT + 5) + GAP

    @property
    def foot(self) -> int:
        """Where what is below the tiles begins."""
        return self.head + ceil(len(self.tiles) / self.columns) * self.steps[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        texts = [(self.title, TITLE), *((line, TEXT) for line in self.lines)]
        widest = max(width_of(printed(text), size) for text, size in texts)
        width = 2 * MARGIN + max(self.columns * self.steps[1] - GAP, min(int(widest), _WIDEST_TEXT))
        return width, self.foot + (BAR[1] + SMALL + 3 * GAP) * (self.scale is not None) + MARGIN

    def corners(self) -> Iterator[tuple[Tile, str, int, int]]:
        """Yield each tile with its caption, and its left and top."""
        (down, across), head = self.steps, self.head
        for at, (tile, caption) in enumerate(zip(self.tiles, self.captions, strict=True)):
            yield tile, caption, MARGIN + at % self.columns * across, head + at // self.columns * down

    def words(self) -> Iterator[tuple[str, int, str, float]]:
        """Yield each line of the head, cut to the width, with its size, its colour and the height of its middle."""
        top, room = MARGIN, self.size[0] - 2 * MARGIN
        for text, size, ink in ((self.title, TITLE, INK), *((line, TEXT, GREY) for line in self.lines)):
            yield _cut(printed(text), size, room), size, ink, top + size / 2
            top += size + (6 if size == TITLE else 5)

    def ends(self) -> tuple[str, str]:
        """Return what the ends of the colours stand for; nothing without a scale."""
        if self.scale is None:
            return "", ""
        low, high = (each if isinstance(each, str) else value_text(each) for each in (self.scale.low, self.scale.high))
        return printed(low), printed(high)


def bar_of(color_map: str) -> npt.NDArray[np.uint8]:
    """Return the colours from low to high, one pixel high, (1, width, 3)."""
    levels = np.rint(np.linspace(1, 255, BAR[0])).astype(int)
    return np.ascontiguousarray(colors.table(color_map)[levels][None, :, :3])


def as_picture(sheet: Sheet) -> Image.Image:
    """Return the sheet in pixels.

    Raises:
        CnnvizError: it would be too large.
    """
    width, height = sheet.size
    if width * height > _MOST_PIXELS:
        raise CnnvizError("The picture would be too large.", "Save the numbers, or fewer channels.")
    paper = Image.new("RGB", (width, height), PAPER)
    pen, tall = ImageDraw.Draw(paper), sheet.tile_size[0]
    for text, size, ink, middle in sheet.words():
        pen.text((MARGIN, middle), text, ink, font_for(text, size), "lm")
    for tile, caption, left, top in sheet.corners():
        image = Image.fromarray(tile.pixels.repeat(sheet.factor, 0).repeat(sheet.factor, 1))
        paper.paste(image, (left, top), image if image.mode == "RGBA" else None)
        pen.text((left, top + tall + 2), caption, GREY, font_for(caption, SMALL))
    if sheet.scale is not None:
        top, (low, high) = sheet.foot + GAP, sheet.ends()
        paper.paste(Image.fromarray(bar_of(sheet.scale.color_map).repeat(BAR[1], 0)), (MARGIN, top))
        below = top + BAR[1] + 4
        pen.text((MARGIN, below), low, GREY, font_for(low, SMALL))
        pen.text((MARGIN + BAR[0] - width_of(high, SMALL), below), high, GREY, font_for(high, SMALL))
    return paper


def _cut(text: str, size: int, room: int) -> str:
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text + "…"
