"""Which class is taken for which, of a few classes and of a thousand."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from cnnviz.gui.training.confusion_matrix import ConfusionMatrix


def matrix_of(qtbot: QtBot, classes: int) -> ConfusionMatrix:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    counts = np.diag(np.full(classes, 5))
    counts[classes // 4, classes // 2] = 4
    matrix.resize(480, 420)
    matrix.show_counts(counts, tuple(f"类别 {at}" for at in range(classes)))
    return matrix


@pytest.mark.parametrize("classes", [10, 100, 1000])
def test_all_cells_are_in_sight_and_the_mistake_is_where_its_cell_is(qtbot: QtBot, classes: int) -> None:
    """A thousand classes took three pixels each: two thirds of them were beyond the widget."""
    matrix = matrix_of(qtbot, classes)
    left, top, side = matrix._frame()
    assert left + classes * side <= matrix.width()
    assert top + classes * side <= matrix.height()
    place = QPointF(left + (classes // 2 + 0.5) * side, top + (classes // 4 + 0.5) * side)
    assert matrix.cell_at(place) == (classes // 4, classes // 2)
    picture = matrix.grab().toImage()
    near = [picture.pixelColor(int(place.x()) + x, int(place.y()) + y) for x in (-1, 0) for y in (-1, 0)]
    assert any(color.red() > color.blue() + 40 for color in near)  # the colour of mistakes


def test_thousand_classes_are_drawn_and_pointed_at_in_no_time(qtbot: QtBot) -> None:
    """A million cells one by one took seconds, with each paint."""
    matrix = matrix_of(qtbot, 1000)
    matrix.grab()
    begin = time.perf_counter()
    for _ in range(5):
        matrix.grab()
        matrix.cell_at(QPointF(50, 50))
    assert time.perf_counter() - begin < 1.0


def test_keys_go_from_cell_to_cell_of_many(qtbot: QtBot) -> None:
    matrix = matrix_of(qtbot, 1000)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(matrix, key)
    assert matrix.chosen == (1, 1)
