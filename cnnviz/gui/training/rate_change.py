"""The learning rate of a run that is going on, to be changed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.commands import Command
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import keep_width
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.config import SETTINGS

_WIDTH = 90  # pixels, in text of the usual size
_HELP = "Another one counts from the next step on; the schedule goes on as factors of it."


class RateChange(QWidget):
    """A field and a button, which can be pressed once the field says another rate."""

    wanted = Signal(float)  # what the schedule is to multiply from now on

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = next(row for row in SETTINGS if row.name == "learning_rate")
        self.field = OptionField(replace(row, help=_HELP), None)
        self.button = QPushButton("Change")
        self.button.setToolTip(plain_tip(_HELP))
        self._rate: float | None = None  # of the run; None: not known yet
        keep_width(self.field, _WIDTH)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for part in (label("Learning rate", "caption"), self.field, self.button, self.field.reason):
            line.addWidget(part)
        line.addStretch(1)
        self.field.changed.connect(self._judge)
        self.button.clicked.connect(self._ask)
        for editor in self.field.findChildren(QLineEdit):
            editor.returnPressed.connect(self.button.click)
        self._judge()

    def show_rate(self, rate: float) -> None:
        """Say what the run learns with."""
        self._rate = rate
        self.field.set_value(rate)
        self._judge()

    def command(self) -> Command:
        """Return the change as a command, usable while the field can be seen."""
        return Command("training.rate", "Change the learning rate of the run", self._go_there, enabled=self._is_offered)

    @Slot()
    def _judge(self) -> None:
        try:
            self.button.setEnabled(self._rate is not None and self.field.value() != self._rate)
        except CnnvizError:
            self.button.setEnabled(False)

    @Slot()
    def _ask(self) -> None:
        self.button.setEnabled(False)
        self.wanted.emit(self.field.value())

    def _is_offered(self) -> bool:
        return self._rate is not None and not self.isHidden()

    def _go_there(self) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
