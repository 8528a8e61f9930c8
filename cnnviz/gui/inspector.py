"""Inspects the network that is picked, off the GUI thread; the session hears the newest answer only.

Before it, and before torch is there, the session hears the answer of an earlier time, if one is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.inspected import Inspected, inspect_spec
from cnnviz.inspection.kept_reports import Kept
from cnnviz.places import cache_folder
from cnnviz.slow_disks import SlowDiskError, answered
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.own.own_names import file_of

Inspect = Callable[[ModelSpec], Inspected]


class Memory(Protocol):
    """What ``inspection.kept_reports`` is."""

    def recall(self, spec: ModelSpec, /) -> Kept | None: ...

    def keep(self, asked: ModelSpec, inspected: Inspected, /) -> None: ...


class Inspector(QObject):
    """Answers every change of the session's spec with a report or an error."""

    busy_changed = Signal(bool)

    _memory_wanted = Signal()

    def __init__(
        self,
        session: Session,
        inspect: Inspect = inspect_spec,
        memory: Memory | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._inspect, self._memory = inspect, memory
        self._memories = LatestJob(self, "memory")
        self._memories.succeeded.connect(self._take_kept)
        self._memory_wanted.connect(self.show_kept, Qt.ConnectionType.QueuedConnection)
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

    @Slot()
    def show_kept(self) -> None:
        """Show at once what is kept of the picked network, where it has no answer yet."""
        if self._memory is not None and self._session.spec is not None and self._session.current is None:
            spec = self._session.spec
            with suppress(SlowDiskError):
                self._take_kept(
                    answered(partial(self._memory.recall, spec), file_of(spec) or cache_folder() / "reports")
                )

    def close(self) -> None:
        """Drop what is under way."""
        self._memories.close()
        self._jobs.close()

    @Slot(object)
    def _start(self, spec: ModelSpec) -> None:
        self._memories.cancel()
        if self._session.confirmed is not None:  # picked again, or with the input that its answer settled
            self._jobs.cancel()
            return
        if self._session.current is None:
            self._remember(spec)
        self._submit(spec)

    @Slot()
    def _start_waiting(self) -> None:
        if self._session.spec is not None:
            self._submit(self._session.spec)

    def _submit(self, spec: ModelSpec) -> None:
        if self._session.torch_is_ready:  # else the import would begin before the window's first frame
            self._jobs.submit(partial(self._inspect, spec))

    def _remember(self, spec: ModelSpec) -> None:
        if self._memory is None:
            return
        if self._session.torch_is_ready:
            self._memories.submit(partial(self._memory.recall, spec))
        else:  # once everybody has heard of the spec
            self._memory_wanted.emit()

    @Slot(object)
    def _take_kept(self, kept: Kept | None) -> None:
        if kept is not None and self._session.current is None:  # else inspecting was faster
            self._session.set_inspected(kept.inspected, kept.made_with)

    @Slot(object)
    def _take_answer(self, inspected: Inspected) -> None:
        asked = self._session.spec
        self._session.set_inspected(inspected)
        if self._memory is not None and asked is not None:
            self._memories.submit(partial(self._memory.keep, asked, inspected))

    @Slot(object)
    def _take_error(self, error: CnnvizError) -> None:
        self._memories.cancel()  # what is kept would take its place
        self._session.fail_inspection(error)
