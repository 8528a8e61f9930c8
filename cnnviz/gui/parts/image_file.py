"""Images written to .png whole or not at all. Encoded first: Qt's own writing says nothing of a disk that is full.

PySide6 makes a class when it is first named: those of images are named where one is written, behind the first frame.
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui

from cnnviz.errors import CnnvizError
from cnnviz.files import replacing

if TYPE_CHECKING:
    from PIL import Image
    from PySide6.QtCore import QByteArray, QSize
    from PySide6.QtGui import QImage

_SCALE = 2.0  # pixels of a PNG for each of the screen's, if it does not get too large
_MOST_PIXELS, _LONGEST = 120_000_000, 32_000  # in all, and along one side: what other programs open


def as_qimage(picture: Image.Image) -> QImage:
    """Return a picture of Pillow's as one of Qt's, which keeps its own pixels."""
    rgb = picture.convert("RGB")
    kind = QtGui.QImage.Format.Format_RGB888
    return QtGui.QImage(rgb.tobytes(), rgb.width, rgb.height, 3 * rgb.width, kind).copy()


def write_png(image: QImage, file: Path) -> None:
    """Write an image.

    Raises:
        CnnvizError: the file cannot be written.
    """
    write_bytes(as_png(image), file)


def png_scale(size: QSize) -> float:
    """Return how many pixels a PNG has for each pixel of what is drawn."""
    longest, area = max(size.width(), size.height(), 1), max(1, size.width() * size.height())
    return min(_SCALE, _LONGEST / longest, sqrt(_MOST_PIXELS / area))


def as_png(image: QImage) -> QByteArray:
    """Return the bytes of a .png.

    Raises:
        CnnvizError: there is no memory for them.
    """
    buffer = QtCore.QBuffer()
    if not QtGui.QImageWriter(buffer, QtCore.QByteArray(b"png")).write(image):
        raise CnnvizError("There is no memory for the picture.", "Make it smaller: fold or filter what is shown.")
    return buffer.data()


def write_bytes(data: QByteArray, file: Path) -> None:
    """Write ``data`` in place of ``file``.

    Raises:
        CnnvizError: the file cannot be written.
    """
    with replacing(file) as temporary:
        temporary.write_bytes(data.data())
