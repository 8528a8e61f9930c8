"""The mosaic in another order, dead and constant maps, numbers in the cells, and limits that are dragged."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.drawn.statistics import histogram
from cnnviz.gui.maps.channel_panel import ChannelPanel
from cnnviz.gui.maps.histogram_view import HistogramView
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.mosaic_view import MosaicView
from cnnviz.gui.parts.cell_numbers import have_room, readable_on

LEFT = Qt.MouseButton.LeftButton
VALUES = np.stack([np.arange(16), np.zeros(16), np.full(16, 7), -np.arange(16)]).reshape(4, 4, 4).astype(np.float32)


@pytest.fixture
def panel(qtbot: QtBot) -> MapsPanel:
    panel = MapsPanel()
    qtbot.addWidget(panel)
    panel.resize(400, 400)
    panel.set_colors(colors.table("grey"))
    panel.show_drawing(draw(VALUES, Scaling(each=False)))
    panel.show()
    return panel


def middle(mosaic: MosaicView, place: int, row: int, column: int) -> QPoint:
    assert mosaic.grid is not None
    top, left = mosaic.grid.corner(place)
    return mosaic.rectangle_of(top + row, left + column, 1, 1).center().toPoint()


def test_maps_lie_in_the_chosen_order_and_tell_their_own_channel(panel: MapsPanel) -> None:
    panel.sort("mean")
    mosaic = panel.mosaic
    assert mosaic.order == (0, 2, 1, 3)
    told: list[object] = []
    mosaic.cell_hovered.connect(told.append)
    QTest.mouseMove(mosaic, middle(mosaic, 1, 2, 3))
    assert told[-1] == (2, 2, 3)
    assert panel.readout.text() == "Channel 2 · row 2 · column 3 · value 7"


def test_arrow_keys_walk_in_the_chosen_order(qtbot: QtBot, panel: MapsPanel) -> None:
    panel.sort("mean")
    chosen: list[object] = []
    panel.channel_chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(panel.mosaic, key)
    assert chosen == [0, 2, 3, 1, 2]


def test_other_maps_keep_the_order(panel: MapsPanel) -> None:
    panel.sort("zeros")
    assert panel.mosaic.order[0] == 1
    panel.show_drawing(draw(-VALUES[::-1], Scaling()))
    assert panel.mosaic.order[0] == 2


def test_dead_and_constant_maps_are_crossed_out_and_others_are_not(panel: MapsPanel) -> None:
    image = panel.mosaic.grab().toImage()
    for place, crossed in ((0, False), (1, True), (2, True)):
        level = panel.mosaic.color_at(*map(int, _cell(panel.mosaic, place, 1, 2)))
        on_the_line = image.pixelColor(middle(panel.mosaic, place, 1, 2))
        assert (on_the_line != level) is crossed, place


def _cell(mosaic: MosaicView, place: int, row: int, column: int) -> tuple[int, int]:
    assert mosaic.grid is not None
    top, left = mosaic.grid.corner(place)
    return top + row, left + column


@pytest.mark.parametrize(("scale", "written"), [(30, False), (80, True)])
def test_cells_bear_their_numbers_once_they_are_large(panel: MapsPanel, scale: float, written: bool) -> None:
    panel.sort("mean")
    mosaic = panel.mosaic
    mosaic.zoom(scale / mosaic.scale, mosaic.rectangle_of(1, 1, 1, 1).center())
    assert have_room(mosaic) is written
    area = mosaic.rectangle_of(*_cell(mosaic, 0, 1, 1), 1, 1).toRect().adjusted(2, 2, -2, -2)
    cell = mosaic.grab(area).toImage()
    found = {cell.pixelColor(x, y).name() for x in range(cell.width()) for y in range(cell.height())}
    assert (len(found) > 1) is written


@pytest.mark.parametrize("name", colors.NAMES)
def test_numbers_stand_out_from_every_colour(name: str) -> None:
    def luminance(color: QColor) -> float:
        parts = [(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in color.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for level in colors.table(name)[1:]:
        color = QColor(*map(int, level))
        one, other = luminance(color) + 0.05, luminance(readable_on(color)) + 0.05
        assert max(one, other) / min(one, other) >= 4.5


def test_marks_move_without_the_image_being_scaled_again(panel: MapsPanel) -> None:
    panel.mosaic.grab()
    painted = panel.mosaic._painted().cacheKey()
    panel.mosaic.mark_place((1, 1))
    panel.mosaic.select_channel(2)
    panel.mosaic.grab()
    assert panel.mosaic._painted().cacheKey() == painted
    panel.mosaic.zoom(1.5)
    assert panel.mosaic._painted().cacheKey() != painted


@pytest.fixture
def limits(qtbot: QtBot) -> HistogramView:
    view = HistogramView()
    qtbot.addWidget(view)
    view.resize(212, 60)
    view.set_colors(colors.table("grey"))
    view.show_histogram(histogram(np.linspace(0, 10, 100, dtype=np.float32), 0, 10), (0.0, 10.0))
    view.show()
    return view


def test_the_nearer_limit_is_dragged_and_stops_at_the_other(limits: HistogramView) -> None:
    told: list[tuple[float, float]] = []
    limits.limits_chosen.connect(told.append)
    QTest.mousePress(limits, LEFT, pos=QPoint(round(limits.x_of(8)), 30))
    QTest.mouseMove(limits, QPoint(round(limits.x_of(5)), 30))
    QTest.mouseRelease(limits, LEFT, pos=QPoint(round(limits.x_of(5)), 30))
    assert told[0] == pytest.approx((0, 8), abs=0.1)
    assert told[-1] == pytest.approx((0, 5), abs=0.1)
    QTest.mousePress(limits, LEFT, pos=QPoint(round(limits.x_of(1)), 30))
    QTest.mouseMove(limits, QPoint(round(limits.x_of(9)), 30))
    assert limits.limits == pytest.approx((5, 5), abs=0.1)


def test_a_limit_that_is_dragged_is_not_pulled_back_by_an_older_answer(limits: HistogramView) -> None:
    QTest.mousePress(limits, LEFT, pos=QPoint(round(limits.x_of(4)), 30))
    limits.show_histogram(histogram(np.ones(3, np.float32), 0, 1), (0.0, 1.0))
    assert limits.limits[0] == pytest.approx(4, abs=0.1)
    QTest.mouseRelease(limits, LEFT, pos=QPoint(round(limits.x_of(4)), 30))
    limits.show_histogram(histogram(np.ones(3, np.float32), 0, 1), (0.0, 1.0))
    assert limits.limits == (0.0, 1.0)


def test_limits_move_by_key(limits: HistogramView) -> None:
    QTest.keyClick(limits, Qt.Key.Key_Up)
    QTest.keyClick(limits, Qt.Key.Key_Left)
    assert limits.limits == pytest.approx((0, 9.8))
    QTest.keyClick(limits, Qt.Key.Key_Down)
    QTest.keyClick(limits, Qt.Key.Key_Right)
    assert limits.limits == pytest.approx((0.2, 9.8))


def test_a_histogram_of_nothing_can_be_painted_and_clicked(limits: HistogramView) -> None:
    limits.show_histogram(None, (0.0, 1.0))
    QTest.mouseClick(limits, LEFT, pos=QPoint(50, 30))
    assert limits.limits == (0.0, 1.0)
    assert not limits.grab().isNull()


def test_the_statistics_of_map_and_layer_stand_side_by_side(qtbot: QtBot) -> None:
    channel = ChannelPanel()
    qtbot.addWidget(channel)
    channel.show_drawing(draw(VALUES, Scaling()))
    channel.select_channel(1)
    assert channel.statistics.map_text("Maximum") == "0"
    assert channel.statistics.text("Maximum") == "15"
    assert (channel.statistics.map_text("Dead maps"), channel.statistics.text("Dead maps")) == ("dead", "1 of 4")
    channel.select_channel(2)
    assert channel.statistics.map_text("Constant maps") == "constant"
    assert channel.statistics.map_text("Deviation") == "0"
