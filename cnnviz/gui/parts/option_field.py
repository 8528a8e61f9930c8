"""One value to choose as a row of a form: its editor, and beneath it why what it says is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.labels import Whole, repolish
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.tick_list import TickList


class Choosable(Protocol):
    """What a field needs to know of a value: the catalogue's options and the settings of training are such rows."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def kind(self) -> str:
        """With "bool" a tick, with "several" one for each choice, with "choice" a list, with "text" and choices a list
        to type into, else a line: with "path" one that is filled by dialogs too.
        """

    @property
    def minimum(self) -> float | None: ...
    @property
    def maximum(self) -> float | None: ...
    @property
    def choices(self) -> tuple[str, ...]: ...

    def check(self, value: object) -> object:
        """Return the value as its type, from text or from what a tick says.

        Raises:
            CnnvizError: it is refused.
        """


class NumberEdit(QLineEdit):
    """A whole number to type; the up and down keys step it."""

    def __init__(self, minimum: float | None, maximum: float | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._range = (-math.inf if minimum is None else minimum, math.inf if maximum is None else maximum)
        self.setMinimumWidth(48)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._step(step)

    def _step(self, step: int) -> None:
        low, high = self._range
        try:
            self.setText(str(min(max(int(self.text()) + step, low), high)))
        except ValueError:  # what stands there is no whole number
            return


class OptionField(QWidget):
    """Edits one value. It takes anything that is typed and says what is wrong with it, rather than refusing keys."""

    changed = Signal()

    def __init__(
        self,
        option: Choosable,
        value: object,
        empty: str = "",
        allowed: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        """Show ``value``.

        Args:
            empty: what it means that nothing stands in the field, shown there.
            allowed: the only numbers that the option takes, listed to choose from; empty: any in its range.
        """
        super().__init__(parent)
        self.option = option
        self._listed = option.choices or tuple(map(str, allowed))
        self._empty = empty
        self._editor = self._make_editor(value)
        self.setFocusProxy(self._editor)
        if isinstance(self._editor, QLineEdit):
            self._editor.setPlaceholderText(empty)
        self._editor.setToolTip(plain_tip(option.help))
        self._editor.setAccessibleName(option.label)
        self.reason = Whole("error")  # stands beneath the editor, unless a layout has more room for it
        self.reason.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._editor)
        column.addWidget(self.reason)

    @property
    def error_text(self) -> str:
        """Why the value is refused; empty when it is not."""
        return self.reason.text()

    @property
    def text(self) -> str:
        """What stands there, refused or not, as ``option.check`` reads it."""
        raw = self._raw()
        return raw if isinstance(raw, str) else "yes" if raw else "no"

    def value(self) -> object:
        """Return the checked value.

        Raises:
            CnnvizError: it is refused; the reason then stands beneath the field.
        """
        try:
            checked = self.option.check(self._raw())
        except CnnvizError as error:
            self.show_error(error)
            raise
        self.show_error(None)
        return checked

    def set_value(self, value: object) -> None:
        """Show another value, without saying that it changed."""
        blocked = self._editor.blockSignals(True)
        match self._editor:
            case QCheckBox():
                self._editor.setChecked(bool(value))
            case QComboBox():
                self._editor.setCurrentText(str(value))
            case QLineEdit():
                self._editor.setText(_text(value))
            case TickList():
                self._editor.set_text(_text(value))
        self._editor.blockSignals(blocked)
        self.show_error(None)

    def type_text(self, text: str) -> None:
        """Put ``text`` into the editor as if it had been typed; a list goes to the entry that reads so."""
        match self._editor:
            case QLineEdit():
                self._editor.setText(text)
            case QComboBox():
                self._editor.setCurrentText(text)
            case TickList():
                self._editor.set_text(text)

    def allow(self, why_not: str = "") -> None:
        """Let the value be edited; where there is a reason against it, it cannot, and its tip says why."""
        self.setEnabled(not why_not)
        self._editor.setToolTip(plain_tip(why_not or self.option.help))
        if isinstance(self._editor, QLineEdit):
            self._editor.setPlaceholderText("none here" if why_not else self._empty)

    def tick(self, on: bool) -> None:
        """Set a tick as if it had been clicked."""
        if isinstance(self._editor, QCheckBox):
            self._editor.setChecked(on)

    def show_error(self, error: CnnvizError | None) -> None:
        """Say beneath the field what is wrong; None: nothing is."""
        self.reason.setText("" if error is None else str(error))
        self.reason.setVisible(error is not None)
        self._editor.setProperty("invalid", error is not None)
        repolish(self._editor)

    def _raw(self) -> str | bool:
        match self._editor:
            case QCheckBox():
                return self._editor.isChecked()
            case QComboBox():
                return self._editor.currentText().strip()
            case TickList():
                return self._editor.text
            case _:
                return self._editor.text().strip()

    def _make_editor(self, value: object) -> QCheckBox | QComboBox | QLineEdit | TickList:
        if self.option.kind == "bool":
            box = QCheckBox(self.option.label)
            box.setChecked(bool(value))
            box.toggled.connect(self.changed)
            return box
        if self.option.kind == "several":
            ticks = TickList(self._listed, self.option.label)
            ticks.set_text(_text(value))
            ticks.changed.connect(self.changed)
            return ticks
        if self._listed:
            combo = QComboBox()
            combo.addItems(self._listed)
            combo.setEditable(self.option.kind == "text")
            combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            combo.setCurrentText(str(value))
            combo.currentTextChanged.connect(self.changed)
            return combo
        edit = self._make_line()
        edit.setText(_text(value))
        edit.textChanged.connect(self.changed)
        return edit

    def _make_line(self) -> QLineEdit:
        if self.option.kind == "path":
            from cnnviz.gui.parts.path_edit import PathEdit  # with a file dialog, which the first frame does without

            return PathEdit(self.option.label)
        return NumberEdit(self.option.minimum, self.option.maximum)


def _text(value: object) -> str:
    """A float in as many digits as give it back, as short as it goes."""
    return "" if value is None else repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
