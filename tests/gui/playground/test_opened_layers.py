"""A convolution of a network is seen in the playground, and what stands there can be saved and copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.playground.operation import Operation
from cnnviz.feature_maps.playground.sliding import Board, OpenedLayer, slide
from cnnviz.feature_maps.questions import PixelQuestion, Place, Question
from cnnviz.gui.calls.playable import is_playable, wish_to_play
from cnnviz.gui.playground.page import PlaygroundPage
from cnnviz.gui.session import Session
from cnnviz.gui.theme import Theme
from cnnviz.inspection.inspected import Inspected
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS

SPEC = resolve("lenet")
GROUPED = Operation(
    input_size=(4, 4), input_channels=4, output_channels=2, kernel_size=(3, 3), groups=2, bias=(0.5, -2.0)
)


class FakeOpener:
    """Opens one layer, and refuses places of channel 9."""

    def opened(self, question: PixelQuestion) -> OpenedLayer:
        if question.at.channel == 9:
            raise CnnvizError("It is no convolution.", "Choose a Conv2d.")
        random = np.random.default_rng(0)
        inputs, kernels = random.integers(0, 9, (4, 4, 4)), random.integers(-2, 3, (2, 2, 3, 3))
        board = Board(GROUPED, inputs.astype(float), kernels.astype(float))
        return OpenedLayer(board, (1, 1, 0), "net, conv (Conv2d)", "All of the layer.")


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, session: Session) -> Iterator[PlaygroundPage]:
    made = PlaygroundPage(session, lens=FakeOpener)
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    yield made
    made.end()


def question(channel: int) -> PixelQuestion:
    from cnnviz.inspection.tracer import inspect

    report = inspect(SPEC)
    maps = Question(Inspected(SPEC, report), report.calls[1], RANDOM_WEIGHTS, Path("x.png"), Scaling())
    return PixelQuestion(maps, Place(channel, 0, 0))


def test_a_layer_that_is_wished_for_is_shown_at_its_place_and_again_after_typing(
    qtbot: QtBot, page: PlaygroundPage, session: Session
) -> None:
    session.wish_to_play(question(0))
    qtbot.waitUntil(lambda: page.form.examples.currentIndex() == -1)
    assert "net, conv (Conv2d). All of the layer." in page.form.about.text()
    assert page.at == (1, 0)
    assert page.equation.output_channel.channel == 1
    assert page.equation.input_channel.channel == 2, "the first that output channel 1 of two groups reads"
    board = FakeOpener().opened(question(0)).board
    assert np.allclose(page.output, slide(board))
    assert "+ bias (−2)" in page.readout.arithmetic.text()
    assert "groups=2" in page.readout.code.toPlainText()
    page.equation.kernel.value_typed.emit((0, 0), 100.0)
    assert not np.allclose(page.output, slide(board))
    page.start_again()
    assert np.allclose(page.output, slide(board))


def test_a_kernel_that_a_group_does_not_read_is_empty_and_takes_no_number(
    qtbot: QtBot, page: PlaygroundPage, session: Session
) -> None:
    session.wish_to_play(question(0))
    qtbot.waitUntil(lambda: page.form.examples.currentIndex() == -1)
    before = page.output
    page.equation.input_channel.show_channel(0)
    page.equation.input_channel.channel_chosen.emit(0)
    assert np.isnan(page.equation.kernel.values).all()
    page.equation.kernel.value_typed.emit((0, 0), 5.0)
    assert np.array_equal(page.output, before)


def test_a_layer_that_cannot_be_shown_says_why_and_leaves_the_example(
    qtbot: QtBot, page: PlaygroundPage, session: Session
) -> None:
    session.wish_to_play(question(9))
    qtbot.waitUntil(lambda: "no convolution" in page.banner.text)
    assert page.output[0, 0].tolist() == [91, 168, 224, 215, 127]


def test_a_wish_that_was_there_before_the_page_is_followed(qtbot: QtBot, theme: Theme, session: Session) -> None:
    session.wish_to_play(question(0))
    page = PlaygroundPage(session, lens=FakeOpener)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.form.examples.currentIndex() == -1)
    page.end()


def test_only_convolutions_of_a_network_that_was_inspected_here_are_playable(session: Session) -> None:
    asked = question(0).maps
    calls = asked.inspected.report.calls
    assert not is_playable(session, asked.call)
    session.set_spec(SPEC)
    session.set_inspected(asked.inspected)
    playable = [call.kind for call in calls if is_playable(session, call)]
    assert set(playable) == {"Conv2d"}
    assert not wish_to_play(session, calls[0])
    assert session.to_play is None
    conv = next(call for call in calls if call.kind == "Conv2d")
    assert wish_to_play(session, conv)
    assert session.to_play is not None
    assert session.to_play.at == Place(0, 14, 14)


def test_the_board_is_copied_and_saved(qtbot: QtBot, page: PlaygroundPage, tmp_path: Path) -> None:
    commands = {command.id: command for command in page.commands()}
    QGuiApplication.clipboard().clear()
    commands["playground.copy-picture"].trigger()
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().image().pixelColor(0, 0).name() == "#ffffff"
    commands["playground.save-picture"].trigger()
    (dialog,) = page.findChildren(QFileDialog)
    dialog.reject()
    export = page._export()
    assert export is not None
    export.save(tmp_path / "教.svg")
    assert "Convolution: 5 × 5 → 5 × 5" in (tmp_path / "教.svg").read_text("utf-8")
