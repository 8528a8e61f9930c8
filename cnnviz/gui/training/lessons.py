"""What there is to learn from a run beside its curves: what is wrong with it, and each view of what it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cnnviz.gui.training.findings_panel import FindingsPanel
from cnnviz.gui.training.layers_view import LayersView
from cnnviz.gui.training.mistakes_view import MistakesView
from cnnviz.gui.training.try_view import TryView
from cnnviz.training.events import Diagnosed, Heard, RunStarted


class Lesson(Protocol):
    """A view that follows the run that is shown."""

    def follow(self, folder: Path) -> None:
        """The run is in this folder."""

    def begin(self, started: RunStarted) -> None:
        """Forget what was before."""

    def take(self, events: Sequence[Heard]) -> None:
        """Show what these tell."""

    def end(self) -> None:
        """End its threads."""


class Lessons(QObject):
    """The views by their ids, in the order of their tabs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings = FindingsPanel()
        self.mistakes = MistakesView()
        self.layers = LayersView()
        self.trying = TryView()
        self.titles = {"mistakes": "Mistakes", "layers": "Layers", "try": "Try it"}
        self.widgets: dict[str, QWidget] = {"mistakes": self.mistakes, "layers": self.layers, "try": self.trying}
        self._lessons: tuple[Lesson, ...] = (self.mistakes, self.layers, self.trying)

    def follow(self, folder: Path) -> None:
        """The run that is shown is in this folder."""
        for lesson in self._lessons:
            lesson.follow(folder)

    def take(self, events: Sequence[Heard]) -> None:
        """Show what these tell."""
        for at, event in enumerate(events):
            if isinstance(event, RunStarted):
                self.findings.clear()
                for lesson in self._lessons:
                    lesson.begin(event)
                events = events[at + 1 :]
                break
        self.findings.add(event for event in events if isinstance(event, Diagnosed))
        for lesson in self._lessons:
            lesson.take(events)

    def end(self) -> None:
        """End every thread."""
        for lesson in self._lessons:
            lesson.end()
