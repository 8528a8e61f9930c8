"""Input ∗ kernel = output, as three grids side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.playground.operation import MAX_POOLING, TRANSPOSED
from cnnviz.feature_maps.playground.play_text import cell_text
from cnnviz.feature_maps.playground.reach import axes_of
from cnnviz.feature_maps.playground.sliding import Board, terms_of
from cnnviz.gui.parts.labels import label
from cnnviz.gui.playground.channel_stepper import ChannelStepper
from cnnviz.gui.playground.marked_grid import Cell
from cnnviz.gui.playground.typed_grid import TypedGrid

if TYPE_CHECKING:
    import numpy.typing as npt

_LEAST_SHARE, _MOST_SHARE = 4, 12  # columns that a grid is given room for, beside the others


class Equation(QWidget):
    """Shows one channel of each. It changes no number: it says what was typed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.input = TypedGrid("Input", editable=True)
        self.kernel = TypedGrid("Kernel", editable=True)
        self.output = TypedGrid("Output", editable=False)
        self.input_channel, self.output_channel = ChannelStepper("Input channel"), ChannelStepper("Output channel")
        self.refusal = label("", "error", wrap=True, selectable=True)
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._result = QStackedWidget()
        self._titles = {grid: label("", "heading") for grid in (self.input, self.kernel, self.output)}
        self._signs = [label(text, "title") for text in ("∗", "=")]
        self._lay_out()

    def show_board(self, board: Board, output: npt.NDArray[np.float64] | CnnvizError, color_map: str) -> None:
        """Show the numbers of the chosen channels.

        Args:
            output: (channels, height, width), NaN where it is not there yet; or why there is none.
            color_map: of input and output.
        """
        operation = board.operation
        self.input_channel.show_count(operation.input_channels)
        self.output_channel.show_count(operation.channels_out)
        if not operation.has_kernel:
            self.input_channel.show_channel(self.output_channel.channel)
        outside = -np.inf if operation.kind == MAX_POOLING else 0.0
        source, made = self.input_channel.channel, self.output_channel.channel
        self.input.show_matrix(board.inputs[source], self._padding(board, output), outside, color_map)
        if operation.has_kernel:
            kernel = board.kernel(made, source)
            unread = np.full(operation.kernel_size, np.nan)
            self.kernel.show_matrix(unread if kernel is None else kernel, color_map=colors.DIVERGING)
        self._show_result(output, made, color_map)
        self._show_titles(board, output)
        for grid in (self.kernel, self._titles[self.kernel], self._signs[0]):
            grid.setVisible(operation.has_kernel)
        self._signs[1].setText("=" if operation.has_kernel else "→")
        self._share_room()

    def mark(self, board: Board, at: Cell | None) -> None:
        """Mark one cell of the output and all that it is made of; None: nothing."""
        if at is None:
            for grid in (self.input, self.kernel, self.output):
                grid.mark({})
            return
        terms = [
            term
            for term in terms_of(board, self.output_channel.channel, *at)
            if term.channel == self.input_channel.channel
        ]
        weights = board.operation.has_kernel
        self.input.mark({(t.row, t.column): f"·{cell_text(t.weight)}" if weights else "" for t in terms})
        self.kernel.mark({(term.kernel_row, term.kernel_column): "" for term in terms})
        self.output.mark({at: ""})
        self.output.place_cursor(at)

    def _padding(self, board: Board, output: npt.NDArray[np.float64] | CnnvizError) -> tuple[Cell, Cell]:
        """Return the padding at each side; of a transposed convolution it stands at no cell of the input."""
        if isinstance(output, CnnvizError) or board.operation.kind == TRANSPOSED:
            return (0, 0), (0, 0)
        rows, columns = axes_of(board.operation)
        return (rows.before, rows.after), (columns.before, columns.after)

    def _show_result(self, output: npt.NDArray[np.float64] | CnnvizError, channel: int, color_map: str) -> None:
        if isinstance(output, CnnvizError):
            self.refusal.setText(str(output))
            self._result.setCurrentWidget(self.refusal)
            return
        self._result.setCurrentWidget(self.output)
        self.output.show_matrix(output[channel], color_map=color_map)

    def _show_titles(self, board: Board, output: npt.NDArray[np.float64] | CnnvizError) -> None:
        made = () if isinstance(output, CnnvizError) else output.shape
        for grid, shape in ((self.input, board.inputs.shape), (self.kernel, board.kernels.shape), (self.output, made)):
            several = shape if max(shape[:-2], default=1) > 1 else shape[-2:]  # channels are named where there are some
            self._titles[grid].setText(f"{grid.accessibleName()} {' × '.join(map(str, several))}".strip())

    def _share_room(self) -> None:
        """Give each grid room for its columns, so that cells of all are about as large."""
        for grid, place in ((self.input, 0), (self.kernel, 2), (self.output, 4)):
            shown = not (grid is self.output and self._result.currentWidget() is self.refusal)
            columns = max(_LEAST_SHARE, grid.values.shape[1] if shown else 0)
            self._row.setStretch(place, 0 if grid.isHidden() and shown else min(columns, _MOST_SHARE))

    def _lay_out(self) -> None:
        self._result.addWidget(self.output)
        self._result.addWidget(self.refusal)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addLayout(self._column(self.input, self.input, self.input_channel))
        self._row.addWidget(self._signs[0])
        self._row.addLayout(self._column(self.kernel, self.kernel, _room_of(self.input_channel)))
        self._row.addWidget(self._signs[1])
        self._row.addLayout(self._column(self.output, self._result, self.output_channel))

    def _column(self, grid: TypedGrid, shown: QWidget, below: QWidget) -> QVBoxLayout:
        title: QLabel = self._titles[grid]
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(shown, 1)
        column.addWidget(below)
        return column


def _room_of(other: QWidget) -> QWidget:
    """Return a gap as high as another widget."""
    gap = QWidget()
    gap.setFixedHeight(other.sizeHint().height())
    gap.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return gap
