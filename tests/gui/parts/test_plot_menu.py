"""No menu outlives its plot."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from cnnviz.gui.parts.plots.plot_menu import own_menu


def test_menu_ends_with_its_plot(qtbot: QtBot) -> None:
    plot = pg.PlotWidget(enableMenu=False)
    own_menu(plot)
    menus = plot.findChildren(QMenu)
    assert menus
    assert not any(menu.isVisible() for menu in menus)
    plot.deleteLater()
    qtbot.waitUntil(lambda: not any(map(isValid, menus)))
