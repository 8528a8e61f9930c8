"""What a page of the window is. Which ones there are, ``pages.PAGES`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from cnnviz.gui.commands import Command
from cnnviz.gui.inspector import Inspect
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.session import Session


@dataclass(frozen=True, slots=True)
class Shared:
    """What the window hands to every page that it builds."""

    session: Session
    inspect: Inspect


@dataclass(frozen=True, slots=True)
class Work:
    """What closing the window would cut short, and how to ask about it."""

    text: str  # "A network is being trained."
    hint: str  # what becomes of it
    stop: str  # "Stop and close"
    go_on: str  # "Go on training"
    stopping: str  # while it ends: "Stopping the run…"


class Page(QWidget):
    """Follows the session. It knows no other page: it says which one it wants to be shown by that one's id."""

    page_wanted = Signal(str)  # PageEntry.id
    activity_changed = Signal(object)  # str: what it does; empty: nothing
    progress_changed = Signal(object)  # float | None: how far that is, 0..1
    work_ended = Signal()

    banner: Banner  # what concerns this page, or the whole window while this page is in front

    @property
    def work(self) -> Work | None:
        """What is under way that somebody would miss; None: the window may close unasked."""
        return None

    @Slot()
    def stop_work(self) -> None:
        """Begin to end ``work``; ``work_ended`` says when it has."""

    def commands(self) -> tuple[Command, ...]:
        """Return what can be done here."""
        return ()

    def choices(self) -> dict[str, str]:
        """Return what was chosen here and is to be so again after a restart, by names without ";" and "="."""
        return {}

    def choose(self, choices: Mapping[str, str]) -> None:
        """Choose what ``choices`` said at the last end; what is no more, or is refused now, stays at its default."""

    def end(self) -> None:
        """End the threads of this page. Called once: the window is closing."""
