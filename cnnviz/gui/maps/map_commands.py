"""Where the maps on screen can be taken: what the mosaic's context menu offers besides what the page's tools do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from cnnviz.gui.commands import Command

if TYPE_CHECKING:
    from cnnviz.gui.maps.page import FeatureMapsPage

MAP_MENU = (
    *("maps.show-in-graph", "maps.show-in-table", "maps.excites", ""),
    *("maps.copy-picture", "maps.paste-picture", "maps.save", ""),
    "maps.fit",
)


def map_commands(page: FeatureMapsPage) -> tuple[Command, ...]:
    """Return them in the order of the menu."""
    mosaic = page.view.maps.mosaic

    def there() -> bool:
        return page.shown is not None

    def copy() -> None:
        QGuiApplication.clipboard().setPixmap(mosaic.grab())

    return (
        Command("maps.show-in-graph", "Show in graph", partial(page.show_layer, "graph"), enabled=there),
        Command("maps.show-in-table", "Show in the table", partial(page.show_layer, "layers"), enabled=there),
        Command("maps.copy-picture", "Copy the maps as a picture", copy, enabled=lambda: mosaic.grid is not None),
    )
