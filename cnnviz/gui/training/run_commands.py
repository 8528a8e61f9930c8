"""What the buttons of a run do, as commands with keys."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.training.run_view import CONTINUE_KEY, RunView

Deed = Callable[[], None]


def run_commands(view: RunView, start: Deed, go_on: Deed, pause: Deed, stop: Deed, look: Deed) -> tuple[Command, ...]:
    """Return them, each usable when its button is."""
    rows = (
        ("start", "Start a run", start, "Ctrl+R", view.start_button),
        ("continue", "Continue the run", go_on, CONTINUE_KEY, view.continue_button),
        ("pause", "Pause or resume", pause, "Ctrl+P", view.pause_button),
        ("stop", "Stop the run", stop, "Ctrl+.", view.stop_button),
    )
    return (
        *(
            Command(f"training.{id_}", title, deed, (key,), in_sight=True, enabled=button.isEnabled)
            for id_, title, deed, key, button in rows
        ),
        Command("training.look", "Look at its feature maps", look, enabled=view.look.isEnabled),
    )


def wire_buttons(view: RunView, actions: Actions) -> None:
    """Let the buttons run the commands, and say by which keys."""
    actions.wire(view.start_button, "training.start")
    actions.wire(view.continue_button, "training.continue")
    actions.wire(view.pause_button, "training.pause")
    actions.wire(view.stop_button, "training.stop")
