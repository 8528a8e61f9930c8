"""Which layers are to keep their weights in training, as commands on the current row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnnviz.gui.commands import Command
from cnnviz.inspection.frozen_modules import frozen_up_to, frozen_with, frozen_without

if TYPE_CHECKING:
    from cnnviz.gui.session import Session
    from cnnviz.inspection.call import Call
    from cnnviz.inspection.report import Report

_Change = Callable[["Report", tuple[str, ...], "Call"], tuple[str, ...]]


def freezing_commands(session: Session, call: Callable[[], Call | None]) -> tuple[Command, ...]:
    """Return them; each is usable where it would change something. The next run heeds what they say."""

    def wanted(change: _Change) -> tuple[str, ...] | None:
        current, report = call(), session.report
        if current is None or report is None:
            return None
        paths = change(report, session.frozen, current)
        return None if paths == session.frozen else paths

    def command(name: str, title: str, change: _Change) -> Command:
        def run() -> None:
            if (paths := wanted(change)) is not None:
                session.set_frozen(paths)

        return Command(f"layers.{name}", title, run, enabled=lambda: wanted(change) is not None)

    return (
        command(
            "freeze-up-to", "Freeze up to here in training", lambda report, _, current: frozen_up_to(report, current)
        ),
        command("freeze", "Freeze this in training", frozen_with),
        command("unfreeze", "Unfreeze this", frozen_without),
    )
