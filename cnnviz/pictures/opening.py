"""Files told to be pictures by their content, whatever they are called, and opened without their pixels. No torch."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from cnnviz.errors import CnnvizError
from cnnviz.files import without_waiting
from cnnviz.pictures.given_up import GivenUpError, HeedingReader

# What Pillow decodes by itself. Never EPS, which it hands to Ghostscript, nor WMF, BUFR, GRIB and HDF5, which it hands
# to somebody else's code; MPEG and IPTC are no pictures of their own.
FORMATS = (
    "PNG", "JPEG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "QOI",
    "BLP", "CUR", "DCX", "DDS", "FITS", "FLI", "FTEX", "GBR", "ICNS", "IM", "IMT", "MCIDAS", "MSP", "PCD", "PIXAR",
    "PSD", "SGI", "SPIDER", "SUN", "XBM", "XPM", "XVTHUMB",
)  # fmt: skip
NO_PICTURE_HINT = "Choose a photograph or drawing, such as a PNG or JPEG."
MOST_PIXELS = 2**30 // 6  # Pillow's own limit: half a gigabyte of RGB
_MAGIC_BYTES = 16
_NO_PICTURES = (  # where in a file what stands, of files that are often taken for pictures
    (4, b"ftyphei", "a HEIC photograph, which is not read here", "Save it as JPEG."),
    (4, b"ftypmif1", "a HEIF photograph, which is not read here", "Save it as JPEG."),
    (0, b"version https:/", "a pointer of Git LFS, not the picture itself", "Run `git lfs pull` there."),
    (0, b"<!DOCTYPE", "a web page, not a picture", "Download the picture itself."),
    (0, b"<html", "a web page, not a picture", "Download the picture itself."),
    (0, b"<svg", "an SVG drawing, which is not read here", "Save it as PNG."),
    (0, b"%PDF", "a PDF document, not a picture", "Save its pages as PNG."),
)

# What Pillow remarks about damaged metadata is of no use to the person; what keeps a picture from being read is raised.
warnings.filterwarnings("ignore", module=r"PIL\.")


@cache
def suffixes() -> frozenset[str]:
    """Return the endings of the formats that are read here, ".png" and the like."""
    readers = _readers()
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in readers)


@contextmanager
def opened(file: Path) -> Iterator[ImageFile.ImageFile]:
    """Give the picture with its size and mode; its pixels are read when they are asked for, and until this ends.

    Not by ``Image.open``, which measures a photograph before ``draft`` has made it smaller, and warns.

    Raises:
        CnnvizError: there is no such file, or it cannot be read as a picture.
        GivenUpError: it is not wanted any more.
    """
    if not file.is_file():
        what = "is a folder, not a picture" if file.is_dir() else "is not there"
        raise CnnvizError(f"{file} {what}.", NO_PICTURE_HINT)
    try:
        with HeedingReader(open(file, "rb", buffering=0, opener=without_waiting)) as stream:
            yield _picture_in(stream, file)
    except (CnnvizError, GivenUpError):
        raise
    except PermissionError as error:
        raise CnnvizError(f"{file.name} may not be read: {error.strerror}.", "Ask its owner, or copy it.") from error
    except UnidentifiedImageError as error:
        raise CnnvizError(f"{file.name} is not a picture that can be read.", NO_PICTURE_HINT) from error
    except MemoryError as error:
        raise CnnvizError(f"{file.name} has too many pixels for the memory.", "Save a smaller copy of it.") from error
    except Exception as error:  # Pillow's decoders raise whatever they stumble over in a broken file
        reason = (getattr(error, "strerror", None) or str(error)).rstrip(".") or type(error).__name__
        raise CnnvizError(f"{file.name} is damaged or cut short ({reason}).", "Open another picture.") from error


def check_size(picture: Image.Image, name: str) -> None:
    """Return if the picture, as it is going to be decoded, is no larger than is safe.

    Raises:
        CnnvizError: it is.
    """
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise CnnvizError(
            f"{name} has too many pixels to be read safely: {width:,} × {height:,}; {MOST_PIXELS:,} are the limit.",
            "Save a smaller copy of it.",
        )


def _picture_in(stream: BinaryIO, file: Path) -> ImageFile.ImageFile:
    start = stream.read(_MAGIC_BYTES)
    if not start:
        raise CnnvizError(f"{file.name} is empty.", NO_PICTURE_HINT)
    _refuse_others(file, start)
    for factory in _candidates(file, start):
        stream.seek(0)
        try:  # without a name: with one, Pillow maps the file, and a turned TIFF in the wrong shape
            return factory(stream, "")
        except (SyntaxError, IndexError, TypeError, struct.error):  # how a reader says that it is another format
            continue
    raise UnidentifiedImageError


def _refuse_others(file: Path, start: bytes) -> None:
    """Say what a file is that is often taken for a picture."""
    if not start:
        raise CnnvizError(f"{file.name} is empty.", NO_PICTURE_HINT)
    for at, mark, what, hint in _NO_PICTURES:
        if start[at:].startswith(mark):
            raise CnnvizError(f"{file.name} is {what}.", hint)


def _candidates(file: Path, start: bytes) -> Iterator[type[ImageFile.ImageFile]]:
    """A format that has no mark at its beginning is believed only by the file's ending."""
    called = Image.registered_extensions().get(file.suffix.lower())
    for name in _readers():
        factory, accepts = Image.OPEN[name]
        if name == called if accepts is None else accepts(start.ljust(_MAGIC_BYTES, b"\0")) is True:
            yield factory  # type: ignore[misc]  # a class, which Pillow's stub calls a function


@cache
def _readers() -> tuple[str, ...]:
    """AVIF, WebP and JPEG 2000 are there only where Pillow was built with them."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)
