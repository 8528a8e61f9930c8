from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.feature_maps.output_layout import FIRST_PART, MAPS, Layout, Part
from cnnviz.gui.maps.part_bar import PartBar

SHAPE = (1, 8, 28, 28)


@pytest.fixture
def bar(qtbot: QtBot) -> PartBar:
    bar = PartBar()
    qtbot.addWidget(bar)
    return bar


def test_nothing_is_offered_where_there_is_nothing_to_choose(bar: PartBar) -> None:
    bar.offer([SHAPE], MAPS, FIRST_PART)
    assert bar.isHidden()


def test_all_outputs_of_a_tuple_are_offered_by_their_shapes(qtbot: QtBot, bar: PartBar) -> None:
    bar.offer([SHAPE, (1, 10)], MAPS, FIRST_PART)
    assert not bar.isHidden()
    assert [bar.outputs.itemText(at) for at in range(2)] == ["Output 0 · 1 × 8 × 28 × 28", "Output 1 · 1 × 10"]
    with qtbot.waitSignal(bar.part_chosen) as chosen:
        bar.outputs.activated.emit(1)
    assert chosen.args == [Part(output=1)]


def test_the_class_token_is_offered_beside_the_grid(qtbot: QtBot, bar: PartBar) -> None:
    bar.offer([(1, 197, 768)], Layout("tokens", (14, 14), 1), FIRST_PART)
    assert [bar.tokens.itemText(at) for at in range(2)] == ["14 × 14 tokens", "Class token"]
    with qtbot.waitSignal(bar.part_chosen) as chosen:
        bar.tokens.activated.emit(1)
    assert chosen.args == [Part(token=0)]
    with qtbot.waitSignal(bar.part_chosen) as chosen:
        bar.tokens.activated.emit(0)
    assert chosen.args == [FIRST_PART]
    bar.offer([(1, 201, 768)], Layout("tokens", (14, 14), 5), Part(token=4))
    assert bar.tokens.currentText() == "Extra token 4"


def test_slices_are_slid_through_by_key(qtbot: QtBot, bar: PartBar) -> None:
    bar.offer([(1, 8, 4, 9, 9)], Layout("volume", slices=4, along="depth"), Part(slice=1))
    bar.show()
    assert bar.number.text() == "Slice 1 of 0 – 3"
    with qtbot.waitSignal(bar.part_chosen) as chosen:
        qtbot.keyClick(bar.slices, Qt.Key.Key_Right)
    assert chosen.args == [Part(slice=2)]
    assert bar.number.text() == "Slice 2 of 0 – 3"


def test_what_is_offered_is_not_chosen_by_that(qtbot: QtBot, bar: PartBar) -> None:
    with qtbot.assertNotEmitted(bar.part_chosen):
        bar.offer([SHAPE, SHAPE], Layout("volume", slices=9, along="depth"), Part(1, None, 5))
        bar.offer([SHAPE], Layout("volume", slices=2, along="depth"), FIRST_PART)
