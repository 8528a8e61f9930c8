"""A whole number in a range, typed or stepped through with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class NumberField(QLineEdit):
    """A QSpinBox without buttons would do, but under a style sheet Qt paints its number outside the field."""

    number_chosen = Signal(object)  # int

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._validator = QIntValidator(0, 0, self)
        self.setValidator(self._validator)
        self.editingFinished.connect(self._take_text)
        self._show()

    @property
    def number(self) -> int:
        """The number chosen last."""
        return self._number

    def set_last(self, last: int) -> None:
        """Allow 0 to ``last``; a larger number becomes ``last``, and nothing is said about it."""
        self._validator.setTop(last)
        self._number = min(self._number, last)
        self._show()

    def show_number(self, number: int, last: int) -> None:
        """Show a number that was chosen elsewhere, of 0 to ``last``; nothing is said about it."""
        self._validator.setTop(last)
        self._number = max(0, min(number, last))
        self._show()

    def choose(self, number: int) -> None:
        """Choose a number, or the nearest that is allowed."""
        allowed = max(0, min(number, self._validator.top()))
        changed = allowed != self._number
        self._number = allowed
        self._show()
        if changed:
            self.number_chosen.emit(allowed)

    @Slot()
    def step_up(self) -> None:
        """Choose the next number."""
        self.choose(self._number + 1)

    @Slot()
    def step_down(self) -> None:
        """Choose the number before."""
        self.choose(self._number - 1)

    @Slot()
    def _take_text(self) -> None:
        self.choose(int(self.text()) if self.text().isdecimal() else self._number)

    def _show(self) -> None:
        self.setText(str(self._number))

    # Overrides of Qt.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Up:
                self.step_up()
            case Qt.Key.Key_Down:
                self.step_down()
            case _:
                super().keyPressEvent(event)
