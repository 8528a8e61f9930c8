"""The learning rate over the run that the form asks for, before there is one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.parts.plots.plot_content import PlotContent, Series
from cnnviz.gui.parts.plots.plot_view import PlotView
from cnnviz.gui.theme import plot_colors_of
from cnnviz.training.schedules import LearningRate, find_schedule

_HEIGHT = 120  # pixels, in text of the usual size
_POINTS = 300
_STEPS = 100  # an epoch: how many there will be is for the data to say, and changes nothing that is seen here
_DRAWN = (1e-12, 1e12)  # learning rates that an axis can show


class RatePreview(QWidget):
    """Follows the fields by ``show_rate``; a value that is refused leaves an empty plot."""

    def __init__(self, fields: Mapping[str, OptionField], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = fields
        self.view = PlotView()
        self.view.setAccessibleName("Learning rate over the run")
        self.view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the wheel scrolls the form
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(label("Learning rate over the run", "caption"))
        column.addWidget(self.view)
        follow_looks(self, self._dress)

    @Slot()
    def show_rate(self) -> None:
        """Draw what the fields say now."""
        try:
            epochs, rate = self._planned()
        except CnnvizError:
            self.view.show_content(PlotContent("epoch"))
            return
        points = rate.over_run(_POINTS) if _DRAWN[0] <= rate.base <= _DRAWN[1] else []
        done, rates = np.array(points, np.float64).reshape(-1, 2).T
        line = Series("learning rate", done / _STEPS, rates, plot_colors_of(self.palette()).train)
        self.view.show_content(PlotContent("epoch", (line,), x_end=float(epochs)))

    def _planned(self) -> tuple[int, LearningRate]:
        """Return the epochs, and the course of the learning rate.

        Raises:
            CnnvizError: a value is refused.
        """
        names = ("epochs", "warm_up", "learning_rate", "schedule")
        epochs, warm_up, base, schedule = (self._fields[name].option.check(self._fields[name].text) for name in names)
        steps = int(str(epochs)) * _STEPS
        made = LearningRate(find_schedule(str(schedule)), float(str(base)), steps, int(str(warm_up)) * _STEPS)
        return steps // _STEPS, made

    def _dress(self) -> None:
        self.view.setFixedHeight(room_for_text(self, _HEIGHT))
        self.show_rate()
