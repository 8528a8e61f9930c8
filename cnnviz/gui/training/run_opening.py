"""Opens the run that the session names, and takes in what another program makes of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.session import Session
from cnnviz.gui.training.run_following import RunFollowing
from cnnviz.gui.training.run_shelf import RunShelf
from cnnviz.gui.training.shown_run import ShownRun
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.recording import Run, read_run


class RunOpening(QObject):
    """Leaves the run that this window trains alone."""

    told = Signal(object)  # tuple[Journalled, ...]: what the journal says
    stood = Signal()  # how the run stands may have changed
    doing = Signal(object)  # str: for the status bar; "": nothing

    def __init__(self, session: Session, banner: Banner, shown: ShownRun, shelf: RunShelf) -> None:
        super().__init__(shelf)
        self._session, self._banner, self._shown, self._shelf = session, banner, shown, shelf
        self.following = RunFollowing(self)
        self._reader = LatestJob(self, "read-run")
        self._reader.succeeded.connect(self._show_past_run)
        self._reader.failed.connect(self._refuse)
        self._reader.busy_changed.connect(self._tell_doing)
        self.following.came.connect(self._take)
        self.following.failed.connect(self._lose)
        session.run_changed.connect(self.open)

    def end(self) -> None:
        """End the threads."""
        self._reader.close()
        self.following.end()

    def follow_own(self) -> None:
        """The run that this window trained has ended: another program may go on with it."""
        if self._shown.folder is not None:
            self.following.follow(self._shown.folder)

    @Slot(object)
    def open(self, folder: Path | None) -> None:
        """Show the run in ``folder``, unless one is under way here."""
        if folder is not None and folder == self._shown.folder:
            self.following.move(folder)
        elif folder is not None and self._session.training:
            self._banner.show_notice("A run is under way.", "Stop it before you open another one.")
            self._session.set_run(self._shown.folder)
        elif folder is not None:
            self._banner.clear()
            self._reader.submit(partial(read_run, folder))

    @Slot(bool)
    def _tell_doing(self, reads: bool) -> None:
        if not self._session.training:
            folder = self._session.run
            self.doing.emit(f"Opening {folder.name}…" if reads and folder is not None else "")

    @Slot(object)
    def _refuse(self, error: CnnvizError) -> None:
        """Stay with the run before, which is still shown."""
        self._banner.show_error(error)
        self._session.set_run(self._shown.folder)

    @Slot(object)
    def _show_past_run(self, run: Run) -> None:
        if self._session.training:  # begun while this one was read
            return
        self.following.follow(run.folder, run.mark, run.under_way)
        self._take(run)
        self._shelf.show_open()
        self._shelf.take_settings(run.config)

    @Slot(object)
    def _take(self, run: Run) -> None:
        """Let the journal say again what it heard, or what it heard since."""
        if run.is_whole:
            self._shown.clear_for(run.config, run.folder)
        self.told.emit(run.events)
        self._shown.stand_as(run.state)
        self.stood.emit()

    @Slot(object)
    def _lose(self, error: CnnvizError) -> None:
        """What it told stays on the page."""
        self._banner.show_error(error)
        self._shown.stand_as("lost")
        self.stood.emit()
