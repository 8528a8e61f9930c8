"""The menu that each plot of pyqtgraph's makes, be it wanted or not."""

from __future__ import annotations

from typing import Any


def own_menu(plot: Any) -> None:
    """Let the menu of a ``PlotWidget``, which belongs to nobody, end with it."""
    menu = plot.getPlotItem().ctrlMenu
    menu.setParent(plot, menu.windowFlags())
