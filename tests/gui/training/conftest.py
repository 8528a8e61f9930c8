"""The real training page, as somebody finds it who has picked LeNet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.session import Session
from cnnviz.gui.training.page import TrainingPage
from cnnviz.zoo.catalog import resolve


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> Iterator[TrainingPage]:
    """LeNet, and the data that the form begins with."""
    session.set_spec(resolve("lenet"))
    made = TrainingPage(session)
    qtbot.addWidget(made)
    yield made
    made.end()


@pytest.fixture
def lenet_page(page: TrainingPage) -> TrainingPage:
    """LeNet and the sample."""
    page.form.data.choose("fashion-mnist-sample")
    return page
