"""Tells of newer weights of the run that is looked at where others train it: a terminal, another machine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from cnnviz.gui.maps.epochs import run_of_weights
from cnnviz.gui.session import Session
from cnnviz.gui.workers.file_watch import FileWatch
from cnnviz.runs.layout import CHECKPOINTS, LATEST


class RunWatch(QObject):
    """Follows the run of the session's weights. A run of this window tells of its weights itself."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._run: Path | None = None
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._tell)
        session.weights_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        self._run = run_of_weights(self._session.weights)
        self._watch.follow(None if self._run is None else self._run / CHECKPOINTS / LATEST)

    @Slot()
    def _tell(self) -> None:
        is_ours = self._session.training and self._session.run == self._run
        if self._run is not None and not is_ours:
            self._session.announce_weights(self._run)
