from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.plots import plot_drawing
from cnnviz.gui.parts.plots.plot_axis import Axis, tick_text
from cnnviz.gui.parts.plots.plot_content import Band, Level, PlotContent, Series
from cnnviz.gui.parts.plots.plot_drawing import cut, frame_of
from cnnviz.gui.parts.plots.plot_view import PlotView
from cnnviz.gui.theme import Theme

RED = "#ff0000"


def series(ys: list[float], style: str = "line") -> Series:
    return Series("curve", np.arange(len(ys), dtype=float), np.array(ys), RED, style)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> PlotView:
    made = PlotView()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def painted(view: PlotView, color: str) -> list[tuple[int, int]]:
    """Return where a colour is."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    wanted = QColor(color).rgb()
    return [(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted]


def reddish(view: PlotView) -> list[QColor]:
    image = view.grab().toImage()
    colors = (image.pixelColor(x, y) for x in range(image.width()) for y in range(200, 270))
    return [each for each in colors if each.red() > each.green() + 60 and each.red() < 250]


def test_lone_point_is_seen(view: PlotView) -> None:
    view.show_content(PlotContent(series=(series([0.5]),)))
    assert len(painted(view, RED)) > 8


@pytest.mark.parametrize("height", [120, 300, 900, 2000])
def test_every_number_at_the_left_has_room(view: PlotView, height: int) -> None:
    axis, metrics = Axis(0.0, 6e15), QFontMetricsF(view.font())
    frame = frame_of(500, height, Axis(0.0, 3.0), axis, view.font())
    drawn = [tick_text(value) for value in axis.ticks(round(frame.area.height() / plot_drawing._TICK_ROOM[1]))]
    assert max(map(metrics.horizontalAdvance, drawn)) <= frame.area.left() - 6


def test_what_is_no_number_is_marked(view: PlotView) -> None:
    view.show_content(PlotContent(series=(series([0.5, 0.6, 0.7], "faint"),)))
    without = len(reddish(view))
    assert not without
    for ys in ([0.5, math.nan, 0.7], [0.5] * 5000 + [math.nan] + [0.5] * 4000):
        view.show_content(PlotContent(series=(series(ys, "faint"),)))
        assert reddish(view)


@pytest.mark.parametrize("ys", [[], [math.nan] * 3, [1e308, -1e308, math.inf], [0.0, 0.0]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_anything_can_be_drawn(view: PlotView, ys: list[float], logarithmic: bool) -> None:
    every = tuple(series(ys, style) for style in ("line", "faint", "marks", "dashed"))
    bands, levels = (Band(0.1, 0.2, 9, 10, "band"),), (Level(2.3, "guessing"),)
    view.show_content(PlotContent("epoch", every, bands, levels, shaded=True, logarithmic=logarithmic))
    view.show_crosshair(1.0)
    assert not view.grab().isNull()
    view.resize(1, 1)
    assert not view.grab().isNull()


def test_wheel_zooms_time_and_over_the_numbers_values(qtbot: QtBot, view: PlotView) -> None:
    view.show_content(PlotContent(series=(series([0.0, 1.0, 0.5]),), bounds=(0.0, 1.0)))
    view.grab()
    with qtbot.waitSignal(view.x_axis_wanted) as wanted:
        wheel(view, QPointF(200, 100))
    assert wanted.args[0].high - wanted.args[0].low == pytest.approx(2 * 0.8)
    wheel(view, QPointF(5, 100))
    assert view.frame.y.high - view.frame.y.low == pytest.approx(0.8)
    with qtbot.waitSignal(view.x_axis_wanted) as wanted:
        place, left = QPointF(200, 100), Qt.MouseButton.LeftButton
        kind, none = QEvent.Type.MouseButtonDblClick, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(view, QMouseEvent(kind, place, view.mapToGlobal(place), left, left, none))
    assert wanted.args == [None]
    assert view.frame.y == Axis(0.0, 1.0)


def wheel(view: PlotView, place: QPointF) -> None:
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, view.mapToGlobal(place), QPoint(), QPoint(0, 120), *none, False)
    QApplication.sendEvent(view, event)


def test_ground_is_drawn_once_while_curves_grow_below_a_limit(view: PlotView) -> None:
    view.show_content(PlotContent(series=(series([0.5, 0.61]),)))
    view.grab()
    ground = view._ground
    view.show_content(PlotContent(series=(series([0.5, 0.62]),)))
    view.grab()
    assert view._ground is ground
    view.show_content(PlotContent(series=(series([0.5, 5.0]),)))
    view.grab()
    assert view._ground is not ground


def test_line_is_cut_at_the_edges_of_its_area() -> None:
    area = QRectF(0, 0, 10, 10)
    (piece,) = cut(np.array([[-5.0, 5.0], [5.0, 5.0]]), area)
    assert piece.tolist() == [[0, 5], [5, 5]]
    first, second = cut(np.array([[2.0, 5.0], [4.0, 15.0], [6.0, 5.0]]), area)
    assert first.tolist() == [[2, 5], [3, 10]]
    assert second.tolist() == [[5, 10], [6, 5]]
    assert cut(np.array([[2.0, 20.0], [4.0, 15.0]]), area) == []


def test_name_of_a_place_stands_above_the_curves_and_a_level_covers_none(view: PlotView) -> None:
    wild = Series("curve", np.linspace(0.0, 1.0, 4000), np.tile([0.0, 1.0], 2000), RED, "faint")
    named = Level(0.5, "guessing: 0.5")
    view.show_content(PlotContent(series=(wild,), bounds=(0.0, 1.0), x_end=1.0))
    bare = len(painted(view, RED))
    view.show_content(PlotContent(series=(wild,), bounds=(0.0, 1.0), x_end=1.0, levels=(named,)))
    assert len(painted(view, RED)) == bare
    view.show_content(PlotContent(series=(wild,), bounds=(0.0, 1.0), x_end=1.0, places=(named,)))
    metrics = QFontMetricsF(view.font())
    covered = 0.5 * metrics.horizontalAdvance(named.text) * metrics.height()
    assert bare - len(painted(view, RED)) > covered
