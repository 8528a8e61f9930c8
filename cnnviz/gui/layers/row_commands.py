"""What can be done with the current row: what its context menu offers besides the ways out of the table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from cnnviz.gui.calls.playable import play_command
from cnnviz.gui.calls.viewable import is_viewable
from cnnviz.gui.commands import Command
from cnnviz.gui.layers.freezing_commands import freezing_commands

if TYPE_CHECKING:
    from cnnviz.gui.layers.page import LayersPage
    from cnnviz.gui.session import Session
    from cnnviz.inspection.call import Call

ROW_MENU = (
    "layers.show-in-graph",
    "layers.show-maps",
    "layers.play",
    "",
    "layers.open-module",
    "layers.close-module",
    "",
    "layers.freeze-up-to",
    "layers.freeze",
    "layers.unfreeze",
    "",
    "layers.copy-path",
    "layers.copy-rows",
    "Copy/Copy selected rows as",
    "",
    "layers.save-table",
    "layers.save-picture",
)


def row_commands(page: LayersPage, session: Session) -> tuple[Command, ...]:
    """Return them in the order of the menu."""
    view = page.view

    def call() -> Call | None:
        return page.model.call_at(view.currentIndex())

    def module_is(opened: bool) -> bool:
        index = view.currentIndex().siblingAtColumn(0)
        return page.model.hasChildren(index) and index.isValid() and view.isExpanded(index) is opened

    def unfold(opened: bool) -> None:
        view.setExpanded(view.currentIndex().siblingAtColumn(0), opened)

    def copy_path() -> None:
        QGuiApplication.clipboard().setText("" if (current := call()) is None else current.path)

    def has_path() -> bool:
        return bool((current := call()) is not None and current.path)

    return (
        Command(
            "layers.show-in-graph",
            "Show in graph",
            partial(page.page_wanted.emit, "graph"),
            enabled=lambda: call() is not None,
        ),
        Command(
            "layers.show-maps",
            "Look at its feature maps",
            partial(page.page_wanted.emit, "maps"),
            enabled=lambda: (current := call()) is not None and is_viewable(current),
        ),
        play_command("layers.play", page, session, call),
        Command("layers.open-module", "Open the module", partial(unfold, True), enabled=partial(module_is, False)),
        Command("layers.close-module", "Close the module", partial(unfold, False), enabled=partial(module_is, True)),
        *freezing_commands(session, call),
        Command("layers.copy-path", "Copy the layer's path", copy_path, enabled=has_path),
    )
