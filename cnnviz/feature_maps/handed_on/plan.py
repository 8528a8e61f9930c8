"""A drawing of boxes and words, dark on white, that becomes SVG or pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from PIL import Image, ImageDraw

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.lettering import font_for, printed, width_of

if TYPE_CHECKING:
    import numpy.typing as npt

INK, GREY, PALE, PAPER, MARK = "#1b1b1b", "#5a5a5a", "#ececec", "#ffffff", "#e07b00"
TITLE, TEXT, SMALL = 20, 14, 11  # pixels high
MARGIN = 16
_FACTOR = 2  # pixels of a picture for each of the plan's
_MOST_PIXELS = 120_000_000
_ROOM = 7  # letters of a cell
_MIDDLE = 0.35  # of a letter's size, from the middle of a line to the ground that letters stand on


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; without a colour only its line is drawn."""

    left: float
    top: float
    width: float
    height: float
    color: str = ""
    line: str = "#b8b8b8"
    thickness: float = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; ``middle`` is the height of its middle."""

    at: float  # where it begins, has its middle, or ends
    middle: float
    text: str
    size: int = TEXT
    color: str = INK
    anchor: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything in the order in which it is drawn."""

    shapes: tuple[Box | Words, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, with a margin."""
        rights, bottoms = zip(*map(_end, self.shapes), strict=True)
        return ceil(max(rights)) + MARGIN, ceil(max(bottoms)) + MARGIN


def _end(shape: Box | Words) -> tuple[float, float]:
    if isinstance(shape, Box):
        return shape.left + shape.width, shape.top + shape.height
    share = {"start": 1.0, "middle": 0.5, "end": 0.0}[shape.anchor]
    return shape.at + share * width_of(printed(shape.text), shape.size), shape.middle + shape.size / 2


def head(title: str, lines: Sequence[str]) -> tuple[list[Box | Words], float]:
    """Return a title with lines below it, and where what follows begins."""
    shapes: list[Box | Words] = [Words(MARGIN, MARGIN + TITLE / 2, title, TITLE)]
    top = MARGIN + TITLE + 6.0
    for line in lines:
        shapes.append(Words(MARGIN, top + TEXT / 2, line, TEXT, GREY))
        top += TEXT + 5
    return shapes, top + 8


def color_of(value: float, most: float, color_map: str = colors.DIVERGING) -> str:
    """Return the colour of a value between −most and most; what is no number is white."""
    if not np.isfinite(value):
        return PAPER
    share = 0.5 + value / (2 * most) if most > 0 else 0.5
    red, green, blue = colors.table(color_map)[1 + round(254 * min(1.0, max(0.0, share)))][:3].tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def ink_on(color: str) -> str:
    """Return the colour of letters that are read on another."""
    red, green, blue = bytes.fromhex(color[1:])
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 115 else PAPER


def cells(
    texts: Sequence[Sequence[str]], fills: Sequence[Sequence[str]], left: float, top: float, side: tuple[float, float]
) -> list[Box | Words]:
    """Return a matrix: a box with a text for each cell.

    Args:
        texts: of the cells, rows of columns.
        fills: their colours.
        left: of the first.
        top: of the first.
        side: width and height of a cell.
    """
    width, height = side
    made: list[Box | Words] = []
    for row, (line, paints) in enumerate(zip(texts, fills, strict=True)):
        for column, (text, fill) in enumerate(zip(line, paints, strict=True)):
            x, y = left + column * width, top + row * height
            made.append(Box(x, y, width, height, fill))
            if text:
                made.append(Words(x + width / 2, y + height / 2, text, SMALL, ink_on(fill), "middle"))
    return made


def as_svg(plan: Plan) -> str:
    """Return the drawing as SVG; its letters stay letters."""
    width, height = plan.size
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        *map(_element, plan.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _element(shape: Box | Words) -> str:
    if isinstance(shape, Box):
        line = f' stroke="{shape.line}" stroke-width="{shape.thickness:g}"' if shape.line else ""
        place = f'x="{shape.left:g}" y="{shape.top:g}" width="{shape.width:g}" height="{shape.height:g}"'
        return f'<rect {place} fill="{shape.color or "none"}"{line}/>'
    place = f'x="{shape.at:g}" y="{shape.middle + _MIDDLE * shape.size:g}" font-size="{shape.size}"'
    text = "".join(mark for mark in shape.text if mark.isprintable())
    return f'<text {place} fill="{shape.color}" text-anchor={quoteattr(shape.anchor)}>{escape(text)}</text>'


def as_image(plan: Plan, factor: int = _FACTOR) -> Image.Image:
    """Return the drawing as a picture.

    Raises:
        CnnvizError: it would be too large.
    """
    width, height = (factor * side for side in plan.size)
    if width * height > _MOST_PIXELS:
        raise CnnvizError("The picture would be too large.", "Save the numbers.")
    paper = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(paper)
    for shape in plan.shapes:
        if isinstance(shape, Box):
            corners = [factor * each for each in (shape.left, shape.top)]
            ends = [factor * each for each in (shape.left + shape.width, shape.top + shape.height)]
            thickness = max(1, round(shape.thickness * factor)) if shape.line else 0
            pen.rectangle((*corners, *ends), shape.color or None, shape.line or None, thickness)
        else:
            text = printed(shape.text)
            anchor = {"start": "lm", "middle": "mm", "end": "rm"}[shape.anchor]
            font = font_for(text, shape.size * factor)
            pen.text((factor * shape.at, factor * shape.middle), text, shape.color, font, anchor)
    return paper


def texts_of(values: npt.NDArray[np.float64]) -> list[list[str]]:
    """Return numbers as cells bear them, as many of three digits as have room; what is none is empty."""
    return [[_short(float(value)) if np.isfinite(value) else "" for value in row] for row in values]


def _short(value: float) -> str:
    texts = [f"{value + 0.0:.{digits}g}".replace("-", "−") for digits in (3, 2, 1)]  # no minus before 0
    return next((text for text in texts if len(text) <= _ROOM), texts[-1])
