"""A convolution to play with: type a number, slide the window, read the arithmetic, copy the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.handed_on.play_export import of_board
from cnnviz.feature_maps.handed_on.shown_export import Export
from cnnviz.feature_maps.playground.known_examples import KNOWN_EXAMPLES, KnownExample
from cnnviz.feature_maps.playground.operation import Operation
from cnnviz.feature_maps.playground.play_text import arithmetic_lines, code, number_text
from cnnviz.feature_maps.playground.reach import axes_of
from cnnviz.feature_maps.playground.sliding import Board, OpenedLayer, as_far_as, slide
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.playground.equation import Equation
from cnnviz.gui.playground.layer_opening import LayerOpening, Opener, real_opener
from cnnviz.gui.playground.marked_grid import Cell
from cnnviz.gui.playground.play_form import PlayForm
from cnnviz.gui.playground.play_layout import lay_out
from cnnviz.gui.playground.play_state import PlayState
from cnnviz.gui.playground.readout import Readout
from cnnviz.gui.session import Session
from cnnviz.gui.workers.handing_on import HandingOn
from cnnviz.gui.workers.saver import Saver

if TYPE_CHECKING:
    import numpy.typing as npt

_STEP, _FASTEST, _WHOLE = 700, 30, 30_000  # milliseconds: at a cell at most and at least; for all cells at most


class PlaygroundPage(Page):
    """Needs no network, but shows a layer of one where that is wished for; all is computed here, in numpy."""

    def __init__(
        self, session: Session | None = None, parent: QWidget | None = None, lens: Callable[[], Opener] = real_opener
    ) -> None:
        super().__init__(parent)
        self.banner = Banner()
        self.form, self.equation, self.readout = PlayForm(), Equation(), Readout()
        self.play = QPushButton("Play")
        self.play.setCheckable(True)
        self.play.setToolTip("Slide the window over the input and let the output grow")
        self.back, self.forward = QToolButton(), QToolButton()
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._slide_on)
        self._state = PlayState(KNOWN_EXAMPLES[0].board())
        self._output: npt.NDArray[np.float64] | CnnvizError = slide(self._state.board)
        self._at: Cell = (0, 0)
        self._opened: OpenedLayer | None = None  # whose numbers these began as; None: the example's
        self._opening = LayerOpening(session, lens, self)
        self._saver = Saver(self)
        self._handing_on = HandingOn(self, self._saver)
        self._actions = Actions(self.commands(), self)
        lay_out(self)
        self._connect()
        self.form.show_example(KNOWN_EXAMPLES[0])
        self.form.show_operation(self._state.operation)
        self._compute()

    @property
    def output(self) -> npt.NDArray[np.float64] | CnnvizError:
        """What comes out, (channels, height, width), or why nothing does."""
        return self._output

    @property
    def at(self) -> Cell:
        """The cell of the output that is explained."""
        return self._at

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("playground.play", "Play or pause the sliding window", self.play.toggle, enabled=self._has_output),
            Command("playground.step-back", "Slide the window one back", partial(self.step, -1)),
            Command("playground.step-forward", "Slide the window one on", partial(self.step, 1)),
            Command("playground.start-again", "Begin the example again", self.start_again),
            *self._handing_on.commands("playground.picture", "this picture", self._export, self.equation),
            Command("playground.copy-code", "Copy the PyTorch code", self.copy_code, enabled=self._has_output),
        )

    def choices(self) -> dict[str, str]:
        chosen = {"example": self.form.example.title, "colors": self.form.color_map}
        return chosen | self._state.choices()

    def choose(self, choices: Mapping[str, str]) -> None:
        titles = {each.title: each for each in KNOWN_EXAMPLES}
        if choices.get("example") in titles:
            self.form.show_example(titles[choices["example"]])
        self.form.color_maps.setCurrentIndex(max(0, self.form.color_maps.findText(choices.get("colors", ""))))
        self._state.choose(choices)
        self.form.show_operation(self._state.operation)
        self._compute()

    def end(self) -> None:
        self._clock.stop()
        for each in (self._opening, self._handing_on, self._saver):
            each.end()

    @Slot(object)
    def begin(self, example: KnownExample) -> None:
        """Show an example as it is."""
        try:
            board = example.board()
        except CnnvizError as error:  # the photograph is gone
            self.banner.show_error(error)
            return
        self._opened = None
        self.form.show_example(example)
        self.form.color_maps.setCurrentText(example.colors)
        self._begin_with(board, (0, 0, 0))

    @Slot(object)
    def show_layer(self, opened: OpenedLayer) -> None:
        """Show a layer of a network at work."""
        self.banner.clear()
        self._opened = opened
        self.form.show_opened(opened)
        self.form.color_maps.setCurrentText(colors.DIVERGING)
        self._begin_with(opened.board, opened.at)

    def _begin_with(self, board: Board, at: tuple[int, int, int]) -> None:
        self.play.setChecked(False)
        self._state.take(board)
        self._at = at[1:]
        self.form.show_operation(board.operation)
        for stepper, count, channel in (
            (self.equation.input_channel, board.operation.input_channels, board.operation.first_source(at[0])),
            (self.equation.output_channel, board.operation.channels_out, at[0]),
        ):
            stepper.show_count(count)
            stepper.show_channel(channel)
        self._compute()

    @Slot()
    def start_again(self) -> None:
        """Forget what was typed."""
        self.begin(self.form.example) if self._opened is None else self.show_layer(self._opened)

    def step(self, cells: int) -> None:
        """Slide the window over so many cells of the output, row by row, round and round."""
        if not isinstance(self._output, CnnvizError):
            _, rows, columns = self._output.shape
            place = (self._at[0] * columns + self._at[1] + cells) % (rows * columns)
            self.look_at(divmod(place, columns))

    @Slot(object)
    def look_at(self, cell: Cell) -> None:
        """Explain one number of the output."""
        self._at = cell
        if self._clock.isActive():
            self._show_numbers()
        self._show_place()

    @Slot()
    def copy_code(self) -> None:
        """Put the program on the clipboard."""
        QGuiApplication.clipboard().setText(code(self._state.board))
        self.readout.copy.setText("Copied")
        QTimer.singleShot(1500, self, self._offer_copy)

    @Slot()
    def _offer_copy(self) -> None:
        self.readout.copy.setText("Copy")

    def _export(self) -> Export | None:
        """Return a copy of what stands there: typing does not change what is being written."""
        if not self._has_output():
            return None
        board = self._state.board
        still = Board(board.operation, board.inputs.copy(), board.kernels.copy())
        return of_board(still, (self.equation.output_channel.channel, *self._at))

    def _has_output(self) -> bool:
        return not isinstance(self._output, CnnvizError)

    @Slot(object)
    def _operate(self, operation: Operation) -> None:
        self._state.operation = operation
        self._compute()

    @Slot(str, str)
    def _fill(self, what: str, how: str) -> None:
        self._state.fill(what, how)
        self._compute()

    @Slot(object, object)
    def _type_input(self, cell: Cell, value: float) -> None:
        self._state.board.inputs[self.equation.input_channel.channel, *cell] = value
        self._compute()

    @Slot(object, object)
    def _type_kernel(self, cell: Cell, value: float) -> None:
        kernel = self._state.board.kernel(self.equation.output_channel.channel, self.equation.input_channel.channel)
        if kernel is not None:
            kernel[cell] = value
        self._compute()

    @Slot()
    def _choose_input_channel(self) -> None:
        if not self._state.operation.has_kernel:  # pooling makes each channel of its own one
            self.equation.output_channel.show_channel(self.equation.input_channel.channel)
        self._show_numbers()
        self._show_place()

    @Slot(bool)
    def _play(self, on: bool) -> None:
        self.play.setText("Pause" if on else "Play")
        if on and not isinstance(self._output, CnnvizError):
            _, rows, columns = self._output.shape
            if self._at == (rows - 1, columns - 1):
                self._at = (0, 0)
            self._clock.start(max(_FASTEST, min(_STEP, _WHOLE // (rows * columns))))
        else:
            self._clock.stop()
        self._show_numbers()
        self._show_place()

    @Slot()
    def _slide_on(self) -> None:
        if isinstance(self._output, CnnvizError) or self._at == tuple(size - 1 for size in self._output.shape[1:]):
            self.play.setChecked(False)
        else:
            self.step(1)

    @Slot()
    def _compute(self) -> None:
        try:
            self._output = slide(self._state.board)
        except CnnvizError as error:
            self._output = error
            self.play.setChecked(False)
        else:
            rows, columns = self._output.shape[1:]
            self._at = min(self._at[0], rows - 1), min(self._at[1], columns - 1)
        for button in (self.play, self.back, self.forward, self.readout.copy):
            button.setEnabled(self._has_output())
        self._show_board()
        self._show_place()

    def _show_board(self) -> None:
        self._show_numbers()
        self.readout.show_sizes(axes_of(self._state.operation) if self._has_output() else ())
        self.readout.code.setPlainText(code(self._state.board) if self._has_output() else "")

    def _show_numbers(self) -> None:
        """Show the grids; while the window slides, the output only as far as it has come."""
        output = self._output
        if not isinstance(output, CnnvizError) and self._clock.isActive():
            output = as_far_as(output, self._at)
        self.equation.show_board(self._state.board, output, self.form.color_map)

    def _show_place(self) -> None:
        board, output, channel = self._state.board, self._output, self.equation.output_channel.channel
        if isinstance(output, CnnvizError):
            self.equation.mark(board, None)
            self.readout.show_arithmetic("No output", (str(output),))
            return
        row, column = self._at
        self.equation.mark(board, self._at)
        which = f"channel {channel}, " if output.shape[0] > 1 else ""
        title = f"Output, {which}row {row}, column {column}: {number_text(float(output[channel, row, column]))}"
        self.readout.show_arithmetic(title, arithmetic_lines(board, channel, row, column))

    def _connect(self) -> None:
        equation = self.equation
        self.form.example_chosen.connect(self.begin)
        self._opening.opened.connect(self.show_layer)
        for part in (self._opening, self._handing_on, self._saver):
            part.failed.connect(self.banner.show_error)
        self._saver.saved.connect(self.banner.show_saved)
        self._opening.begun.connect(self.form.say_opening)
        self.form.operation_wanted.connect(self._operate)
        self.form.colors_chosen.connect(self._compute)
        self.form.fill_wanted.connect(self._fill)
        equation.input.value_typed.connect(self._type_input)
        equation.kernel.value_typed.connect(self._type_kernel)
        equation.output.cell_hovered.connect(self.look_at)
        equation.output.cursor_moved.connect(self.look_at)
        equation.input_channel.channel_chosen.connect(self._choose_input_channel)
        equation.output_channel.channel_chosen.connect(self._compute)
        self.play.toggled.connect(self._play)
        self._actions.wire(self.back, "playground.step-back")
        self._actions.wire(self.forward, "playground.step-forward")
        self._actions.wire(self.readout.copy, "playground.copy-code")


def build(shared: Shared) -> PlaygroundPage:
    """Make the page for the window."""
    return PlaygroundPage(shared.session)
