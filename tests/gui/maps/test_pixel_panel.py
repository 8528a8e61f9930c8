from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.pixel.arithmetic import Arithmetic, Terms
from cnnviz.feature_maps.questions import Place
from cnnviz.gui.maps.pixel_panel import PixelPanel


def arithmetic(channels: int, window: bool = True) -> Arithmetic:
    """Ones, times 0, 1, 2, …: of a 2×2 window over so many channels."""
    count = 4 * channels
    where = np.array(np.unravel_index(np.arange(count), (channels, 2, 2)))
    terms = Terms.at(where, np.ones(count), np.arange(count, dtype=np.float64))
    if window:
        names = ("source", "channel", "row", "column", "input", "weight", "product", "padded")
        terms = Terms(**{name: getattr(terms, name) for name in names}, window=(channels, 2, 2))
    total = float(terms.product.sum())
    return Arithmetic(
        "block1.0", "Conv2d", 2, Place(1, 0, 5), total + 1, total + 1, 1.0, terms, "Σ", None, (9, 9), "random"
    )


@pytest.fixture
def panel(qtbot: QtBot) -> PixelPanel:
    panel = PixelPanel()
    qtbot.addWidget(panel)
    return panel


def test_a_window_is_shown_channel_by_channel(panel: PixelPanel) -> None:
    panel.show_arithmetic(arithmetic(channels=3))
    assert not panel.isHidden()
    assert panel.sums.text() == "Channel 0 of the input adds 6."
    panel.channel.choose(2)
    assert panel.sums.text() == "Channel 2 of the input adds 38."
    assert panel.result.text() == "sum over 3 input maps 66 + bias 1 = 67"
    assert "channel 1, row 0, column 5" in panel.title.text()


def test_a_sum_without_window_names_its_largest_terms(panel: PixelPanel) -> None:
    panel.show_arithmetic(arithmetic(channels=3, window=False))
    first, *_, last = panel.terms.text().splitlines()
    assert first == "channel 2, row 1, column 1:  1 × 11  →  11"
    assert last == "6 more terms: 15"
    assert panel.play.isHidden()


def test_why_there_is_none_is_said_in_place(panel: PixelPanel) -> None:
    panel.show_arithmetic(CnnvizError("No sum.", "Choose another."))
    assert "No sum." in panel.terms.text()
    panel.show_arithmetic(None)
    assert panel.isHidden()


def test_sliding_asks_for_the_next_place_until_it_is_paused(panel: PixelPanel, qtbot: QtBot) -> None:
    panel.show_arithmetic(arithmetic(channels=1))
    with qtbot.waitSignal(panel.next_wanted, timeout=3000):
        panel.play.click()
    panel.play.click()
    assert not panel._clock.isActive()
    panel.play.click()
    panel.show_arithmetic(None)
    assert not panel._clock.isActive()


def test_what_a_linear_layer_sums_is_called_features(panel: PixelPanel) -> None:
    ones = np.ones(1200)
    terms = Terms.at(np.array([np.arange(1200), 0 * ones, 0 * ones], dtype=np.int64), ones, ones)
    panel.show_arithmetic(
        Arithmetic("5", "Linear", 2, Place(1, 0, 0), 1200.0, 1200.0, None, terms, "Σ", None, (9, 9), "random")
    )
    assert panel.result.text() == "sum over 1,200 features 1200 = 1200"


def test_a_term_that_is_pointed_at_is_said_and_where_the_window_stands(panel: PixelPanel) -> None:
    panel.show_arithmetic(arithmetic(channels=3))
    assert panel.where.text() == "Input, rows 0 to 1, columns 0 to 1"
    panel.channel.choose(2)
    panel.kernel.cell_pointed.emit((1, 0))
    assert panel.readout.text() == "1 × 10 = 10"
    panel.kernel.cell_pointed.emit(None)
    assert panel.readout.text() == "Point at a cell for its term."


def test_the_mouse_finds_the_cell_that_is_painted_there(panel: PixelPanel, qtbot: QtBot) -> None:
    panel.resize(900, 240)
    panel.show_arithmetic(arithmetic(channels=1))
    pointed: list[object] = []
    panel.products.cell_pointed.connect(pointed.append)
    for cell in ((0, 0), (1, 0), (1, 1)):
        qtbot.mouseMove(panel.products, panel.products.place_of(cell).center().toPoint())
        qtbot.waitUntil(lambda cell=cell: bool(pointed) and pointed[-1] == cell)


def test_a_double_click_on_a_term_is_one_click(panel: PixelPanel, qtbot: QtBot) -> None:
    panel.resize(900, 240)
    panel.show_arithmetic(arithmetic(channels=1))
    clicked: list[object] = []
    panel.inputs.cell_clicked.connect(clicked.append)
    at = panel.inputs.place_of((1, 0)).center().toPoint()
    qtbot.mouseClick(panel.inputs, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(panel.inputs, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseRelease(panel.inputs, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseClick(panel.inputs, Qt.MouseButton.RightButton, pos=at)
    assert clicked[0] == (1, 0)
    assert len(clicked) == 1
