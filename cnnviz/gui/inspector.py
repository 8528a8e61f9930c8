"""Inspects the network that is picked, off the GUI thread; the session hears the newest answer only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.zoo.catalog import ModelSpec

Inspect = Callable[[ModelSpec], Inspected]


class Inspector(QObject):
    """Answers every change of the session's spec with a report or an error."""

    busy_changed = Signal(bool)

    def __init__(self, session: Session, inspect: Inspect = inspect_spec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._inspect = inspect
        self._jobs = LatestJob(self, "inspect")
        self._jobs.succeeded.connect(self._take_answer)
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
        if self._session.current is None:
            self._submit(spec)
        else:  # picked again, or with the input that its answer settled
            self._jobs.cancel()

    @Slot()
    def _start_waiting(self) -> None:
        if self._session.spec is not None:
            self._submit(self._session.spec)

    def _submit(self, spec: ModelSpec) -> None:
        if self._session.torch_is_ready:  # else the import would begin before the window's first frame
            self._jobs.submit(partial(self._inspect, spec))

    @Slot(object)
    def _take_answer(self, inspected: Inspected) -> None:
        self._session.set_inspected(inspected)

    @Slot(object)
    def _take_error(self, error: CnnvizError) -> None:
        self._session.fail_inspection(error)
