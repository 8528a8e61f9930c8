"""Which of a call's outputs, tokens and slices is shown; seen only where there is something to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from cnnviz import units
from cnnviz.feature_maps.output_layout import FIRST_PART, MAPS, Layout, Part
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.call import Shape


class PartBar(QWidget):
    """A row of choices, as far as there are any."""

    part_chosen = Signal(object)  # Part

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part = FIRST_PART
        self._layout = MAPS
        self.outputs = ElidedCombo()
        self.outputs.setAccessibleName("Output")
        self.outputs.setToolTip("The layer returned several tensors: which of them is shown")
        self.tokens = ElidedCombo()
        self.tokens.setAccessibleName("Tokens")
        self.tokens.setToolTip("The tokens of the picture as a grid, or one that stands apart")
        self.slices = QSlider(Qt.Orientation.Horizontal)
        self.slices.setAccessibleName("Slice")
        self.slices.setMinimumWidth(80)
        self.number = label("", "muted")
        for chooser in (self.outputs, self.tokens):
            chooser.setMinimumWidth(80)
            chooser.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.outputs.activated.connect(self._choose_output)
        self.tokens.activated.connect(self._choose_token)
        self.slices.valueChanged.connect(self._choose_slice)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        for each in (self.outputs, self.tokens, self.number):
            row.addWidget(each)
        row.addWidget(self.slices, 1)
        self.hide()

    def offer(self, shapes: Sequence[Shape], layout: Layout, part: Part) -> None:
        """Offer what a call returned; ``part`` is shown, and ``layout`` is its output's."""
        self._layout, self._part = layout, part
        self.outputs.clear()
        self.outputs.addItems([f"Output {number} · {units.shape(shape)}" for number, shape in enumerate(shapes)])
        self.outputs.setCurrentIndex(part.output)
        self.tokens.clear()
        grid = "{} × {} tokens".format(*layout.grid) if layout.grid[0] > 1 else f"{prod(layout.grid):,} tokens"
        self.tokens.addItems([grid, *map(layout.token_name, range(layout.apart))])
        self.tokens.setCurrentIndex(0 if part.token is None else 1 + part.token)
        with QSignalBlocker(self.slices):
            self.slices.setRange(0, layout.slices - 1)
            self.slices.setValue(part.slice)
        self._say_slice()
        self._show(len(shapes) > 1, layout.apart > 0, layout.slices > 1)

    def clear(self) -> None:
        """Offer nothing."""
        self.hide()

    def _show(self, outputs: bool, tokens: bool, slices: bool) -> None:
        self.outputs.setVisible(outputs)
        self.tokens.setVisible(tokens)
        for each in (self.slices, self.number):
            each.setVisible(slices)
        self.setVisible(outputs or tokens or slices)

    def _say_slice(self) -> None:
        what = "Slice" if self._layout.along == "depth" else "Item"
        self.number.setText(f"{what} {self.slices.value()} of 0 – {self.slices.maximum()}")
        tip = "Slices of the maps along their depth" if what == "Slice" else "What lies along the output's first axis"
        self.slices.setToolTip(plain_tip(tip))

    @Slot(int)
    def _choose_output(self, output: int) -> None:
        self._choose(Part(output))

    @Slot(int)
    def _choose_token(self, at: int) -> None:
        self._choose(replace(self._part, token=None if at == 0 else at - 1))

    @Slot(int)
    def _choose_slice(self, at: int) -> None:
        self._say_slice()
        self._choose(replace(self._part, slice=at))

    def _choose(self, part: Part) -> None:
        if part != self._part:
            self._part = part
            self.part_chosen.emit(part)
