"""The real maps page with a real lens, as somebody finds it who has picked LeNet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.session import Session
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import resolve


@pytest.fixture
def lenet_maps(qtbot: QtBot, session: Session) -> Iterator[FeatureMapsPage]:
    """Maps are seen."""
    made = FeatureMapsPage(session)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    spec = resolve("lenet")
    session.set_spec(spec)
    session.set_inspected(Inspected(spec, inspect(spec)))
    qtbot.waitUntil(lambda: made.shown is not None, timeout=20_000)
    yield made
    made.end()
