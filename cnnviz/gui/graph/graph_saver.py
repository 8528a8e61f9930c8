"""Saves a graph as SVG or PNG: recorded in the GUI thread, which is quick, and written in another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QObject, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPicture
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.image_file import as_png, png_scale, write_bytes
from cnnviz.gui.workers.latest_job import LatestJob

_DRAWING, _PIXELS = "Drawing, for papers and the web (*.svg)", "Picture (*.png)"
_INCH = 0.0254  # metres

Paint = Callable[[QPainter], None]


class GraphSaver(QObject):
    """One file at a time."""

    saved = Signal(object)  # Path
    failed = Signal(object)  # CnnvizError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = LatestJob(self, "save-graph")
        self._jobs.succeeded.connect(self.saved)
        self._jobs.failed.connect(self.failed)

    def save(self, paint: Paint, size: QSize, background: QColor, file: Path) -> None:
        """Write what ``paint`` paints on ``size`` to a .svg or .png."""
        picture = QPicture()
        painter = QPainter(picture)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        paint(painter)
        painter.end()
        self._jobs.submit(partial(write, picture, size, background, file))

    def ask(self, paint: Paint, size: QSize, background: QColor, name: str, parent: QWidget) -> QFileDialog:
        """Ask for a file, with ``name`` proposed, and write to it."""
        dialog = QFileDialog(parent, "Save the graph", f"{name}.svg", f"{_DRAWING};;{_PIXELS}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("svg")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("png" if chosen == _PIXELS else "svg"))
        dialog.fileSelected.connect(lambda file: self.save(paint, size, background, Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def close(self) -> None:
        """Wait until nothing is being written."""
        self._jobs.close()


def write(picture: QPicture, size: QSize, background: QColor, file: Path) -> Path:
    """Write a recorded picture; the suffix of ``file`` says as what.

    Raises:
        CnnvizError: the suffix is another one, or the file cannot be written.
    """
    if file.suffix.lower() not in (".svg", ".png"):
        raise CnnvizError(f"{file.name} is neither a .svg nor a .png.", "Choose one of these two.")
    encoded = _as_svg if file.suffix.lower() == ".svg" else _as_png
    write_bytes(encoded(picture, size, background), file)
    return file


def _as_png(picture: QPicture, size: QSize, background: QColor) -> QByteArray:
    scale = png_scale(size)
    image = QImage(ceil(size.width() * scale), ceil(size.height() * scale), QImage.Format.Format_RGB32)
    image.fill(background)
    image.setDotsPerMeterX(round(picture.logicalDpiX() / _INCH))  # else playing scales the picture
    image.setDotsPerMeterY(round(picture.logicalDpiY() / _INCH))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    picture.play(painter)
    painter.end()
    return as_png(image)


def _as_svg(picture: QPicture, size: QSize, background: QColor) -> QByteArray:
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(picture.logicalDpiX())  # else playing scales the picture
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle("A network, drawn by cnnviz")
    painter = QPainter(generator)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), background)
    picture.play(painter)
    painter.end()
    return buffer.data()
