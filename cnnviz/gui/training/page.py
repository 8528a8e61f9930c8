"""The training page: asks for a run, starts and stops it, and shows what it does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout

from cnnviz.errors import CnnvizError
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.page import Page, Shared, Work
from cnnviz.gui.parts.choices import Chooser, make_choices, read_choices
from cnnviz.gui.session import Session
from cnnviz.gui.training.fit_check import FitCheck
from cnnviz.gui.training.folder_offer import offer_another_folder
from cnnviz.gui.training.form_memory import fill_form, form_as_text, type_setting
from cnnviz.gui.training.picked_network import follow
from cnnviz.gui.training.picture_opening import PictureOpening
from cnnviz.gui.training.rate_search import RateSearch
from cnnviz.gui.training.run_commands import run_commands, wire_buttons
from cnnviz.gui.training.run_naming import free_folder, free_run_folder, spec_of_run
from cnnviz.gui.training.run_opening import RunOpening
from cnnviz.gui.training.run_shelf import RunShelf
from cnnviz.gui.training.run_view import UNDER_WAY, Phase, RunView
from cnnviz.gui.training.shown_run import ShownRun
from cnnviz.gui.training.train_form import TrainForm, beside
from cnnviz.gui.training.training_stream import OpenFurther, OpenTraining, open_further, open_training
from cnnviz.gui.workers.stream import OpenStream, StreamRun
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import (
    CheckpointWritten,
    EpochDone,
    FolderLost,
    FolderTaken,
    Heard,
    LearningRateChanged,
    RunStarted,
)
from cnnviz.zoo.weights_source import Weights

_KILL_MS = 5000


class TrainingPage(Page):
    """One run at a time. It keeps its configuration whatever the user picks meanwhile."""

    run_ended = Signal()

    def __init__(
        self, session: Session, open_stream: OpenTraining = open_training, open_further: OpenFurther = open_further
    ) -> None:
        super().__init__()
        self._session = session
        self._open_stream, self._open_further = open_stream, open_further
        self._phase = Phase.IDLE
        self._run: StreamRun | None = None
        self._control = Control()
        self.form = TrainForm()
        self.view = RunView()
        self.fit = FitCheck(session, self.form, self.view.browser)
        self.opening = PictureOpening(session, self.view, self)
        self.search = RateSearch(session, self.form, self.fit, self.view.banner)
        self.shown = ShownRun(self.view)
        self.shelf = RunShelf(session, self.form, self.view, self.shown)
        self.past = RunOpening(session, self.view.banner, self.shown, self.shelf)
        self.banner, self.plots, self.epochs = self.view.banner, self.view.plots, self.view.epochs
        self._choosers: dict[str, Chooser] = {
            "open": self.form.advanced.button,
            "log": self.plots.bar.logarithmic,
            "smoothing": self.plots.bar.smoothing,
            "rate": self.plots.bar.with_rate,
            "by_epoch": self.plots.bar.each.button("epoch"),
            "test_pictures": self.view.browser.split.button("test"),
        }
        self._connect_view()
        self._lay_out()
        self._enter(Phase.IDLE)
        follow(self.form, session, self.view.lessons.trying.offer)
        self.past.open(session.run)
        self.shelf.list_runs()

    @property
    def running(self) -> bool:
        """True from Start until the thread has ended."""
        return self._run is not None

    @property
    def phase(self) -> Phase:
        """What the page is doing."""
        return self._phase

    @property
    def work(self) -> Work | None:
        return UNDER_WAY if self.running else None

    @Slot()
    def start(self) -> None:
        """Start a run as the form says; does nothing while one is under way."""
        if self._run is not None:
            return
        self.banner.clear()
        try:
            config = self.form.config()
            self.fit.refuse()
            folder = free_run_folder(self.form.runs_folder, config.model)
        except CnnvizError as error:
            self.banner.show_error(error)
            self.form.show_refused()
            return
        self._begin(config, folder, partial(self._open_stream, config, self._control, folder))

    @Slot()
    def go_on(self) -> None:
        """Go on with the run that is shown; one that has done its epochs gets as many more as the form says."""
        folder, config = self.shown.folder, self.shown.config
        if self._run is None and folder is not None and config is not None:
            self.banner.clear()
            try:
                more = self.shown.more_epochs(self.form.fields["epochs"])
            except CnnvizError as error:
                self.banner.show_error(error)
                self.form.show_refused()
                return
            self._begin(config, folder, partial(self._open_further, folder, more, self._control))

    @Slot()
    def pause_or_resume(self) -> None:
        """Hold the run after its current batch, or go on."""
        if self._phase is Phase.RUNNING:
            self._control.pause()
            self._enter(Phase.PAUSED)
        elif self._phase is Phase.PAUSED:
            self._control.resume()
            self._enter(Phase.RUNNING)

    @Slot()
    def stop(self) -> None:
        """End the run after its current batch; ``run_ended`` says when it has ended."""
        if self._phase in (Phase.RUNNING, Phase.PAUSED):
            self._control.stop()
            self._enter(Phase.STOPPING)

    @Slot()
    def stop_work(self) -> None:
        self.stop()

    @Slot(float)
    def change_learning_rate(self, rate: float) -> None:
        """Let the run learn with another rate from its next step on."""
        if self.running:
            self._control.change_learning_rate(rate)

    def commands(self) -> tuple[Command, ...]:
        return (*self._run_commands(), *self.view.commands())

    def _run_commands(self) -> tuple[Command, ...]:
        return run_commands(
            self.view, self.start, self.go_on, self.pause_or_resume, self.stop, self.look_at_feature_maps
        )

    def choices(self) -> dict[str, str]:
        return form_as_text(self.form) | read_choices(self._choosers) | {"view": self.view.picked_view}

    def choose(self, choices: Mapping[str, str]) -> None:
        fill_form(self.form, choices)
        make_choices(self._choosers, choices)
        self.view.pick_view(choices.get("view", ""))
        self.shelf.list_runs()

    def end(self) -> None:
        if self._run is not None:
            self._control.stop()
            self._run.stop(_KILL_MS)
        for part in (self.past, self.search, self.shelf, self.fit, self.opening, self.form.shown, self.view):
            part.end()

    @Slot()
    def look_at_feature_maps(self) -> None:
        """Show what the network of the run sees."""
        if self.shown.folder is None or self.shown.config is None:
            return
        try:
            spec = spec_of_run(self.shown.config, self._session.spec)
            self._session.set_spec(spec, Weights("run", file=self.shown.folder))
            self.page_wanted.emit("maps")
        except CnnvizError as error:
            self.banner.show_error(error)

    def _begin(self, config: TrainConfig, folder: Path, open_stream: OpenStream) -> None:
        self.past.following.leave()
        self.shelf.keep_beside(config)
        self.shown.clear_for(config, folder, "Starting" if self._session.torch_is_ready else "Loading PyTorch")
        self.view.browser.let_go()
        self._run = StreamRun(open_stream, self)
        self._run.events_ready.connect(self._take_events)
        self._run.failed.connect(self._show_error)
        self._run.finished.connect(self._end)
        self._enter(Phase.RUNNING)
        self._session.set_run(folder)
        self.shelf.show_open()
        self._run.start()

    @Slot(object)
    def _take_events(self, events: tuple[Heard, ...]) -> None:
        self.shown.take(events)
        for event in events:
            match event:
                case RunStarted():
                    self.view.browser.try_again()
                    self.shelf.beside.name_curves()
                    self.shelf.list_runs()
                case LearningRateChanged():
                    self.shelf.beside.name_curves()
                case EpochDone() if self.running or self.past.following.is_going:
                    self.shelf.list_again()
                case CheckpointWritten() if self.running and self.shown.folder is not None:
                    self._session.announce_weights(self.shown.folder)
                case FolderLost():
                    self._enter(Phase.PAUSED if self._phase is Phase.RUNNING else self._phase)
                    offer_another_folder(self.banner, event, self.form.runs_folder, self._go_on_below, self.stop)
                case FolderTaken():
                    self.shown.keep_in(event.folder)
                    self._session.set_run(event.folder)
                    self.banner.show_notice(f"The run goes on in {event.folder}.", "What was held is written there.")
        self._show_progress()

    def _go_on_below(self, parent: Path) -> None:
        if self._phase is Phase.PAUSED and self.shown.folder is not None:
            self._control.go_on_in(free_folder(parent, self.shown.folder.name))
            self.banner.clear()
            self._enter(Phase.RUNNING)

    @Slot(object)
    def _show_error(self, error: CnnvizError) -> None:
        self.shown.fail(self._phase is Phase.STOPPING)
        self.banner.show_error(error)
        self._session.tell_refused(error)
        self._show_progress()

    @Slot()
    def _end(self) -> None:
        if self._run is not None:
            self._run.deleteLater()
        self._run, self._control = None, Control()
        self._enter(Phase.IDLE)
        self.past.follow_own()
        self.shelf.list_runs()
        self.progress_changed.emit(None)
        self.run_ended.emit()

    @Slot()
    def _show_progress(self) -> None:
        self.view.show_progress(self.shown.progress, self.running, self._phase is Phase.PAUSED)
        if self.running:
            self.progress_changed.emit(self.shown.progress.fraction)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._session.set_training(self.running)
        self.search.allow(phase is Phase.IDLE)
        self.view.show_phase(phase)
        self.activity_changed.emit("" if phase is Phase.IDLE else f"Training {self.view.title.text()}")
        self._show_progress()

    def _connect_view(self) -> None:
        self.run_ended.connect(self.work_ended)
        self.past.told.connect(self._take_events)
        self.past.stood.connect(self._show_progress)
        self.past.doing.connect(self.activity_changed)
        self.shelf.listed.connect(self._show_progress)
        self.form.look_changed.connect(self.view.browser.look_at)
        self.view.lessons.findings.setting_wanted.connect(partial(type_setting, self.form))
        wire_buttons(self.view, Actions(self._run_commands(), self))
        self.view.rate.wanted.connect(self.change_learning_rate)
        self.view.look.clicked.connect(self.look_at_feature_maps)

    def _lay_out(self) -> None:
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(beside(self.form, self.view))


def build(shared: Shared) -> TrainingPage:
    """Make the page for the window."""
    return TrainingPage(shared.session)
