"""The page on which a convolution is played with: typing, sliding, refusing, remembering."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.playground.known_examples import KNOWN_EXAMPLES, KnownExample
from cnnviz.gui.playground.marked_grid import Cell
from cnnviz.gui.playground.page import PlaygroundPage
from cnnviz.gui.playground.typed_grid import TypedGrid
from cnnviz.gui.theme import Theme


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Iterator[PlaygroundPage]:
    made = PlaygroundPage()
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    yield made
    made.end()


def _example(title: str) -> KnownExample:
    return next(each for each in KNOWN_EXAMPLES if each.title == title)


def _middle(grid: TypedGrid, cell: Cell) -> QPoint:
    return grid.area_of(cell).center().toPoint()


def _click(grid: TypedGrid, cell: Cell) -> None:
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=_middle(grid, cell))


def _set(page: PlaygroundPage, **texts: str) -> None:
    for name, text in texts.items():
        page.form.fields[name].type_text(text)


def test_page_opens_with_the_courses_convolution_explained(page: PlaygroundPage) -> None:
    assert page.output[0, 0].tolist() == [91, 168, 224, 215, 127]
    assert page.equation.output.values.tolist() == page.output[0].tolist()
    assert page.equation.input.values.shape == (7, 7)  # with its padding
    assert page.readout.place.text() == "Output, row 0, column 0: 91"
    assert page.readout.arithmetic.text().endswith("3·5 + 4·6 + 0·7 + 2·8 + 4·9 = 91")
    assert page.readout.sizes.text().startswith("height = ⌊(5 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5")
    assert "nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)" in page.readout.code.toPlainText()


def test_what_is_typed_into_the_input_changes_the_output_at_once(page: PlaygroundPage) -> None:
    _click(page.equation.input, (0, 0))
    QTest.keyClicks(page.equation.input, "-1")
    assert page.output[0, 0, 0] == 91 + (-1 - 3) * 5
    QTest.keyClicks(page.equation.input, "0.5")
    assert page.output[0, 0, 0] == 91 + (-10.5 - 3) * 5
    assert "[-10.5, 4, 6, 5, 7]" in page.readout.code.toPlainText()
    QTest.keyClick(page.equation.input, Qt.Key.Key_Escape)
    assert page.output[0, 0, 0] == 91


def test_arrow_keys_move_on_and_a_kernel_takes_numbers_too(page: PlaygroundPage) -> None:
    _click(page.equation.kernel, (1, 0))
    QTest.keyClick(page.equation.kernel, Qt.Key.Key_Right)
    QTest.keyClicks(page.equation.kernel, "0")
    QTest.keyClick(page.equation.kernel, Qt.Key.Key_Down)
    QTest.keyClick(page.equation.kernel, Qt.Key.Key_Delete)
    assert page.equation.kernel.current == (2, 1)
    assert page.equation.kernel.values.tolist() == [[1, 2, 3], [4, 0, 6], [7, 0, 9]]
    assert page.output[0, 0, 0] == 91 - 3 * 5 - 2 * 8


@pytest.mark.parametrize("typed", [".", "-", "--1", "1..2", ",", "1-1"])
def test_what_is_no_number_yet_changes_nothing(page: PlaygroundPage, typed: str) -> None:
    _click(page.equation.input, (4, 4))
    before = page.output.copy()
    QTest.keyClicks(page.equation.input, typed)
    assert page.output.shape == before.shape
    assert np.isfinite(page.output).all()
    assert page.equation.input.values[5, 5] in (1, -1)


def test_dragging_gives_the_first_cells_number_to_the_others(page: PlaygroundPage) -> None:
    grid = page.equation.input
    QTest.mousePress(grid, Qt.MouseButton.LeftButton, pos=_middle(grid, (3, 0)))
    for column in (1, 2):
        QTest.mouseMove(grid, _middle(grid, (3, column)))
    QTest.mouseRelease(grid, Qt.MouseButton.LeftButton, pos=_middle(grid, (3, 2)))
    assert grid.values[4, 1:6].tolist() == [9, 9, 9, 6, 2]


def test_padding_cannot_be_typed_into(page: PlaygroundPage) -> None:
    _click(page.equation.input, (2, 2))
    _click(page.equation.input, (-1, -1))
    assert page.equation.input.current == (2, 2)


def test_pointing_at_the_output_marks_what_it_is_made_of(page: PlaygroundPage) -> None:
    QTest.mouseMove(page.equation.output, _middle(page.equation.output, (2, 3)))
    assert page.at == (2, 3)
    assert set(page.equation.input.marks) == {(row, column) for row in (1, 2, 3) for column in (2, 3, 4)}
    assert page.equation.input.marks[1, 2] == "·1"
    assert set(page.equation.output.marks) == {(2, 3)}
    assert page.readout.place.text() == "Output, row 2, column 3: 214"
    _set(page, padding="2", dilation="2")
    assert set(page.equation.input.marks) == {(row, column) for row in (0, 2, 4) for column in (1, 3, 5)}


def test_play_slides_over_the_output_which_grows(qtbot: QtBot, page: PlaygroundPage) -> None:
    page.begin(_example("Course: max pooling"))
    page.play.click()
    assert page.play.text() == "Pause"
    assert np.isnan(page.equation.output.values).tolist() == [[False, True], [True, True]]
    qtbot.waitUntil(lambda: page.at == (0, 1), timeout=3000)
    assert np.isnan(page.equation.output.values).tolist() == [[False, False], [True, True]]
    qtbot.waitUntil(lambda: not page.play.isChecked(), timeout=6000)
    assert page.at == (1, 1)
    assert page.equation.output.values.tolist() == [[4, 8], [9, 8]]


def test_steps_go_row_by_row_and_round(page: PlaygroundPage) -> None:
    page.begin(_example("D2L: cross-correlation"))
    seen = []
    for _ in range(4):
        page.forward.click()
        seen.append(page.at)
    assert seen == [(0, 1), (1, 0), (1, 1), (0, 0)]
    page.back.click()
    assert page.at == (1, 1)


def test_settings_that_do_not_fit_say_so_and_the_numbers_stay(page: PlaygroundPage) -> None:
    _set(page, kernel_size="9")
    assert isinstance(page.output, CnnvizError)
    assert page.equation.refusal.isVisible()
    assert "larger than the padded input: height 9 over 7" in page.equation.refusal.text()
    assert not page.play.isEnabled()
    assert page.readout.code.toPlainText() == ""
    _set(page, kernel_size="3")
    assert page.output[0, 0].tolist() == [91, 168, 224, 215, 127]
    assert not page.equation.refusal.isVisible()


@pytest.mark.parametrize(
    ("name", "text"), [("stride", "0"), ("padding", "some"), ("kernel_size", ""), ("dilation", "1,2,3")]
)
def test_field_says_what_is_wrong_and_the_last_answer_stands(page: PlaygroundPage, name: str, text: str) -> None:
    _set(page, **{name: text})
    assert page.form.fields[name].error_text
    assert page.output[0, 0].tolist() == [91, 168, 224, 215, 127]


def test_numbers_that_settings_hide_come_back_with_the_room(page: PlaygroundPage) -> None:
    _set(page, input_size="3")
    assert page.equation.input.values[1:-1, 1:-1].tolist() == [[3, 4, 6], [2, 4, 6], [1, 6, 7]]
    _set(page, input_size="5", kernel_size="2, 3", padding="same")
    assert page.output.shape == (1, 5, 5)
    assert page.equation.kernel.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    _set(page, kernel_size="3")
    assert page.output[0, 0].tolist() == [91, 168, 224, 215, 127]


def test_channels_are_stepped_through(page: PlaygroundPage) -> None:
    page.begin(_example("D2L: three output channels"))
    assert page.equation.output.values.tolist() == [[56, 72], [104, 120]]
    assert page.readout.arithmetic.text().endswith("together: 19 + 37 = 56")
    page.equation.output_channel.forward.click()
    assert page.equation.output.values.tolist() == [[76, 100], [148, 172]]
    page.equation.input_channel.forward.click()
    assert page.equation.kernel.values.tolist() == [[2, 3], [4, 5]]
    _click(page.equation.kernel, (0, 0))
    QTest.keyClicks(page.equation.kernel, "3")
    assert page.equation.output.values.tolist() == [[77, 102], [152, 177]]
    _set(page, kind="Max pooling", stride="1")
    assert page.output.shape == (2, 2, 2)
    assert page.equation.output_channel.channel == page.equation.input_channel.channel == 1
    page.equation.input_channel.back.click()
    assert page.equation.output.values.tolist() == [[4, 5], [7, 8]]
    assert not page.equation.kernel.isVisible()


def test_fill_and_begin_again(page: PlaygroundPage) -> None:
    page.form.fills["input", "count"].click()
    assert page.equation.input.values[1:-1, 1:-1].ravel().tolist() == list(range(25))
    page.form.fills["kernel", "clear"].click()
    assert not page.output.any()
    page.form.fills["kernel", "random"].click()
    assert np.abs(page.equation.kernel.values).max() <= 2
    page.start_again()
    assert page.output[0, 0].tolist() == [91, 168, 224, 215, 127]


@pytest.mark.parametrize("example", KNOWN_EXAMPLES, ids=lambda each: each.title)
def test_every_example_is_shown(page: PlaygroundPage, example: KnownExample) -> None:
    page.form.examples.setCurrentText(example.title)
    page.form.examples.activated.emit(page.form.examples.currentIndex())
    assert not isinstance(page.output, CnnvizError)
    page.step(1)
    assert page.at != (0, 0)
    assert page.equation.input.marks
    assert not page.grab().isNull()


def test_code_is_copied(page: PlaygroundPage) -> None:
    page.readout.copy.click()
    assert QGuiApplication.clipboard().text() == page.readout.code.toPlainText()
    assert page.readout.copy.text() == "Copied"


def test_choices_bring_back_settings_and_numbers(qtbot: QtBot, page: PlaygroundPage) -> None:
    page.begin(_example("D2L: transposed, stride 2"))
    page.form.color_maps.setCurrentText("viridis")
    _click(page.equation.input, (1, 1))
    QTest.keyClicks(page.equation.input, "-0.25")
    chosen = page.choices()
    assert not any(sign in name for name in chosen for sign in ";=")
    other = PlaygroundPage()
    qtbot.addWidget(other)
    other.choose(chosen)
    assert other.choices() == chosen
    assert other.output.tolist() == page.output.tolist()


@pytest.mark.parametrize(
    "damage", [{"inputs": "1 2"}, {"inputs": "nan " * 25}, {"kind": "magic"}, {"kernels": "x"}, {"example": "gone"}]
)
def test_damaged_choices_change_nothing(qtbot: QtBot, page: PlaygroundPage, damage: dict[str, str]) -> None:
    usual = page.choices()
    page.choose({**usual, **damage})
    assert page.choices() == usual
