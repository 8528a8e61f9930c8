"""Tab goes as one reads."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.reading_order import neighbour, reading_order


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    """Two panels side by side, whose fields were made in another order than they are read."""
    page, left, right = QWidget(), QWidget(), QWidget()
    qtbot.addWidget(page)
    row, grid, column = QHBoxLayout(page), QGridLayout(left), QVBoxLayout(right)
    for name, at in (("d", (1, 1)), ("b", (0, 1)), ("c", (1, 0)), ("a", (0, 0))):
        grid.addWidget(QPushButton(name), *at)
    for name in "ef":
        column.addWidget(QLineEdit(name))
    column.addWidget(QLabel("no stop"))
    row.addWidget(left)
    row.addWidget(right)
    page.show()
    return page


def _names(widgets: list[QWidget]) -> str:
    return "".join(widget.text() for widget in widgets)


def test_order_is_row_by_row_and_panel_by_panel(page: QWidget) -> None:
    assert _names(reading_order(page)) == "abcdef"


def test_what_is_hidden_or_disabled_is_passed_over(page: QWidget) -> None:
    a, b, *_ = reading_order(page)
    a.setEnabled(False)
    b.hide()
    assert _names(reading_order(page)) == "cdef"


def test_neighbours_go_round(page: QWidget) -> None:
    order = reading_order(page)
    assert neighbour(page, order[-1], forward=True) is order[0]
    assert neighbour(page, order[0], forward=False) is order[-1]
    assert neighbour(page, None, forward=True) is order[0]
    assert neighbour(QWidget(), None, forward=True) is None


def test_focus_goes_on_from_the_place_of_what_is_disabled_or_hidden(page: QWidget) -> None:
    _, b, c, d, e, _ = reading_order(page)
    c.setEnabled(False)
    assert neighbour(page, c, forward=True) is d
    assert neighbour(page, c, forward=False) is b
    d.parentWidget().hide()
    assert neighbour(page, d, forward=True) is e


def test_scroll_area_that_takes_the_focus_comes_before_what_is_in_it(qtbot: QtBot) -> None:
    page, area = QWidget(), QScrollArea()
    qtbot.addWidget(page)
    area.setWidget(QPushButton("inside"))
    QVBoxLayout(page).addWidget(area)
    page.show()
    assert reading_order(page) == [area, area.widget()]


def test_buttons_of_which_one_is_chosen_are_one_stop(page: QWidget) -> None:
    a, b, c, *_ = reading_order(page)
    group = QButtonGroup(page)
    for button in (a, b, c):
        button.setCheckable(True)
        group.addButton(button)
    assert _names(reading_order(page)) == "adef"
    b.setChecked(True)
    assert _names(reading_order(page)) == "bdef"
    c.setFocus()
    assert neighbour(page, page.focusWidget(), forward=True) is reading_order(page)[1]
    assert _names(reading_order(page)) == "cdef"
