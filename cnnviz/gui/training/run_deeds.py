"""What is done to a run's folder: renaming, noting, moving to the trash, showing."""

from __future__ import annotations

import os
import shutil
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFile, QObject, QStandardPaths, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QInputDialog, QLabel

from cnnviz.errors import CnnvizError
from cnnviz.gui.training.runs_panel import RunsPanel
from cnnviz.gui.workers.latest_job import Job, LatestJob
from cnnviz.runs.layout import strangers_in
from cnnviz.runs.status import is_under_way
from cnnviz.training.run_list import ListedRun, rename_run, write_note

_PLACE_OF_TRASH = QStandardPaths.StandardLocation.GenericDataLocation


class RunDeeds(QObject):
    """Every touch of the disk runs off the GUI thread, one after another: none takes the place of one that waits."""

    renamed = Signal(object, object)  # Path, Path: before and now
    done = Signal(str)  # what was done, in words; empty: it shows
    trashed = Signal(object, object)  # Path, Path: where the run was, and where it is in the trash
    failed = Signal(object)  # CnnvizError

    def __init__(self, panel: RunsPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._waiting: deque[Job] = deque()
        self._job = LatestJob(self, "run-folder")
        self._job.succeeded.connect(self._tell)
        self._job.failed.connect(self.failed)
        self._job.busy_changed.connect(self._go_on)
        panel.rename_wanted.connect(self._ask_for_name)
        panel.note_wanted.connect(self._ask_for_note)
        panel.trash_wanted.connect(self.move_to_trash)
        panel.folder_wanted.connect(self._show_folder)

    def end(self) -> None:
        """End the thread."""
        self._waiting.clear()
        self._job.close()

    def rename(self, folder: Path, name: str) -> None:
        """Give a run another name."""
        self._do(partial(_renamed, folder, name))

    def note(self, folder: Path, text: str) -> None:
        """Keep what somebody has to say of a run."""
        self._do(partial(_noted, folder, text))

    @Slot(object)
    def move_to_trash(self, run: ListedRun) -> None:
        """Put a run where it can be fetched back from; one that is going on stays."""
        self._do(partial(_trashed, run.folder))

    def put_back(self, folder: Path, trashed: Path) -> None:
        """Fetch a run back from the trash to where it was."""
        self._do(partial(_put_back, folder, trashed))

    def _do(self, deed: Job) -> None:
        self._waiting.append(deed)
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        if self._waiting and not self._job.busy:
            self._job.submit(self._waiting.popleft())

    @Slot(object)
    def _tell(self, deed: _Done) -> None:
        if deed.now is not None:
            self.renamed.emit(deed.folder, deed.now)
        self.done.emit(deed.said)
        if deed.trashed is not None:
            self.trashed.emit(deed.folder, deed.trashed)

    @Slot(object)
    def _ask_for_name(self, folder: Path) -> None:
        dialog = QInputDialog(self._panel)
        dialog.setWindowTitle("Rename the run")
        dialog.setLabelText("Name of its folder")
        dialog.setTextValue(folder.name)
        dialog.textValueSelected.connect(partial(self.rename, folder))
        dialog.open()

    @Slot(object)
    def _ask_for_note(self, run: ListedRun) -> None:
        dialog = QInputDialog(self._panel)
        dialog.setWindowTitle("A note on the run")
        dialog.setLabelText(run.folder.name)
        for label in dialog.findChildren(QLabel):  # a folder of somebody's may be called anything
            label.setTextFormat(Qt.TextFormat.PlainText)
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        dialog.setTextValue(run.note)
        dialog.textValueSelected.connect(partial(self.note, run.folder))
        dialog.open()

    @Slot(object)
    def _show_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.done.emit(f"It lies in {folder}.")


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done to a run."""

    folder: Path  # before
    said: str = ""  # "": it shows
    now: Path | None = None  # its folder, if it has another one
    trashed: Path | None = None  # where it lies in the trash, where the system tells


def _renamed(folder: Path, name: str) -> _Done:
    now = rename_run(folder, name)
    return _Done(folder, now=now if now != folder else None)


def _noted(folder: Path, text: str) -> _Done:
    write_note(folder, text)
    return _Done(folder)


def _trashed(folder: Path) -> _Done:
    if is_under_way(folder):  # as it is now: another window may have gone on with it
        raise CnnvizError(f"{folder.name} is going on.", "Stop it first.")
    if not folder.is_symlink() and (others := strangers_in(folder)):
        what = f"{folder.name} holds {', '.join(others)} too, which no run has made."
        raise CnnvizError(what, "Move that elsewhere first, or remove the folder yourself.")
    with suppress(OSError):  # which Qt takes to be there
        Path(QStandardPaths.writableLocation(_PLACE_OF_TRASH)).mkdir(0o700, parents=True, exist_ok=True)
    file = QFile(str(folder))
    if not file.moveToTrash():
        raise CnnvizError(f"{folder} cannot be moved to the trash.", "Remove its folder yourself.")
    place = Path(file.fileName())
    is_told = place != folder and os.path.lexists(place)
    return _Done(folder, f"{folder.name} is in the trash.", trashed=place if is_told else None)


def _put_back(folder: Path, trashed: Path) -> _Done:
    if os.path.lexists(folder):
        raise CnnvizError(f"There is a {folder.name} again.", "Rename that one, then take the other out of the trash.")
    try:
        shutil.move(trashed, folder)
    except OSError as error:
        hint = "Take it out of the trash with your file manager."
        raise CnnvizError(f"{folder.name} cannot be put back: {error.strerror or error}.", hint) from error
    with suppress(OSError):  # what a Unix trash notes of it
        (trashed.parent.parent / "info" / f"{trashed.name}.trashinfo").unlink()
    return _Done(folder, f"{folder.name} is back.")
