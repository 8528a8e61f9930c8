"""Which calls the playground can show, and what is asked of it for one. The first frame has it, and no NumPy yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnnviz.gui.commands import Command
from cnnviz.gui.page import Page
from cnnviz.gui.session import Session
from cnnviz.inspection.call import Call
from cnnviz.pictures.samples import suited

if TYPE_CHECKING:
    from cnnviz.feature_maps.questions import Place


def is_playable(session: Session, call: Call | None) -> bool:
    """Return whether it is a convolution over height and width, of a network that was inspected here and now."""
    if call is None or call.output_shape is None:
        return False
    from cnnviz.feature_maps.playground.operation import OF_LAYERS

    return call.kind in OF_LAYERS and session.confirmed is not None


def play_command(
    id_: str,
    page: Page,
    session: Session,
    call: Callable[[], Call | None],
    at: Callable[[], Place | None] = lambda: None,
) -> Command:
    """Return the command that shows a convolution in the playground.

    Args:
        id_: of the command.
        page: which hands over to the playground.
        session: see ``wish_to_play``.
        call: the current one.
        at: the chosen place of its output.
    """

    def run() -> None:
        if wish_to_play(session, call(), at()):
            page.page_wanted.emit("playground")

    return Command(id_, "Open in the playground", run, enabled=lambda: is_playable(session, call()))


def wish_to_play(session: Session, call: Call | None, at: Place | None = None) -> bool:
    """Wish to see a convolution in the playground, at a place of its output; default: its middle. False: it cannot be.

    Args:
        session: what it looks at, and through which weights.
        call: of its report.
        at: channel, row, column.
    """
    inspected = session.confirmed
    if call is None or call.output_shape is None or inspected is None or not is_playable(session, call):
        return False
    from cnnviz.feature_maps.drawn.mosaic import Scaling
    from cnnviz.feature_maps.questions import PixelQuestion, Place, Question

    rows, columns = call.output_shape[-2:]
    picture = session.picture or suited(inspected.spec.input_shape).file
    maps = Question(inspected, call, session.weights, picture, Scaling())
    session.wish_to_play(PixelQuestion(maps, at or Place(0, rows // 2, columns // 2)))
    return True
