"""The panels beside the pages make room for larger text, and give it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.panel_widths import PanelWidths
from cnnviz.gui.theme import Theme, scaled


@pytest.fixture
def splitter(qtbot: QtBot, theme: Theme) -> Iterator[QSplitter]:
    splitter = QSplitter(Qt.Orientation.Horizontal)
    qtbot.addWidget(splitter)
    parts = QWidget(), QWidget(), QWidget()
    for part in parts:
        splitter.addWidget(part)
    PanelWidths(splitter, *parts)
    splitter.resize(1400, 400)
    splitter.setSizes([256, 874, 270])
    splitter.show()
    yield splitter
    theme.choose_text_size(100)


def _sizes(splitter: QSplitter) -> list[int]:
    QApplication.processEvents()
    return splitter.sizes()


def test_panel_is_as_wide_as_larger_text_needs_until_it_is_of_the_usual_size(splitter: QSplitter, theme: Theme) -> None:
    usual = _sizes(splitter)
    theme.choose_text_size(200)
    first, pages, last = _sizes(splitter)
    assert first > usual[0] + 100
    assert last > usual[2] + 50
    assert first + pages + last == sum(usual)
    theme.choose_text_size(100)
    assert _sizes(splitter) == usual


def test_panel_that_has_the_room_keeps_its_width(splitter: QSplitter, theme: Theme) -> None:
    splitter.setSizes([400, 600, 400])
    given = _sizes(splitter)
    theme.choose_text_size(150)
    assert _sizes(splitter) == given


def test_panel_that_was_pushed_shut_stays_shut(splitter: QSplitter, theme: Theme) -> None:
    splitter.setSizes([256, 1144, 0])
    theme.choose_text_size(150)
    assert _sizes(splitter)[2] == 0


def test_panels_give_way_to_the_page_and_take_their_widths_back(splitter: QSplitter) -> None:
    widths = splitter.findChild(PanelWidths)
    assert widths is not None
    widths.fit()
    usual = _sizes(splitter)
    splitter.resize(900, 400)
    widths.fit()
    first, pages, last = _sizes(splitter)
    assert pages >= 520
    assert (first, last) < (usual[0], usual[2])
    splitter.resize(1400, 400)
    widths.fit()
    assert _sizes(splitter) == usual


def test_panel_that_a_page_hides_comes_back_with_its_width(splitter: QSplitter, theme: Theme) -> None:
    last = splitter.widget(2)
    width = _sizes(splitter)[2]
    last.hide()
    theme.choose_text_size(150)
    theme.choose_text_size(100)
    last.show()
    assert _sizes(splitter)[2] == width


@pytest.mark.parametrize("set_size", [QFont.setPointSize, QFont.setPixelSize])
def test_font_of_either_unit_is_scaled(set_size: object) -> None:
    font = QFont()
    set_size(font, 20)  # type: ignore[operator]
    larger = scaled(font, 150)
    assert max(larger.pointSizeF(), larger.pixelSize()) == 30
