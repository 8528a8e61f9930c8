"""Inspects the network that is picked, off the GUI thread; the session hears the newest answer only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec, find

Inspect = Callable[[ModelSpec], Report]


def inspect_spec(spec: ModelSpec) -> Report:
    """Inspect a network, one of the user's at the first input that works where its own was only guessed.

    The first call pays for ``import torch``.
    """
    from cnnviz.inspection.tracer import inspect, with_working_input

    return inspect(with_working_input(spec) if spec.input_shape == find(spec.name).input_shape else spec)


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

    @Slot()
    def inspect_again(self) -> None:
        """Inspect what is picked once more: something around it has changed."""
        self._start_waiting()

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
        spec = self._session.spec
        if spec is not None and spec.revision and (1, *spec.input_shape) != report.input_shapes[0]:
            fitting = replace(spec, input_shape=report.input_shapes[0][1:])
            self._session.set_spec(fitting)  # which is inspected in its turn
            return
        self._session.set_report(report)

    @Slot(object)
    def _take_error(self, error: CnnvizError) -> None:
        self._session.fail_inspection(error)
