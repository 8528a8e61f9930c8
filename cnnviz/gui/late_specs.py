"""Networks that settings name, as text: one whose file takes long, a huge report or a silent disk's, comes later."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.gui.spec_text import spec_from
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.slow_disks import SlowDiskError
from cnnviz.zoo.catalog import ModelSpec


class LateSpecs(QObject):
    """What is awaited stays remembered."""

    came = Signal(object)  # tuple[ModelSpec, ...]: what took long

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._awaited: tuple[str, ...] = ()
        self._job = LatestJob(self, "late-networks")
        self._job.succeeded.connect(self._take)
        self.close = self._job.close

    @property
    def awaited(self) -> tuple[str, ...]:
        """The texts of those that have not come yet."""
        return self._awaited

    def read(self, texts: Iterable[str]) -> tuple[ModelSpec, ...]:
        """Return the networks that are there at once; what is no more, or no such text, is left out."""
        found: list[ModelSpec] = []
        late: list[str] = []
        for text in texts:
            try:
                found += _read(text)
            except SlowDiskError:
                late.append(text)
        self._awaited = tuple(late)
        if late:
            self._job.submit(partial(_read, *late))
        return tuple(found)

    @Slot(object)
    def _take(self, specs: tuple[ModelSpec, ...]) -> None:
        self._awaited = ()
        self.came.emit(specs)


def _read(*texts: str) -> tuple[ModelSpec, ...]:
    return tuple(spec for spec in map(spec_from, texts) if spec is not None)
