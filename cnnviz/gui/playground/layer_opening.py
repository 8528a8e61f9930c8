"""Runs a network up to a convolution, in a worker thread, for the playground to show that one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.feature_maps.playground.sliding import OpenedLayer
from cnnviz.feature_maps.questions import PixelQuestion
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob


class Opener(Protocol):
    """What is needed of ``feature_maps.lens.Lens``."""

    def opened(self, question: PixelQuestion) -> OpenedLayer: ...


def real_opener() -> Opener:
    """Return a lens that keeps nothing. The first call pays for ``import torch``."""
    from cnnviz.feature_maps.lens import Lens

    return Lens(budget=0)


class LayerOpening(QObject):
    """Follows the wishes of a session, one that was there before it too."""

    begun = Signal()
    opened = Signal(object)  # OpenedLayer
    failed = Signal(object)  # CnnvizError

    def __init__(self, session: Session | None, make: Callable[[], Opener], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._jobs = LatestJob(self, "playground")
        self._jobs.succeeded.connect(self.opened)
        self._jobs.failed.connect(self.failed)
        if session is not None:
            session.play_wanted.connect(self._open)
            if session.to_play is not None:
                self._open(session.to_play)

    def end(self) -> None:
        """End what is under way."""
        self._jobs.close()

    @Slot(object)
    def _open(self, question: PixelQuestion) -> None:
        self.begun.emit()
        self._jobs.submit(partial(_opened, self._make, question))


def _opened(make: Callable[[], Opener], question: PixelQuestion) -> OpenedLayer:
    return make().opened(question)
