"""Why one number is what it is: input × weight for one channel, the sums of all, the bias, the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.pixel.origin import Origin, origin_of
from cnnviz.gui.maps.term_grid import TermGrid
from cnnviz.gui.parts.labels import Caption, Elided, label
from cnnviz.gui.parts.looks import keep_width
from cnnviz.gui.parts.number_field import NumberField
from cnnviz.gui.parts.plain_tip import plain_tip

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
    from cnnviz.inspection.call import Call

_STEP = 700  # milliseconds that the window stays at one place while it slides
_MOST_TERMS = 6


class PixelPanel(QWidget):
    """Shows the arithmetic of one number; hidden until there is one."""

    closed = Signal()
    next_wanted = Signal()  # the window slides on
    input_wanted = Signal(object)  # Origin: why an input is what it is is to be seen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Arithmetic | None = None
        self._calls: Sequence[Call] = ()
        self.title = label("", "heading")
        self.formula = Elided()
        self.result = label("", "heading", wrap=True, selectable=True)
        self.sums = label("", "muted", wrap=True)
        self.terms = label("", "plain", selectable=True)
        self.terms.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.where, self.readout = label("", "muted"), Caption(1)
        self.inputs, self.kernel, self.products = map(TermGrid, ("Input", "Kernel", "Products"))
        self.channel = NumberField()
        self.channel.setAccessibleName("Input channel")
        keep_width(self.channel, 64)
        self.channel.number_chosen.connect(self._show_patch)
        self._of = label("Input map", "muted")
        self.play = QPushButton("Slide")
        self.play.setCheckable(True)
        self.play.setToolTip("Slide the window over the map")
        self.follow = QPushButton("Follow input")
        self.follow.setToolTip(
            "Why the input that adds most is what it is, a layer before. Click another to follow that."
        )
        self.follow.clicked.connect(self._follow_largest)
        self._clock = QTimer(self, interval=_STEP)
        self._clock.timeout.connect(self.next_wanted)
        self.play.toggled.connect(self._slide)
        self._parts = QStackedWidget()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a copy is of what was clicked last
        self.inputs.cell_clicked.connect(self._follow_cell)
        self._lay_out()
        self.hide()

    def show_arithmetic(self, found: Arithmetic | CnnvizError | None, calls: Sequence[Call] = ()) -> None:
        """Show it, or why there is none; None: close. ``calls`` are its report's: by them an input is followed back."""
        self._calls = calls
        self.setVisible(found is not None)
        if found is None or isinstance(found, CnnvizError):
            self._found = None
            self.play.setChecked(False)
            self._parts.setCurrentIndex(1)
            self.title.setText("Why this number")
            for each in (self.formula, self.result):
                each.clear()
            self.terms.setText("" if found is None else str(found))
            self.follow.hide()
            return
        self.play.setVisible(found.terms.window is not None)
        if found.terms.window is None:
            self.play.setChecked(False)
        self.follow.setVisible(self._origin(found, _largest_of(found)) is not None)
        new = self._found is None or self._found.call != found.call
        self._found = found
        where = f"{found.layer or 'the network'} ({found.kind}), {found.place_words}"
        self.title.setText(f"Why {value_text(found.value)}: {where}")
        self.formula.setText(found.formula)
        self.formula.setToolTip(plain_tip(found.formula))
        self.result.setText(_result(found))
        self._parts.setCurrentIndex(0 if found.terms.window else 1)
        beside: tuple[QWidget, ...] = (self._of, self.channel, self.sums, self.readout)
        for widget in beside:
            widget.setVisible(found.terms.window is not None)
        if found.terms.window:
            self.channel.set_last(found.terms.window[0] - 1)
            if new:
                self.channel.choose(0)
            self._show_patch()
        else:
            self.terms.setText(_largest(found))

    @Slot()
    def _show_patch(self) -> None:
        if self._found is None or self._found.terms.window is None:
            return
        terms, at = self._found.terms, self.channel.number
        inputs, weights, products = (terms.patches(each) for each in (terms.input, terms.weight, terms.product))
        padded = terms.patches(terms.padded.astype(np.float64))[at] > 0
        self.inputs.show_numbers(inputs[at], padded)
        self.kernel.show_numbers(weights[at], most=float(np.abs(weights).max()))
        self.products.show_numbers(products[at], padded, most=float(np.abs(products).max()))
        for grid in (self.inputs, self.kernel, self.products):
            grid.setToolTip("")  # the term that is pointed at is said beside them
            grid.point_at(None)
        number = int(terms.patches(terms.channel.astype(np.float64))[at, 0, 0])
        name = self._found.channel_words(number).capitalize()
        self.sums.setText(f"{name} of the input adds {value_text(float(products[at].sum()))}.")
        rows, columns = (terms.patches(each.astype(np.float64))[at].astype(int) for each in (terms.row, terms.column))
        self.where.setText(f"Input, rows {_span(rows)}, columns {_span(columns)}")
        self._rest()

    @Slot(object)
    def _point(self, cell: tuple[int, int] | None) -> None:
        """Frame one term in all three, and say it."""
        for grid in (self.inputs, self.kernel, self.products):
            grid.point_at(cell)
        if cell is None or self._found is None or self._found.terms.window is None:
            self._rest()
            return
        terms, at = self._found.terms, (self.channel.number, *cell)
        value, weight, made = (float(terms.patches(each)[at]) for each in (terms.input, terms.weight, terms.product))
        padded = terms.patches(terms.padded.astype(np.float64))[at] > 0
        times = "" if np.isnan(weight) else f" × {value_text(weight)}"
        said = "padding" if padded and not np.isfinite(value) else f"{value_text(value)}{times} = {value_text(made)}"
        self.readout.setText(f"{said}, padding" if padded and np.isfinite(value) else said)

    def _rest(self) -> None:
        self.readout.setText("Point at a cell for its term.")

    @Slot(bool)
    def _slide(self, on: bool) -> None:
        self.play.setText("Pause" if on else "Slide")
        self._clock.start() if on else self._clock.stop()

    @Slot()
    def _follow_largest(self) -> None:
        if self._found is not None:
            self._follow(_largest_of(self._found))

    @Slot(object)
    def _follow_cell(self, cell: tuple[int, int]) -> None:
        if self._found is not None and self._found.terms.window is not None:
            self._follow(int(np.ravel_multi_index((self.channel.number, *cell), self._found.terms.window)))

    def _follow(self, term: int) -> None:
        if self._found is not None and (origin := self._origin(self._found, term)) is not None:
            self.play.setChecked(False)
            self.input_wanted.emit(origin)

    def _origin(self, found: Arithmetic, term: int) -> Origin | None:
        return origin_of(found, self._calls, term) if self._calls else None

    @Slot()
    def close_it(self) -> None:
        self.play.setChecked(False)
        self.closed.emit()

    def _lay_out(self) -> None:
        close = QToolButton()
        close.setText("×")
        close.setToolTip("Close (Esc)")
        close.setAccessibleName("Close")
        close.clicked.connect(self.close_it)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.formula, 1)
        head.addWidget(self.follow)
        head.addWidget(self.play)
        head.addWidget(close)
        self._parts.addWidget(self._patches())
        self._parts.addWidget(self.terms)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        body = QHBoxLayout()
        body.addWidget(self._parts, 3)
        body.addLayout(self._sides(), 1)
        column.addLayout(body, 1)

    def _sides(self) -> QVBoxLayout:
        chosen = QHBoxLayout()
        chosen.addWidget(self._of)
        chosen.addWidget(self.channel)
        chosen.addStretch(1)
        side = QVBoxLayout()
        side.addLayout(chosen)
        side.addWidget(self.sums)
        side.addWidget(self.result)
        side.addWidget(self.readout)
        side.addStretch(1)
        return side

    def _patches(self) -> QWidget:
        part = QWidget()
        grids = QHBoxLayout(part)
        grids.setContentsMargins(0, 0, 0, 0)
        for grid, name, after in (
            (self.inputs, self.where, "×"),
            (self.kernel, label("Kernel", "muted"), "="),
            (self.products, label("Products", "muted"), ""),
        ):
            named = QVBoxLayout()
            named.setSpacing(2)
            named.addWidget(name, 0, Qt.AlignmentFlag.AlignHCenter)
            named.addWidget(grid, 1)
            grids.addLayout(named, 1)
            if after:
                grids.addWidget(label(after, "title"))
            grid.cell_pointed.connect(self._point)
        return part


