"""Keeps the list of runs up to date, and fills the form from any of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.training.form_memory import choose_data, config_as_text, fill_form, type_setting
from cnnviz.gui.training.run_costs import RunCosts
from cnnviz.gui.training.run_deeds import RunDeeds
from cnnviz.gui.training.run_naming import network_title, spec_of_run
from cnnviz.gui.training.run_view import RunView
from cnnviz.gui.training.runs_beside import RunsBeside
from cnnviz.gui.training.runs_plot import dots_of
from cnnviz.gui.training.shown_run import ShownRun
from cnnviz.gui.training.train_form import TrainForm
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.config import TrainConfig
from cnnviz.training.run_list import ListedRun, list_runs
from cnnviz.zoo.catalog import find

_PAUSE_MS = 3000  # between two looks at the disk while somebody looks at the list: others may train, too
_PAUSES = 20  # at least so many times what the last look took


class RunShelf(QObject):
    """Every look at the disk runs off the GUI thread."""

    listed = Signal()

    def __init__(self, session: Session, form: TrainForm, view: RunView, shown: ShownRun) -> None:
        super().__init__(view)
        self._session, self._form, self._view, self._shown = session, form, view, shown
        self._panel = view.runs
        self.deeds = RunDeeds(self._panel)
        self.beside = RunsBeside(self._panel.model, view.plots, self)
        self._costs = RunCosts(self)
        self._costs.counted.connect(self._show_plot)
        self._known: dict[Path, ListedRun] = {}
        self._kept: dict[Path, str] = {}  # runs that nobody ticked, and their data
        self._listing = LatestJob(self, "list-runs")
        self._listing.succeeded.connect(self._show_list)
        self._pause, self._looking = QTimer(self, singleShot=True), QElapsedTimer()
        self._pause.timeout.connect(self.list_again)
        for part in (self._listing, self.beside, self.deeds):
            part.failed.connect(view.banner.show_error)
        self.deeds.done.connect(self._follow_deed)
        self.deeds.trashed.connect(self._offer_to_put_back)
        self.deeds.renamed.connect(self._follow_renamed)
        self._panel.shown.connect(self.list_runs)
        self._panel.open_wanted.connect(session.set_run)
        self._panel.repeat_wanted.connect(self.repeat)
        self._panel.weights_wanted.connect(self.begin_with)
        view.switch.chosen_changed.connect(self.list_runs)

    def end(self) -> None:
        """End the threads."""
        self._pause.stop()
        self._listing.close()
        for part in (self.beside, self.deeds, self._costs):
            part.end()

    @Slot()
    def list_runs(self) -> None:
        """Look which runs there are now."""
        self._looking.start()
        self._listing.submit(partial(list_runs, self._form.runs_folder, self._known))

    @Slot()
    def list_again(self) -> None:
        """Look again where somebody looks on."""
        if self._panel.isVisible():
            self.list_runs()

    def show_open(self) -> None:
        """Follow which run is on the page."""
        self._panel.model.show_open(self._shown.folder)
        self._panel.select(self._shown.folder)
        self.beside.name_curves()

    def keep_beside(self, config: TrainConfig) -> None:
        """Draw the run on the page beside the next one, of the same data, so that its curves are not lost.

        Those that were kept so of other data go; what was ticked stays.
        """
        folder, before = self._shown.folder, self._shown.config
        has_curves = len(self._view.plots.buffer.steps) > 0  # else it may have failed before it had a folder
        beside = [each for each in self._panel.model.beside if self._kept.get(each, config.data) == config.data]
        if has_curves and folder is not None and before is not None and before.data == config.data:
            self._kept[folder] = before.data
            beside.append(folder)
        self._panel.model.set_beside(beside)

    @Slot(object)
    def repeat(self, run: ListedRun) -> None:
        """Let the next run be as one that is kept, but for what is changed in the form."""
        if run.config is not None:
            what = f"The form has the settings of {run.folder.name}."
            self._view.banner.show_notice(what, "Change one of them, then press Start.")
            self.take_settings(run.config)
            self._form.show_field("learning_rate")

    def take_settings(self, config: TrainConfig) -> None:
        """Fill the form, and pick the network."""
        try:
            self._session.set_spec(spec_of_run(config, self._session.spec))
        except CnnvizError as error:
            self._view.banner.show_error(error)
        fill_form(self._form, config_as_text(config))
        choose_data(self._form, config.data)

    @Slot(object)
    def begin_with(self, run: ListedRun) -> None:
        """Let the next run begin with a run's weights: with what fits of them where that is of another network."""
        spec, config = self._session.spec, run.config
        if spec is None or config is None:
            return
        is_other = (config.model, dict(config.options)) != (spec.name, dict(spec.options))
        type_setting(self._form, "weights", str(run.folder))
        self._form.fields["allow_mismatch"].tick(is_other)
        title, theirs = find(spec.name).title, network_title(config)
        how = "with what fits of it, by block and order" if is_other else "with its weights"
        self._view.banner.show_notice(
            f"The next run, of {title}, begins where {run.folder.name} ended: {how}.",
            f"That is a run of {theirs}. Press Start." if is_other else "Press Start.",
        )

    @Slot(object)
    def _show_list(self, runs: tuple[ListedRun, ...]) -> None:
        self._known = {run.folder: run for run in runs}
        self._panel.show_runs(runs, self._shown.folder)
        self._view.show_count(len(runs))
        self._show_plot()
        self._pause.start(max(_PAUSE_MS, _PAUSES * self._looking.elapsed()))
        self.listed.emit()

    @Slot()
    def _show_plot(self) -> None:
        """Nothing is counted before somebody looks: it takes torch."""
        if self._view.switch.chosen == "runs" and self._session.torch_is_ready:
            runs = tuple(self._known.values())
            self._costs.count(runs)
            self._panel.plot.show_dots(dots_of(runs, self._costs.macs))

    @Slot(object, object)
    def _follow_renamed(self, before: Path, now: Path) -> None:
        model = self._panel.model
        model.set_beside(now if each == before else each for each in model.beside)
        if self._shown.folder == before:
            self._shown.keep_in(now)
            self._session.set_run(now)
            self.show_open()

    @Slot(object, object)
    def _offer_to_put_back(self, folder: Path, trashed: Path) -> None:
        self._view.banner.offer("Put it back", partial(self.deeds.put_back, folder, trashed))

    @Slot(str)
    def _follow_deed(self, said: str) -> None:
        if said:
            self._view.banner.show_notice(said)
        self.list_runs()
