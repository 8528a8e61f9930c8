"""One option of the catalogue as a row of a form: its editor, and beneath it why a value is refused."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.form_options import FieldOption
from cnnviz.gui.parts.labels import label, repolish


class NumberEdit(QLineEdit):
    """A whole number to type; the up and down keys step it."""

    def __init__(self, minimum: int, maximum: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._range = (minimum, maximum)
        self.setMinimumWidth(48)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif self.text().strip().lstrip("-").isdigit():
            low, high = self._range
            self.setText(str(min(max(int(self.text()) + step, low), high)))


class OptionField(QWidget):
    """Edits one value. It takes anything that is typed and says what is wrong with it, rather than refusing keys."""

    changed = Signal()

    def __init__(self, option: FieldOption, value: object, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = option
        self._editor = self._make_editor(value)
        self._editor.setToolTip(option.help)
        self._editor.setAccessibleName(option.label)
        self.reason = label("", "error", wrap=True)  # stands beneath the editor, unless a layout has more room for it
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
        self._editor.blockSignals(blocked)
        self.show_error(None)

    def type_text(self, text: str) -> None:
        """Put ``text`` into the editor as if it had been typed."""
        if isinstance(self._editor, QLineEdit):
            self._editor.setText(text)

    def show_error(self, error: CnnvizError | None) -> None:
        """Say beneath the field what is wrong; None: nothing is."""
        self.reason.setText("" if error is None else str(error))
        self.reason.setVisible(error is not None)
        self._editor.setProperty("invalid", error is not None)
        repolish(self._editor)

    def _raw(self) -> object:
        match self._editor:
            case QCheckBox():
                return self._editor.isChecked()
            case QComboBox():
                return self._editor.currentText()
            case _:
                return self._editor.text().strip()

    def _make_editor(self, value: object) -> QCheckBox | QComboBox | QLineEdit:
        match self.option.kind:
            case "bool":
                box = QCheckBox(self.option.label)
                box.setChecked(bool(value))
                box.toggled.connect(self.changed)
                return box
            case "choice":
                combo = QComboBox()
                combo.addItems(self.option.choices)
                combo.setCurrentText(str(value))
                combo.currentTextChanged.connect(self.changed)
                return combo
            case _:
                edit = NumberEdit(self.option.minimum, self.option.maximum)
                edit.setText(_text(value))
                edit.setPlaceholderText(getattr(self.option, "empty", ""))
                edit.textChanged.connect(self.changed)
                return edit


def _text(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