def _largest_of(found: Arithmetic) -> int:
    """Return which term adds most."""
    return int(np.argmax(np.abs(np.nan_to_num(found.terms.product))))


def _span(places: npt.NDArray[np.int64]) -> str:
    return f"{places.min()} to {places.max()}" if places.min() < places.max() else f"{places.min()}"


def _result(found: Arithmetic) -> str:
    if found.x is not None:
        return f"{found.formula} = {value_text(found.computed)}"
    count, total = len(found.sums()), value_text(float(found.terms.product.sum()))
    terms = found.terms
    maps = "input maps" if terms.window or terms.row.any() or terms.column.any() else "features"
    of = f"sum over {count:,} {maps}" if count > 1 else "sum"
    added = "" if found.bias is None else f" + bias {value_text(found.bias)}"
    return f"{of} {total}{added} = {value_text(found.computed)}"


def _largest(found: Arithmetic) -> str:
    """The terms that matter most, a line each."""
    terms = found.terms
    if found.x is not None:
        at = f"row {terms.row[0]}, column {terms.column[0]}"
        return f"x = {value_text(found.x)}, the input's {found.channel_words(int(terms.channel[0]))}, {at}"
    order = np.argsort(-np.abs(terms.product), kind="stable")
    lines = []
    for at in order[:_MOST_TERMS]:
        weight = float(terms.weight[at])
        times = "" if np.isnan(weight) else f" × {value_text(weight)}"
        place = f", row {terms.row[at]}, column {terms.column[at]}" if terms.row.any() or terms.column.any() else ""
        name = found.channel_words(int(terms.channel[at])) if place else f"feature {terms.channel[at]}"
        where = f"{name}{place}"
        lines.append(f"{where}:  {value_text(float(terms.input[at]))}{times}  →  {value_text(terms.product[at])}")
    rest = terms.product[order[_MOST_TERMS:]]
    return "\n".join([*lines, f"{len(rest):,} more terms: {value_text(float(rest.sum()))}"] if len(rest) else lines)
