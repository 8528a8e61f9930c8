"""Keeps the list of runs up to date, draws those beside the one on the page, and fills the form from any of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.form_memory import config_as_text, fill_form
from cnnviz.gui.training.run_curves import RunCurves, curves_of
from cnnviz.gui.training.run_deeds import RunDeeds
from cnnviz.gui.training.run_naming import spec_of_run
from cnnviz.gui.training.run_view import RunView
from cnnviz.gui.training.shown_run import ShownRun
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.config import TrainConfig
from cnnviz.training.recording import read_run
from cnnviz.training.run_list import ListedRun, list_runs, told_apart


class RunShelf(QObject):
    """Every look at the disk runs off the GUI thread."""

    listed = Signal()

    def __init__(self, session: Session, form: TrainForm, view: RunView, shown: ShownRun) -> None:
        super().__init__(view)
        self._session, self._form, self._view, self._shown = session, form, view, shown
        self._panel, self._plots = view.runs, view.plots
        self.deeds = RunDeeds(self._panel)
        self._known: dict[Path, ListedRun] = {}
        self._listing, self._reading = LatestJob(self, "list-runs"), LatestJob(self, "read-runs")
        self._listing.succeeded.connect(self._show_list)
        self._reading.succeeded.connect(self._show_beside)
        for job in (self._listing, self._reading, self.deeds):
            job.failed.connect(view.banner.show_error)
        self.deeds.done.connect(self._follow_deed)
        self.deeds.renamed.connect(self._follow_renamed)
        self._panel.model.beside_changed.connect(self._read_beside)
        self._panel.open_wanted.connect(session.set_run)
        self._panel.settings_wanted.connect(self.take_settings)
        view.switch.chosen_changed.connect(self.list_runs)

    def end(self) -> None:
        """End the threads."""
        for job in (self._listing, self._reading, self.deeds):
            job.close() if isinstance(job, LatestJob) else job.end()

    @Slot()
    def list_runs(self) -> None:
        """Look which runs there are now."""
        self._listing.submit(partial(list_runs, self._form.runs_folder, self._known))

    def show_open(self) -> None:
        """Follow which run is on the page."""
        self._panel.model.show_open(self._shown.folder)
        self._panel.select(self._shown.folder)
        self.name_curves()

    def keep_beside(self, config: TrainConfig) -> None:
        """Draw the run on the page beside the next one, of the same data, so that its curves are not lost."""
        folder, before = self._shown.folder, self._shown.config
        if folder is not None and before is not None and before.data == config.data:
            self._panel.model.set_beside((*self._panel.model.beside, folder))

    def name_curves(self) -> None:
        """Call each run by what tells it from the others."""
        own, others = self._plots.curves, self._plots.others
        configs = [each.config for each in (own, *others) if each.config is not None]
        if len(configs) == 1 + len(others):
            name, *names = told_apart(configs, briefly=True)
            for each, other in zip(names, others, strict=True):
                other.name = each
            self._plots.show_beside(others, name)

    @Slot(object)
    def take_settings(self, config: TrainConfig) -> None:
        """Fill the form, and pick the network, so that a run can be repeated with a change."""
        try:
            self._session.set_spec(spec_of_run(config, self._session.spec))
        except CnnvizError as error:
            self._view.banner.show_error(error)
        fill_form(self._form, config_as_text(config))

    @Slot(object)
    def _show_list(self, runs: tuple[ListedRun, ...]) -> None:
        self._known = {run.folder: run for run in runs}
        self._panel.model.show_runs(runs)
        self._panel.select(self._shown.folder)
        self._view.show_count(len(runs))
        self.listed.emit()

    @Slot()
    def _read_beside(self) -> None:
        kept = {each.folder: each for each in self._plots.others if each.folder is not None}
        self._reading.submit(partial(_read, self._panel.model.beside, kept, self._plots.bar.memory))

    @Slot(object)
    def _show_beside(self, others: tuple[RunCurves, ...]) -> None:
        self._plots.show_beside(others)
        self.name_curves()

    @Slot(object, object)
    def _follow_renamed(self, before: Path, now: Path) -> None:
        model = self._panel.model
        model.set_beside(now if each == before else each for each in model.beside)
        if self._shown.folder == before:
            self._shown.keep_in(now)
            self._session.set_run(now)
            self.show_open()

    @Slot(str)
    def _follow_deed(self, said: str) -> None:
        if said:
            self._view.banner.show_notice(said)
        self.list_runs()


def _read(folders: tuple[Path, ...], kept: dict[Path, RunCurves], memory: float) -> tuple[RunCurves, ...]:
    """Runs in the worker thread; what is drawn already is not read again."""
    return tuple(kept.get(folder) or curves_of(read_run(folder), "", memory) for folder in folders)
