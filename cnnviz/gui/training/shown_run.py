"""The run on the page: whose it is, how far it is, and what its events mean for the view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.training.run_curves import Drawn
from cnnviz.gui.training.run_naming import run_title
from cnnviz.gui.training.run_progress import RunProgress, advance
from cnnviz.gui.training.run_view import RunView
from cnnviz.runs.status import UNDER_WAY
from cnnviz.training.config import TrainConfig
from cnnviz.training.events import (
    CheckpointWritten,
    EpochDone,
    Heard,
    LearningRateChanged,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
)
from cnnviz.training.published_runs import judged


class ShownRun:
    """Tells the view; whether the run is under way is the page's to know."""

    def __init__(self, view: RunView) -> None:
        self._view = view
        self.config: TrainConfig | None = None
        self.folder: Path | None = None
        self.progress = RunProgress()
        self._milestones: list[Heard] = []  # what the run is judged by

    def clear_for(self, config: TrainConfig, folder: Path, doing: str = "") -> None:
        """Make room for what another run says."""
        self.config, self.progress, self._milestones = config, RunProgress(doing=doing), []
        self.keep_in(folder)
        self._view.epochs.clear()
        self._view.plots.begin(config=config)
        self._view.show_judgement(None)
        self._view.rate.show_rate(config.learning_rate)
        self._view.title.setText(run_title(config))
        self._view.switch.choose("curves")

    def keep_in(self, folder: Path) -> None:
        """Look for the run's weights there."""
        self.folder, self._view.files.title = folder, folder.name
        if self.progress.name:
            self.progress = replace(self.progress, name=folder.name)
        self._view.follow_weights(folder)
        self._view.lessons.follow(folder)

    def take(self, events: tuple[Heard, ...]) -> None:
        """Show what these events tell."""
        for event in events:
            self.progress = advance(self.progress, event)
            match event:
                case RunStarted():
                    self._milestones = [event]
                    self._view.epochs.clear()
                    self._view.plots.begin(event)
                    self._view.rate.show_rate(event.config.learning_rate)
                case LearningRateChanged():
                    self._milestones.append(event)
                    self._view.rate.show_rate(event.learning_rate)
                case RunResumed():
                    self.config = event.config
                    self._view.show_judgement(None)
                case EpochDone():
                    self._milestones.append(event)
                    self._view.epochs.append(event)
                case CheckpointWritten():
                    self._view.look.setEnabled(True)
                case RunFinished() | RunFailed():
                    self._view.show_judgement(judged(self._milestones))
        self._view.plots.append(event for event in events if isinstance(event, Drawn))
        self._view.lessons.take(events)

    def more_epochs(self, field: OptionField) -> int:
        """Return how many the run gets if it goes on: those of the form once it has done its own.

        Raises:
            CnnvizError: it has, and what stands in the form is no number of epochs.
        """
        asked = 1 if self.config is None else self.config.epochs
        more = field.value() if self._view.epochs.rowCount() >= asked else asked
        return more if isinstance(more, int) else asked

    def fail(self, was_stopped: bool) -> None:
        """Say that it has failed; one that had ended, and did not come to go on, ended as it did."""
        if not self.progress.ended:
            how = "Stopped by you, with an error." if was_stopped else "The run failed."
            self.progress = RunProgress(ended=how)

    def stand_as(self, state: str) -> None:
        """Say how a run ended that others made; one that has not ended in its journal is as its status says."""
        if state in UNDER_WAY:
            self.progress = replace(self.progress, elsewhere=state, ended="")
            return
        how = self.progress.ended or ("broke off without a word" if state == "lost" else state)
        self.progress = replace(self.progress, doing="", elsewhere="", ended=how)
        if self.folder is not None:
            self.progress = replace(self.progress, name=self.folder.name)
            self._view.follow_weights(self.folder)  # a journal tells of weights that may be gone by now
