"""What is offered when the folder of a run that is going on is gone, or cannot be written any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.gui import dialogs
from cnnviz.gui.parts.banner import Banner
from cnnviz.training.events import FolderLost


def offer_another_folder(
    banner: Banner, lost: FolderLost, start: Path, go_on_below: Callable[[Path], None], stop: Callable[[], object]
) -> None:
    """Say in the banner what was lost, and offer two ways on; Resume, which tries the same folder again, is a third.

    Args:
        banner: of the page.
        lost: what the run says.
        start: where the dialog begins.
        go_on_below: gets the folder in which the run is to have its own.
        stop: ends the run.
    """
    hint = "Training is paused; its numbers and newest weights are held."
    banner.show_error(CnnvizError(lost.what, hint))
    banner.offer(
        "Go on in another folder…",
        lambda: dialogs.ask_for_folder(banner, "Where the run goes on", go_on_below, start),
    )
    banner.offer("Stop", stop)
