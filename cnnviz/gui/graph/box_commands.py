"""What can be done with the selected box of the graph: what its context menu offers besides saving."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from cnnviz.gui.calls.playable import play_command
from cnnviz.gui.calls.viewable import is_viewable
from cnnviz.gui.commands import Command

if TYPE_CHECKING:
    from cnnviz.gui.graph.page import GraphPage
    from cnnviz.gui.session import Session

BOX_MENU = (
    "graph.show-in-table",
    "graph.show-maps",
    "graph.play",
    "",
    "graph.open-module",
    "graph.close-module",
    "",
    "graph.copy-path",
    "",
    "graph.fit",
    "graph.save",
)


def box_commands(page: GraphPage, session: Session) -> tuple[Command, ...]:
    """Return them in the order of the menu."""

    def module_is(opened: bool) -> bool:
        box = page.view.selected_box()
        return box is not None and box.card.opens and (box.card.id in page.opened) is opened

    def toggle() -> None:
        if (box := page.view.selected_box()) is not None:
            page.toggle(box.card.id)

    def copy_path() -> None:
        QGuiApplication.clipboard().setText("" if page.selected is None else page.selected.path)

    return (
        Command(
            "graph.show-in-table",
            "Show in the table",
            partial(page.page_wanted.emit, "layers"),
            enabled=lambda: page.selected is not None,
        ),
        Command(
            "graph.show-maps",
            "Look at its feature maps",
            partial(page.page_wanted.emit, "maps"),
            enabled=lambda: page.selected is not None and is_viewable(page.selected),
        ),
        play_command("graph.play", page, session, lambda: page.selected),
        Command("graph.open-module", "Open the module", toggle, enabled=partial(module_is, False)),
        Command("graph.close-module", "Close the module", toggle, enabled=partial(module_is, True)),
        Command(
            "graph.copy-path",
            "Copy the layer's path",
            copy_path,
            enabled=lambda: page.selected is not None and bool(page.selected.path),
        ),
    )
