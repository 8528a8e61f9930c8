"""How another thread stops, pauses and resumes a run. No torch here."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal

from cnnviz.training.config import SETTINGS

_RATE = next(row for row in SETTINGS if row.name == "learning_rate")


class StoppedError(Exception):
    """A stop ended what was being done."""


class EndedError(Exception):
    """Unwinds the loops of a run that ends before its last epoch."""

    def __init__(self, reason: Literal["stopped", "diverged"]) -> None:
        super().__init__(reason)
        self.reason: Literal["stopped", "diverged"] = reason


class Control:
    """Wishes to a run, safe from any thread. The engine looks at it before every batch, and within a slow one."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._folder: Path | None = None
        self._learning_rate: float | None = None

    @property
    def stop_requested(self) -> bool:
        """True once ``stop`` was called."""
        return self._stop.is_set()

    @property
    def paused(self) -> bool:
        """True between ``pause`` and ``resume``."""
        return not self._go.is_set()

    def heed(self) -> None:
        """Return unless a stop is asked for.

        Raises:
            StoppedError: it is.
        """
        if self.stop_requested:
            raise StoppedError

    def stop(self) -> None:
        """End the run after the current batch, or within it where it takes long; ends a pause too."""
        self._stop.set()
        self._go.set()

    def pause(self) -> None:
        """Hold the run after the current batch."""
        if not self.stop_requested:
            self._go.clear()

    def resume(self) -> None:
        """Go on after a pause."""
        self._go.set()

    def change_learning_rate(self, rate: float) -> None:
        """Learn with another rate from the next step on; the schedule goes on, as factors of this one.

        Raises:
            CnnvizError: it is none.
        """
        self._learning_rate = float(str(_RATE.accept(rate)))

    def take_learning_rate(self) -> float | None:
        """Return the learning rate that was wished for since this was asked last."""
        rate, self._learning_rate = self._learning_rate, None
        return rate

    def wait_while_paused(self) -> None:
        """Return at once, or when the pause has ended."""
        self._go.wait()

    def go_on_in(self, folder: Path) -> None:
        """Go on after a pause, and keep the run in another folder from now on."""
        self._folder = folder
        self._go.set()

    def take_folder(self) -> Path | None:
        """Return the folder that was wished for since this was asked last."""
        folder, self._folder = self._folder, None
        return folder
