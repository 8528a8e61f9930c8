"""The form shows pictures as the network will see them, and dropout where there is such a layer."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.tick_list import TickList
from cnnviz.gui.session import Session
from cnnviz.gui.training.page import TrainingPage
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo.catalog import resolve


@pytest.fixture
def page(lenet_page: TrainingPage) -> TrainingPage:
    lenet_page.form.advanced.button.setChecked(True)
    lenet_page.resize(1000, 900)
    lenet_page.show()
    return lenet_page


def test_preview_comes_with_what_is_chosen_and_draws_others(qtbot: QtBot, page: TrainingPage) -> None:
    shown, field = page.form.shown, page.form.fields["augment"]
    assert shown.isHidden()
    with qtbot.waitSignal(shown.previewed, timeout=60000):
        field.type_text("flip,crop")
    assert not shown.isHidden()
    assert "Values 0.00 to 1.00" in shown.said.text()
    assert (
        shown.does.text() == "Flip mirrors every second picture, left to right; crop moves by up to 1/8 of a side, "
        "black at the edge."
    )
    before = shown.sheet.grab().toImage()
    with qtbot.waitSignal(shown.previewed, timeout=60000):
        shown.again.click()
    assert shown.sheet.grab().toImage() != before
    with qtbot.waitSignal(shown.previewed, timeout=60000):
        page.form.fields["normalise"].type_text("0.5,0.25")
    assert "Values -2.00 to 2.00" in shown.said.text().replace("\u2212", "-")
    assert (page.form.config().augment, page.form.config().normalise) == ("flip,crop", "0.5,0.25")
    field.type_text("")
    page.form.fields["normalise"].type_text("none")
    assert shown.isHidden()
    assert not shown.does.text()


def test_what_does_not_fit_grey_pictures_is_said_beside_its_field(qtbot: QtBot, page: TrainingPage) -> None:
    augment, normalise = page.form.fields["augment"], page.form.fields["normalise"]
    augment.type_text("pca")
    normalise.type_text("imagenet")
    qtbot.waitUntil(lambda: "grey" in augment.error_text and "3 channels" in normalise.error_text, timeout=60000)
    augment.type_text("jitter")
    normalise.type_text("data")
    qtbot.waitUntil(lambda: not augment.error_text and not normalise.error_text, timeout=60000)


def test_dropout_can_be_set_where_the_network_has_such_layers(page: TrainingPage, session: Session) -> None:
    field = page.form.fields["dropout"]

    def pick(name: str) -> None:
        spec = resolve(name)
        session.set_spec(spec)
        session.set_inspected(Inspected(spec, inspect(spec)))

    pick("alexnet")
    field.type_text("0.3")
    assert field.isEnabled()
    assert page.form.config().dropout == 0.3
    pick("lenet")
    assert not field.isEnabled()
    assert page.form.config().dropout is None


def test_ticks_are_names_with_commas_between(qtbot: QtBot) -> None:
    ticks = TickList(("flip", "crop", "pca"), "Augment")
    qtbot.addWidget(ticks)
    with qtbot.waitSignal(ticks.changed):
        ticks.set_text("pca, flip")
    assert ticks.text == "flip,pca"
    assert next(iter(ticks.ticks.values())).accessibleName() == "Augment: flip"
