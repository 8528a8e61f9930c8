"""Pictures on disk → upright, plain pixels: one way, for looking and for training. Pillow and numpy only: no torch."""

from __future__ import annotations

import os
import struct
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms, ImageFile

from cnnviz.pictures.depth import eight_bits
from cnnviz.pictures.opening import check_size, opened
from cnnviz.pictures.preprocessing import Fit, fitted

if TYPE_CHECKING:
    import numpy.typing as npt

_SIDE = 2048  # pixels: of a picture for the screen, a shorter side beyond twice this is read at half, a quarter, …
_SPARE = 2  # a JPEG for a network is decoded at no less than so many times the input's size
_GREY = ("1", "L", "LA", "La")
_ORIENTATION = 0x0112  # the EXIF tag, a number from 1 to 8
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_MAGIC_BYTES, _CRC_BYTES = 8, 4
_CHUNK = struct.Struct(">I4s")  # bytes of what follows, kind
_NOTES = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")
_LARGE = 32_000_000  # pixels: several of these at once might not fit into memory
_one_large_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself before its pixels are read."""

    height: int  # pixels, upright
    width: int
    channels: int  # 1: grey, 3: colour


def read(file: Path) -> Image.Image:
    """Return the picture upright, its first frame, as "L" (grey) or "RGB", transparent parts white.

    Of a huge picture a smaller copy comes back, its shorter side still 2048 pixels or more.

    Raises:
        CnnvizError: there is no such file, it is not a picture, it is cut short, or it is too large to be read safely.
    """
    picture = _decoded(file, _SIDE)
    factor = min(picture.size) // _SIDE
    return picture.reduce(factor) if factor > 1 else picture


def seen(file: Path, shape: tuple[int, int, int], fit: Fit) -> npt.NDArray[np.uint8]:
    """Return the picture as a network sees it, (C, H, W). A large JPEG is decoded at a fraction of its size.

    Args:
        file: a picture.
        shape: (C, H, W).
        fit: what of it is seen.

    Raises:
        CnnvizError: as ``read``, or the network takes neither 1 nor 3 channels.
    """
    return fitted(_decoded(file, _SPARE * max(shape[1:])), shape, fit)


def header(file: Path) -> Header:
    """Return size and channels as ``read`` would give them, without reading the pixels.

    Raises:
        CnnvizError: as ``read``, but for what only the pixels tell.
    """
    with opened(file) as picture:
        turned = _orientation(picture, file.name) >= 5  # the camera was held on its side
        width, height = picture.size[::-1] if turned else picture.size
        return Header(height, width, 1 if _is_grey(picture) else 3)


def preview(picture: Image.Image, longest: int = 512) -> npt.NDArray[np.uint8]:
    """Return the picture for the screen, (H, W, 3), at most ``longest`` pixels on its longer side."""
    small = picture.convert("RGB")
    small.thumbnail((longest, longest), Image.Resampling.BILINEAR)
    return np.array(small)


def _decoded(file: Path, side: int) -> Image.Image:
    """Return the picture, upright and plain; a JPEG at the smallest eighth that has ``side`` pixels both ways."""
    with opened(file) as picture:
        turn = _TURNS.get(_orientation(picture, file.name))
        picture.draft(None, (side, side))
        check_size(picture, file.name)
        with _one_large_at_a_time if picture.width * picture.height > _LARGE else nullcontext():
            picture.seek(0)
            picture.load()
            plain = _plain(picture)
            return plain if turn is None else plain.transpose(turn)


def _orientation(picture: ImageFile.ImageFile, name: str) -> int:
    """Return the EXIF tag; 1, upright, where there is none, where it is no such number, and where Pillow turns."""
    if picture.format == "TIFF":
        return 1
    if picture.format == "PNG":
        check_size(picture, name)
    try:
        value = _exif(picture).get(_ORIENTATION)
    except Exception:  # the pixels are good, whatever the metadata raise
        return 1
    return value if isinstance(value, int) and value in _TURNS else 1


def _exif(picture: ImageFile.ImageFile) -> Image.Exif:
    """Return what the camera noted. A PNG is decoded for it only if it says more behind its pixels."""
    if picture.format == "PNG" and not _says_more_behind_its_pixels(picture):
        return Image.Image.getexif(picture)  # Pillow's own decodes each that has none
    return picture.getexif()


def _says_more_behind_its_pixels(png: ImageFile.ImageFile) -> bool:
    stream = png.fp
    if stream is None:
        return True
    begin, behind = stream.tell(), False
    try:
        stream.seek(_PNG_MAGIC_BYTES)
        while len(head := stream.read(_CHUNK.size)) == _CHUNK.size:
            length, kind = _CHUNK.unpack(head)
            behind |= kind == b"IDAT"
            if behind and kind in _NOTES:
                return True
            stream.seek(length + _CRC_BYTES, os.SEEK_CUR)
        return False
    finally:
        stream.seek(begin)


def _is_deep(picture: Image.Image) -> bool:
    return picture.mode in ("F", "I") or picture.mode.startswith("I;16")


def _is_grey(picture: Image.Image) -> bool:
    if picture.mode == "P":
        palette = np.array(picture.getpalette("RGB") or [0], np.uint8).reshape(-1, 3)
        return bool((palette == palette[:, :1]).all())
    return picture.mode in _GREY or _is_deep(picture)


def _plain(picture: Image.Image) -> Image.Image:
    if _is_deep(picture):
        return Image.fromarray(eight_bits(np.asarray(picture)))
    mode = "L" if _is_grey(picture) else "RGB"
    if picture.mode == "LAB":
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, *profiles, outputMode="RGB") or picture
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured).convert(mode)
    return picture.convert(mode)
