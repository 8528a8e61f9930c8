"""Looking for a network and picking one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.gui.picker.network_panel import NetworkPanel
from cnnviz.gui.session import Session
from cnnviz.zoo.catalog import resolve


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> NetworkPanel:
    made = NetworkPanel(session)
    qtbot.addWidget(made)
    session.set_spec(resolve("lenet"))
    return made


def picked(session: Session) -> str:
    return "" if session.spec is None else session.spec.name


def test_search_leaves_what_is_picked(qtbot: QtBot, session: Session, panel: NetworkPanel) -> None:
    for text in ("r", "resnet18", "no such network", "le", ""):
        panel.search.setText(text)
        assert picked(session) == "lenet"
    assert panel.tree.currentIndex().data() == "LeNet-5"


def test_what_was_found_is_picked_by_enter_and_by_a_click(qtbot: QtBot, session: Session, panel: NetworkPanel) -> None:
    panel.search.setText("mnist")
    assert not panel.tree.currentIndex().isValid()
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert picked(session) == "course-mnist"
    panel.search.setText("resnet-18")
    panel.tree.setCurrentIndex(panel.tree.indexBelow(panel.tree.model().index(0, 0)))
    assert picked(session) == "resnet18"
