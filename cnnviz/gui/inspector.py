"""Inspects the network that is picked, off the GUI thread; the session hears the newest answer only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec

Inspect = Callable[[ModelSpec], Report]


def inspect_spec(spec: ModelSpec) -> Report:
    """Inspect a network. The first call pays for ``import torch``."""
    from cnnviz.inspection.tracer import inspect

    return inspect(spec)


class Inspector(QObject):
    """Answers every change of the session's spec with a report or an error."""

    busy_changed = Signal(bool)

    def __init__(self, session: Session, inspect: Inspect = inspect_spec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._inspect = inspect
        self._jobs = LatestJob(self, "inspect")
        self._jobs.succeeded.connect(self._take_report)
        self._jobs.failed.connect(self._take_error)
        self._jobs.busy_changed.connect(self.busy_changed)
        session.spec_changed.connect(self._start)
        session.torch_ready.connect(self._start_waiting)

    def close(self) -> None:
        """Drop what is under way."""
        self._jobs.close()

    @Slot(object)
    def _start(self, spec: ModelSpec) -> None:
        if self._session.torch_is_ready:  # else the import would begin before the window's first frame
            self._jobs.submit(partial(self._inspect, spec))

    @Slot()
    def _start_waiting(self) -> None:
        if self._session.spec is not None:
            self._start(self._session.spec)

    @Slot(object)
    def _take_report(self, report: Report) -> None:
        self._session.set_report(report)

    @Slot(object)
    def _take_error(self, error: CnnvizError) -> None:
        self._session.fail_inspection(error)
