"""A sheet as SVG: its letters stay letters, and each tile is in it once, a pixel for each of its own."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from cnnviz.feature_maps.drawn.sheet import BAR, GAP, GREY, MARGIN, PAPER, SMALL, Sheet, bar_of
from cnnviz.printable import printable

if TYPE_CHECKING:
    import numpy.typing as npt

_BASE = 0.35  # of a letter's size, from the middle of a line to the ground that letters stand on


def as_svg(sheet: Sheet) -> str:
    """Return the sheet as a drawing."""
    width, height = sheet.size
    tall, wide = sheet.tile_size
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
    ]
    for text, size, ink, middle in sheet.words():
        parts.append(_text(text, MARGIN, middle, size, ink))
    for tile, caption, left, top in sheet.corners():
        parts.append(_image(tile.pixels, left, top, wide, tall))
        parts.append(_text(caption, left, top + tall + 2 + SMALL / 2, SMALL))
    if sheet.scale is not None:
        top, (low, high) = sheet.foot + GAP, sheet.ends()
        below = top + BAR[1] + 4 + SMALL / 2
        parts.append(_image(bar_of(sheet.scale.color_map), MARGIN, top, *BAR))
        parts += [_text(low, MARGIN, below, SMALL), _text(high, MARGIN + BAR[0], below, SMALL, GREY, "end")]
    return "\n".join((*filter(None, parts), "</svg>")) + "\n"


def _text(text: str, at: float, middle: float, size: int, ink: str = GREY, anchor: str = "start") -> str:
    if not text:
        return ""
    place = f'x="{at:g}" y="{middle + _BASE * size:g}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{ink}">{escape(printable(text))}</text>'


def _image(pixels: npt.NDArray[np.uint8], left: int, top: int, width: int, height: int) -> str:
    place = f'x="{left}" y="{top}" width="{width}" height="{height}" preserveAspectRatio="none"'
    sharp = 'style="image-rendering:pixelated"'
    return f'<image {place} {sharp} href="data:image/png;base64,{b64encode(_as_png(pixels)).decode()}"/>'


def _as_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Colours of a map are few: with a palette a picture takes a third of the room."""
    image, written = Image.fromarray(pixels), BytesIO()
    if pixels.shape[2] == 3 or (pixels[..., 3] == 255).all():
        few = image.convert("RGB").getcolors(256)
        image = image.convert("RGB") if few is None else _with_palette(pixels[..., :3])
    image.save(written, "PNG")
    return written.getvalue()


def _with_palette(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    codes = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    found, levels = np.unique(codes, return_inverse=True)
    image = Image.fromarray(levels.reshape(codes.shape).astype(np.uint8), "P")
    image.putpalette(np.stack([found >> 16, found >> 8 & 255, found & 255], 1).astype(np.uint8).tobytes())
    return image
