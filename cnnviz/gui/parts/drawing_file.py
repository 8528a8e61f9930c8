"""What was painted as a file, SVG or PNG: recorded in the GUI thread, which is quick, and written in another."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPicture

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.file_dialog import FileKind
from cnnviz.gui.parts.image_file import as_png, png_scale, write_bytes
from cnnviz.printable import printable

DRAWING_KINDS = (FileKind("Drawing, for papers and the web", ".svg"), FileKind("Picture", ".png"))
_INCH = 0.0254  # metres

Paint = Callable[[QPainter], None]


def record(paint: Paint) -> QPicture:
    """Return what ``paint`` paints, for another thread to write."""
    picture = QPicture()
    with QPainter(picture) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        paint(painter)
    return picture


def as_image(picture: QPicture, size: QSize, background: QColor) -> QImage:
    """Return a recorded picture on a ground of ``size``, two pixels for each of the screen's if it is not too large."""
    scale = png_scale(size)
    image = QImage(ceil(size.width() * scale), ceil(size.height() * scale), QImage.Format.Format_RGB32)
    image.fill(background)
    image.setDotsPerMeterX(round(picture.logicalDpiX() / _INCH))  # else playing scales the picture
    image.setDotsPerMeterY(round(picture.logicalDpiY() / _INCH))
    with QPainter(image) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(scale, scale)
        picture.play(painter)
    return image


def write(picture: QPicture, size: QSize, background: QColor, file: Path) -> None:
    """Write a recorded picture on a ground of ``size``; the suffix of ``file`` says as what.

    Raises:
        CnnvizError: the suffix is another one, or the file cannot be written.
    """
    if file.suffix.lower() not in (".svg", ".png"):
        raise CnnvizError(f"{file.name} is neither a .svg nor a .png.", "Choose one of these two.")
    encoded = _as_svg if file.suffix.lower() == ".svg" else _as_png
    write_bytes(encoded(picture, size, background), file)


def _as_png(picture: QPicture, size: QSize, background: QColor) -> QByteArray:
    return as_png(as_image(picture, size, background))


def _as_svg(picture: QPicture, size: QSize, background: QColor) -> QByteArray:
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(picture.logicalDpiX())  # else playing scales the picture
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle("Drawn by cnnviz")
    with QPainter(generator) as painter:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), background)
        picture.play(painter)
    drawn = bytes(buffer.data().data()).decode("utf-8", "replace")
    return QByteArray(printable(drawn).encode())  # names on disk may hold anything, and XML may not
