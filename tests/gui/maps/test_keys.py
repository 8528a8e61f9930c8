"""Whoever has no mouse comes to every cell of a map, and to why it has its value."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.questions import Place
from cnnviz.gui.maps.channel_view import ChannelView
from cnnviz.gui.maps.mosaic_view import MosaicView
from cnnviz.gui.maps.page import FeatureMapsPage
from cnnviz.gui.maps.vector_view import VectorView

VALUES = np.arange(40 * 5 * 6, dtype=np.float32).reshape(40, 5, 6)
Key = Qt.Key


@pytest.fixture
def one_map(qtbot: QtBot) -> ChannelView:
    view = ChannelView()
    qtbot.addWidget(view)
    view.resize(300, 250)
    view.show()
    view.show_map(VALUES[0], draw(VALUES, Scaling()).map_levels(0))
    return view


def test_arrows_walk_over_the_cells_and_stop_at_the_edge_and_enter_is_a_click(one_map: ChannelView) -> None:
    pointed: list[object] = []
    clicked: list[object] = []
    one_map.cell_hovered.connect(pointed.append)
    one_map.cell_clicked.connect(clicked.append)
    QTest.keyClick(one_map, Key.Key_Return)
    for key in (Key.Key_Right, Key.Key_Right, *[Key.Key_Down] * 9, Key.Key_Left, Key.Key_Up):
        QTest.keyClick(one_map, key)
    assert pointed == [(2, 3), (2, 4), (3, 4), (4, 4), (4, 3), (3, 3)]
    assert clicked == []
    QTest.keyClick(one_map, Key.Key_Return)
    assert clicked == [(3, 3)]


def test_arrows_go_on_from_the_cell_whose_arithmetic_is_shown(one_map: ChannelView) -> None:
    clicked: list[object] = []
    one_map.cell_clicked.connect(clicked.append)
    one_map.choose_cell((0, 0))
    QTest.keyClick(one_map, Key.Key_Down)
    assert clicked == [(1, 0)]


def test_an_empty_map_takes_every_key(qtbot: QtBot) -> None:
    view = ChannelView()
    qtbot.addWidget(view)
    for key in (Key.Key_Left, Key.Key_Return, Key.Key_Plus, Key.Key_0, Key.Key_Escape):
        QTest.keyClick(view, key)


def test_keys_enlarge_the_chosen_map_and_bring_each_that_they_come_to_into_sight(qtbot: QtBot) -> None:
    view = MosaicView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    view.set_colors(colors.table("grey"))
    view.show_maps(draw(VALUES, Scaling()).levels)
    view.select_channel(39)

    def is_seen(channel: int) -> bool:
        return QRectF(view.rect()).contains(view._rectangle(channel))

    for _ in range(6):
        QTest.keyClick(view, Key.Key_Plus)
    assert not view.is_fitted
    assert is_seen(39)
    assert not is_seen(0)
    for key, channel in ((Key.Key_Home, 0), (Key.Key_Right, 1), (Key.Key_End, 39), (Key.Key_Left, 38)):
        QTest.keyClick(view, key)
        assert view.selected == channel
        assert is_seen(channel), channel
    QTest.keyClick(view, Key.Key_0)
    assert view.is_fitted


def test_enter_asks_why_a_feature_is_so(qtbot: QtBot) -> None:
    view = VectorView()
    qtbot.addWidget(view)
    clicked: list[object] = []
    view.feature_clicked.connect(clicked.append)
    QTest.keyClick(view, Key.Key_Return)
    view.show_features(np.arange(5, dtype=np.float32))
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Enter):
        QTest.keyClick(view, key)
    assert clicked == [2]


def test_one_number_is_taken_apart_and_left_again_by_keys_alone(qtbot: QtBot, lenet_maps: FeatureMapsPage) -> None:
    page, view = lenet_maps, lenet_maps.view.channel.view
    for key in (Key.Key_Right, Key.Key_Down, Key.Key_Return):
        QTest.keyClick(view, key)
    _, rows, columns = page.shown.values.shape if page.shown is not None else (0, 0, 0)
    at = Place(0, rows // 2 + 1, columns // 2)
    qtbot.waitUntil(lambda: page.place == at and page.view.pixel.isVisible(), timeout=20_000)
    QTest.keyClick(view, Key.Key_Left)
    qtbot.waitUntil(lambda: page.place == at._replace(column=at.column - 1), timeout=20_000)
    QTest.keyClick(view, Key.Key_Escape)
    qtbot.waitUntil(page.view.pixel.isHidden, timeout=20_000)


def test_page_keys_turn_to_another_layer_whatever_has_the_focus(lenet_maps: FeatureMapsPage) -> None:
    view = lenet_maps.view
    header = view.header
    for widget in (view.maps.mosaic, view.channel.view, view.channel.histogram, view.picture, header.weights):
        before, chosen = header.layers.call, header.weights.currentIndex()
        QTest.keyClick(widget, Key.Key_PageDown)
        assert header.layers.call != before, widget
        QTest.keyClick(widget, Key.Key_PageUp)
        assert header.layers.call == before, widget
        assert header.weights.currentIndex() == chosen


def test_a_number_is_followed_back_to_the_picture_by_its_inputs(qtbot: QtBot, lenet_maps: FeatureMapsPage) -> None:
    page, panel = lenet_maps, lenet_maps.view.pixel
    page.view.header.layers.step(3)
    seen = []
    qtbot.waitUntil(lambda: page.shown is not None and page.shown.layer == page.call.path, timeout=20_000)
    page._choose_pixel(Place(5, 3, 4))
    while True:
        qtbot.waitUntil(lambda: panel._found is not None and panel._found.call == page.call.index, timeout=20_000)
        found = panel._found
        if seen:
            assert found.value == pytest.approx(seen[-1], rel=1e-6)
        if panel.follow.isHidden():
            break
        largest = int(np.argmax(np.abs(found.terms.product)))
        seen.append(float(found.terms.input[largest]))
        before = found.call
        panel.follow.click()
        qtbot.waitUntil(lambda at=before: panel._found is not None and panel._found.call < at, timeout=20_000)
    assert len(seen) >= 2
    assert page.call.path == "0"


def test_a_click_on_an_input_follows_that_one(qtbot: QtBot, lenet_maps: FeatureMapsPage) -> None:
    page, panel = lenet_maps, lenet_maps.view.pixel
    page.view.header.layers.step(3)
    page._choose_pixel(Place(5, 3, 4))
    qtbot.waitUntil(lambda: panel._found is not None and panel._found.call == page.call.index, timeout=20_000)
    first = panel._found
    panel.channel.choose(2)
    panel.inputs.cell_clicked.emit((1, 3))
    qtbot.waitUntil(lambda: panel._found is not None and panel._found.call < first.call, timeout=20_000)
    term = int(np.ravel_multi_index((2, 1, 3), first.terms.window))
    assert panel._found.at == Place(2, int(first.terms.row[term]), int(first.terms.column[term]))
    assert panel._found.value == pytest.approx(float(first.terms.input[term]), rel=1e-6)
