"""Where the maps on screen can be taken: what the mosaic's context menu offers besides what the page's tools do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cnnviz.gui.calls.playable import play_command
from cnnviz.gui.commands import Command

if TYPE_CHECKING:
    from cnnviz.gui.maps.page import FeatureMapsPage
    from cnnviz.gui.session import Session

MAP_MENU = (
    *("maps.show-in-graph", "maps.show-in-table", "maps.play", "maps.excites", ""),
    *("maps.copy-picture", "maps.paste-picture", "maps.save", "maps.enlarged", ""),
    "maps.fit",
)


def map_commands(page: FeatureMapsPage, session: Session) -> tuple[Command, ...]:
    """Return them in the order of the menu."""

    def there() -> bool:
        return page.shown is not None

    return (
        Command("maps.show-in-graph", "Show in graph", partial(page.show_layer, "graph"), enabled=there),
        Command("maps.show-in-table", "Show in the table", partial(page.show_layer, "layers"), enabled=there),
        play_command("maps.play", page, session, lambda: page.call, lambda: page.place),
    )
