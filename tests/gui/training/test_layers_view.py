from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.gui.calls.tree_model import SHARE_ROLE
from cnnviz.gui.training.layer_health_model import LayerHealthModel
from cnnviz.gui.training.layers_view import LayersView, gradient_flow
from cnnviz.training.events import LayerSeen, LayersSeen

CONV = LayerSeen("0", "Conv2d", 0.5, 0.001, 0.0001)
RELU = LayerSeen("1", "ReLU", 0.25, None, None, 8, 0.25)
FLAT = LayerSeen("2", "Flatten", 0.25)
FC = LayerSeen("3", "Linear", 1.5, 1.0, 0.001)


def test_table_has_layers_with_weights_or_relus_alone(qtbot: QtBot, qtmodeltester) -> None:
    model = LayerHealthModel()
    qtmodeltester.check(model)
    model.show_layers((CONV, RELU, FLAT, FC))
    qtmodeltester.check(model)
    shown = [[model.index(row, column).data() for column in range(6)] for row in range(3)]
    assert shown == [
        ["0", "Conv2d", "0.001", "0.0001", "0.5", "–"],
        ["1", "ReLU", "–", "–", "0.25", "25%"],
        ["3", "Linear", "1", "0.001", "1.5", "–"],
    ]


def test_bar_of_a_gradient_a_thousand_times_smaller_is_half_as_long() -> None:
    model = LayerHealthModel()
    model.show_layers((CONV, FC))
    assert model.index(0, 2).data(SHARE_ROLE)[1] == pytest.approx(0.5)
    assert model.index(1, 2).data(SHARE_ROLE)[1] == pytest.approx(1.0)
    assert model.index(0, 5).data(SHARE_ROLE) is None


def test_vanishing_gradient_is_told_in_words() -> None:
    assert gradient_flow((CONV, RELU, FC)).startswith(
        "The gradient vanishes on its way back: that of layer 0 is 1/1,000"
    )
    assert "of one size" in gradient_flow((FC, FC))
    assert gradient_flow((RELU,)) == ""


def test_gradient_that_grows_somewhat_and_one_of_0_are_told_as_they_are() -> None:
    assert gradient_flow((replace(CONV, gradient=10.0), FC)) == "The gradient of layer 0 is 10 times that of 3."
    assert gradient_flow((replace(CONV, gradient=0.1), FC)) == "The gradient of layer 0 is 1/10 of that of 3."
    assert gradient_flow((replace(CONV, gradient=0.0), FC, FC)).startswith("The gradient of layer 0 is 0: ")


def test_epoch_is_chosen_with_the_slider(qtbot: QtBot) -> None:
    view = LayersView()
    qtbot.addWidget(view)
    view.take([LayersSeen(1, 157, 256, (CONV,)), LayersSeen(2, 314, 256, (CONV, FC))])
    assert view.model.rowCount() == 2
    view.slider.slider.setValue(0)
    assert view.model.rowCount() == 1
    assert view.model.headerData(2, Qt.Orientation.Horizontal) == "Gradient"
