"""The layer table as a picture: all of it, as it is unfolded on screen, two pixels for each of the screen's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QRegion
from PySide6.QtWidgets import QFileDialog

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui.calls.call_view import CallView
from cnnviz.gui.parts.image_file import png_scale, write_png
from cnnviz.gui.workers.latest_job import LatestJob

_BAND = 400  # pixels of the table painted in one turn of the event loop: some 20 ms

Take = Callable[[QImage], object]


class TablePicture(QObject):
    """One picture at a time. Painting needs the GUI thread, so it goes in bands; files are written in another."""

    done = Signal(str)  # what was done, in words
    failed = Signal(object)  # CnnvizError

    def __init__(self, view: CallView) -> None:
        super().__init__(view)
        self._view = view
        self._painting: tuple[CallView, QImage, Take] | None = None
        self._top = 0  # of the next band
        self._turns = QTimer(self, interval=0)
        self._turns.timeout.connect(self._paint_band)
        self._files = LatestJob(self, "save-table")
        self._files.succeeded.connect(self._tell_saved)
        self._files.failed.connect(self.failed)
        view.model().modelAboutToBeReset.connect(self._give_up)
        view.model().layoutAboutToBeChanged.connect(self._give_up)

    @property
    def painting(self) -> bool:
        """True while a picture is being painted."""
        return self._painting is not None

    def close(self) -> None:
        """Paint no more, and wait until nothing is being written."""
        self._end()
        self._files.close()

    @Slot()
    def copy(self) -> None:
        """Put the picture onto the clipboard."""
        self._paint(self._put_on_clipboard)

    @Slot()
    def ask_where_to_save(self) -> None:
        """Open a dialog, and save to the file that it names."""
        name = str(self._view.model().index(0, 0).data() or "").replace("/", "-")
        if not name:
            return
        dialog = QFileDialog(self._view, "Save a picture of the table", f"{name} layers.png", "Picture (*.png)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.save(Path(file)))
        dialog.open()

    def save(self, file: Path) -> None:
        """Write the picture to a .png."""
        if file.suffix.lower() != ".png":
            self.failed.emit(CnnvizError(f"{file.name} is no .png.", "End the name with .png."))
            return
        self._paint(lambda image: self._files.submit(partial(write_png, image, file)))

    def _paint(self, take: Take) -> None:
        self._end()
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
        whole.render(image, QPoint(0, self._top), QRegion(band))
        self._top += _BAND
        if self._top >= whole.height():
            self._end()
            take(image)

    @Slot()
    def _give_up(self) -> None:
        if self._painting is not None:
            self._end()
            self.failed.emit(CnnvizError("The table changed while its picture was painted.", "Try again."))

    def _end(self) -> None:
        self._turns.stop()
        if self._painting is not None:
            self._painting[0].deleteLater()
            self._painting = None

    @Slot(object)
    def _tell_saved(self, file: Path) -> None:
        self.done.emit(f"Saved {file} ({units.size(file.stat().st_size)}).")

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
    image = QImage(ceil(size.width() * scale), ceil(size.height() * scale), QImage.Format.Format_RGB32)
    if image.isNull():
        raise CnnvizError("There is no memory for a picture of this table.", "Fold levels or filter it.")
    image.setDevicePixelRatio(scale)
    return image
