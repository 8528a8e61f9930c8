"""Finding a learning rate, beside its field: a button, then the loss over the rate as it is tried, and what follows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import Whole
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.plots.plot_axis import Axis
from cnnviz.gui.parts.plots.plot_content import Level, PlotContent, Series
from cnnviz.gui.parts.plots.plot_view import PlotView
from cnnviz.gui.theme import plot_colors_of
from cnnviz.training.rate_curve import QUICK, RangeTest, RateTried, Sweep

_HEIGHT = 170  # pixels, in text of the usual size
_HINT = "Try rates from 1e-7 to 10 on a copy of the network: the loss shows which suits it"
_BUSY = "A run needs the processors for itself: find a rate before it, or after it"
_ABOVE = 1.3  # times the loss at the beginning: what diverges is not looked at


class RateFinder(QWidget):
    """Shows what it is told; somebody else does the work. Its plot takes no room before it is asked for."""

    wanted = Signal()
    cancelled = Signal()

    def __init__(self, field: OptionField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._tried: list[RateTried] = []
        self._found: RangeTest | None = None
        self._running = False
        self.find_button = QPushButton("Find a rate…")
        self.use_button = QPushButton("Use it")
        self.use_button.setToolTip("Type the suggested rate into the field")
        self.use_button.setAccessibleName("Use this rate")
        self.end_button = QPushButton("Cancel")
        self.said, self.measure = Whole("caption"), Whole("caption")
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setMinimumWidth(1)
        self.measure.setText("Loss of each step, in nats, and smoothed")
        self.view = PlotView()
        self.view.setAccessibleName("Loss over the learning rate")
        self.view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the wheel scrolls the form
        self.find_button.clicked.connect(self.wanted)
        self.use_button.clicked.connect(self._use)
        self.end_button.clicked.connect(self._end)
        self._lay_out()
        follow_looks(self, self._dress)
        self._show_parts()
        self.allow(True)

    @property
    def running(self) -> bool:
        """Whether rates are being tried."""
        return self._running

    def allow(self, on: bool) -> None:
        """Offer to find a rate, or not: a run needs the processors for itself."""
        self.find_button.setEnabled(on and not self._running)
        self.find_button.setToolTip(plain_tip(_HINT if on else _BUSY))

    def begin(self, doing: str) -> None:
        """Show that a test has begun."""
        self._tried, self._found, self._running = [], None, True
        self.say(doing)
        self._show_parts()
        self._draw()

    def say(self, doing: str) -> None:
        """Say what is done before the first rate."""
        self.said.setText(doing)

    def add(self, tried: RateTried) -> None:
        """Show one more rate; the first of a sweep takes the place of those of the one before."""
        if tried.number == 1:
            self._tried = []
        self._tried.append(tried)
        slower = "" if tried.sweep is QUICK else " It learned nothing in 100 steps: more slowly now."
        self.said.setText(f"Step {tried.number} of {tried.sweep.steps}, rate {tried.rate:.2g}.{slower}")

    def show_newest(self) -> None:
        """Draw what was added."""
        self._draw()

    def end_with(self, found: RangeTest | None) -> None:
        """Show what came of it; None: nothing, it was cancelled or failed."""
        self._running, self._found = False, found
        self.said.setText("" if found is None else found.sentence)
        self._show_parts()
        self._draw()

    @Slot()
    def _use(self) -> None:
        if self._found is not None and self._found.suggested is not None:
            self._field.type_text(f"{self._found.suggested:g}")
            self._field.setFocus()

    @Slot()
    def _end(self) -> None:
        if self._running:
            self.cancelled.emit()
        else:
            self.end_with(None)

    def _show_parts(self) -> None:
        shown = self._running or self._found is not None
        for part in (self.said, self.measure, self.view, self.end_button):
            part.setVisible(shown)
        self.use_button.setVisible(self._found is not None and self._found.suggested is not None)
        self.end_button.setText("Cancel" if self._running else "Close")
        self.find_button.setEnabled(not self._running)

    def _draw(self) -> None:
        colors = plot_colors_of(self.palette())
        sweep: Sweep = self._tried[0].sweep if self._tried else QUICK
        rates = np.array([each.rate for each in self._tried], np.float64)
        losses = np.array([each.loss for each in self._tried], np.float64)
        lines = [Series("loss", rates, losses, colors.train_faint if self._found else colors.train)]
        places: tuple[Level, ...] = ()
        if self._found is not None:
            even = np.array(self._found.smoothed, np.float64)
            lines.append(Series("smoothed", np.array(self._found.rates, np.float64), even, colors.test))
            if self._found.suggested is not None:
                places = (Level(self._found.suggested, f"{self._found.suggested:g}"),)
        sound = losses[np.isfinite(losses)]
        top = _ABOVE * float(sound[0]) if len(sound) else 1.0
        axis = Axis(sweep.lowest, sweep.highest, True)
        content = PlotContent("learning rate", tuple(lines), places=places, bounds=(0.0, top), x_limits=axis)
        self.view.show_content(content)

    def _dress(self) -> None:
        self.view.setFixedHeight(room_for_text(self, _HEIGHT))
        self._draw()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        buttons = QHBoxLayout()
        for button in (self.find_button, self.use_button, self.end_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addWidget(self.measure)
        column.addWidget(self.view)
        column.addWidget(self.said)
