"""The run that is shown on its way out of cnnviz: as weights, a program, an ONNX model or a plain script."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui.commands import Command
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.file_dialog import FileKind, ask_where_to_save
from cnnviz.gui.workers.saver import Saver
from cnnviz.training.takeaway.exporting import FORMS, export, form_named

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog

_KINDS = tuple(FileKind(form.title, form.suffix) for form in FORMS)


class RunExport(QObject):
    """Asks where to, writes off the GUI thread, and says when it is done."""

    def __init__(self, banner: Banner, parent: QWidget) -> None:
        super().__init__(parent)
        self._banner, self._window = banner, parent
        self._run: Path | None = None
        self._said: dict[Path, tuple[str, ...]] = {}  # of what the worker thread has written
        self._saver = Saver(self)
        self._saver.saved.connect(self._tell_saved)
        self._saver.failed.connect(self._tell_failed)
        self.button = QPushButton("Export…")
        self.button.setToolTip("Weights, PyTorch program, ONNX model, or a plain script that repeats the run")
        self.button.clicked.connect(self.ask_where_to)
        self.offer(None)

    def offer(self, run: Path | None) -> None:
        """Let this run be exported; None: there is none, it has no weights yet, or it is going on."""
        self._run = run
        self.button.setEnabled(run is not None)

    def command(self) -> Command:
        """Return what the button does."""
        return Command("training.export", "Export the run…", self.ask_where_to, enabled=self.button.isEnabled)

    @Slot()
    def ask_where_to(self) -> QFileDialog | None:
        """Open a dialog; the file's ending says the form."""
        if self._run is None:
            return None
        return ask_where_to_save(self._window, "Export the run", self._run.name, _KINDS, self.save, first=".py")

    def save(self, file: Path) -> None:
        """Write the run in the form that the file's ending tells; a file of this name is replaced."""
        if self._run is not None:
            self._banner.show_notice(f"Writing {file.name} …", "The window can be used meanwhile.")
            self._saver.save(partial(self._write, self._run), file)

    def end(self) -> None:
        """Return when everything is written."""
        self._saver.end()

    def _write(self, run: Path, file: Path) -> None:
        """Runs in the worker thread."""
        from cnnviz.training.takeaway.taken import of_run

        self._said[file] = export(of_run(run), form_named(None, file), file, overwrite=True)

    @Slot(object, object)
    def _tell_saved(self, file: Path, size: int) -> None:
        self._banner.show_notice(f"{file} is written ({units.size(size)}).", " ".join(self._said.pop(file, ())))

    @Slot(object)
    def _tell_failed(self, error: CnnvizError) -> None:
        self._banner.show_error(error)
