"""Saves and copies what a view shows: drawn in a worker thread, light whatever the window's colours are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.handed_on.shown_export import Export
from cnnviz.gui.commands import Command
from cnnviz.gui.parts.file_dialog import FileKind, ask_where_to_save
from cnnviz.gui.parts.image_file import as_qimage
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.gui.workers.saver import Saver

_KINDS = {
    ".png": FileKind("Picture with title and scale", ".png"),
    ".svg": FileKind("Drawing, for papers and the web", ".svg"),
    ".npz": FileKind("Numbers, for numpy", ".npz"),
}
Make = Callable[[], Export | None]


class HandingOn(QObject):
    """One for a page; what is to leave is said by whoever shows it."""

    failed = Signal(object)  # CnnvizError: it could not be copied

    def __init__(self, over: QWidget, saver: Saver) -> None:
        super().__init__(over)
        self._over, self._saver = over, saver
        self._copies = LatestJob(self, "copy")
        self._copies.succeeded.connect(self._put)
        self._copies.failed.connect(self.failed)

    def commands(self, id_: str, what: str, make: Make, within: QWidget | None = None) -> tuple[Command, Command]:
        """Return the commands that copy and save something.

        Args:
            id_: "maps.kernels": of the commands ``maps.copy-kernels`` and ``maps.save-kernels``.
            what: "the kernels".
            make: returns it as it is now; None: there is none.
            within: where Ctrl+C copies it.
        """
        page, _, name = id_.partition(".")
        keys = () if within is None else ("Ctrl+C",)

        def there() -> bool:
            return make() is not None

        copy, save = partial(self.copy, make), partial(self.save, make, f"Save {what}")
        return (
            Command(f"{page}.copy-{name}", f"Copy {what} as a picture", copy, keys, within, enabled=there),
            Command(f"{page}.save-{name}", f"Save {what}…", save, enabled=there),
        )

    def copy(self, make: Make) -> None:
        """Put the picture on the clipboard."""
        if (export := make()) is not None:
            self._copies.submit(lambda: as_qimage(export.image()))

    def save(self, make: Make, title: str) -> None:
        """Ask for a file and write to it."""
        try:
            export = make()
        except CnnvizError as error:
            self.failed.emit(error)
            return
        if export is not None:
            kinds = [_KINDS[ending] for ending in export.endings]
            ask_where_to_save(self._over, title, export.name, kinds, partial(self._saver.save, export.save))

    def end(self) -> None:
        """End what is under way."""
        self._copies.close()

    @Slot(object)
    def _put(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
