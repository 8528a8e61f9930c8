"""The layer table as a picture: all of it, as it is unfolded on screen, two pixels for each of the screen's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtGui
from PySide6.QtCore import QObject, QPoint, QRect, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from cnnviz.errors import CnnvizError
from cnnviz.gui.calls.call_view import CallView
from cnnviz.gui.parts.file_dialog import FileKind, ask_where_to_save
from cnnviz.gui.parts.image_file import png_scale, write_png
from cnnviz.gui.workers.saver import Saver

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

PICTURE_KINDS = (FileKind("Picture", ".png"),)
_BAND = 400  # pixels of the table painted in one turn of the event loop: some 20 ms

Take = Callable[["QImage"], object]


class TablePicture(QObject):
    """One picture at a time. Painting needs the GUI thread, so it goes in bands; the saver writes in another."""

    done = Signal(str)  # what was done, in words
    failed = Signal(object)  # CnnvizError

    def __init__(self, view: CallView, saver: Saver) -> None:
        super().__init__(view)
        self._view, self._saver = view, saver
        self._painting: tuple[CallView, QImage, Take] | None = None
        self._top = 0  # of the next band
        self._turns = QTimer(self, interval=0)
        self._turns.timeout.connect(self._paint_band)
        view.model().modelAboutToBeReset.connect(self._give_up)
        view.model().layoutAboutToBeChanged.connect(self._give_up)

    @property
    def painting(self) -> bool:
        """True while a picture is being painted."""
        return self._painting is not None

    def end(self) -> None:
        """Paint no more."""
        self._stop_painting()

    @Slot()
    def copy(self) -> None:
        """Put the picture onto the clipboard."""
        self._paint(self._put_on_clipboard)

    @Slot()
    def ask_where_to_save(self) -> None:
        """Open a dialog, and save to the file that it names."""
        name = str(self._view.model().index(0, 0).data() or "")
        if not name:
            return
        ask_where_to_save(self._view, "Save a picture of the table", f"{name} layers", PICTURE_KINDS, self.save)

    def save(self, file: Path) -> None:
        """Write the picture to a .png."""
        if file.suffix.lower() != ".png":
            self.failed.emit(CnnvizError(f"{file.name} is no .png.", "End the name with .png."))
            return
        self._paint(lambda image: self._saver.save(partial(write_png, image), file))

    def _paint(self, take: Take) -> None:
        self._stop_painting()
        if not self._view.model().rowCount():
            return
        try:
            image = _canvas(self._view.size_of_all())
        except CnnvizError as error:
            self.failed.emit(error)
            return
        self._painting, self._top = (self._view.unrolled(), image, take), 0
        self._turns.start()

    @Slot()
    def _paint_band(self) -> None:
        if self._painting is None:
            return
        whole, image, take = self._painting
        band = QRect(0, self._top, whole.width(), _BAND)
        whole.render(image, QPoint(0, self._top), QtGui.QRegion(band))
        self._top += _BAND
        if self._top >= whole.height():
            self._stop_painting()
            take(image)

    @Slot()
    def _give_up(self) -> None:
        if self._painting is not None:
            self._stop_painting()
            self.failed.emit(CnnvizError("The table changed while its picture was painted.", "Try again."))

    def _stop_painting(self) -> None:
        self._turns.stop()
        if self._painting is not None:
            self._painting[0].deleteLater()
            self._painting = None

    def _put_on_clipboard(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.done.emit("A picture of the table is on the clipboard.")


def _canvas(size: QSize) -> QImage:
    """Return an empty image for a table of this size, with 2, 1.5 or 1 pixel for each of the screen's.

    Raises:
        CnnvizError: less than one would be left.
    """
    scale = int(2 * png_scale(size)) / 2  # halves: bands then end on whole pixels
    if scale < 1:
        raise CnnvizError("The table is too long for a picture.", "Fold levels or filter it, or save it as text.")
    kind = QtGui.QImage  # made by PySide6 when it is named: not in the first frame's time
    image = kind(ceil(size.width() * scale), ceil(size.height() * scale), kind.Format.Format_RGB32)
    if image.isNull():
        raise CnnvizError("There is no memory for a picture of this table.", "Fold levels or filter it.")
    image.setDevicePixelRatio(scale)
    return image
