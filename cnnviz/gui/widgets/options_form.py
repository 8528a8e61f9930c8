"""The options of one architecture, and the size of its input, as a form that the catalogue's declarations make."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.widgets.form_options import NumberOption
from cnnviz.gui.widgets.labels import label
from cnnviz.gui.widgets.option_field import OptionField
from cnnviz.zoo.catalog import Architecture, ModelSpec, find, resolve

_SETTLE_MS = 150  # a pause in typing this long means that the value is meant


class OptionsForm(QWidget):
    """Says which network is wanted once the values have settled and all of them are valid."""

    spec_edited = Signal(object)  # ModelSpec

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._architecture: Architecture | None = None
        self._fields: dict[str, OptionField] = {}
        self._height = self._width = OptionField(_size_option("height"), 1)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._send)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self._error = label("", "error", wrap=True)

    @property
    def fields(self) -> dict[str, OptionField]:
        """The fields on show by the names of their options, "height" and "width" among them."""
        return {**self._fields, "height": self._height, "width": self._width}

    def show_spec(self, spec: ModelSpec) -> None:
        """Show the options and values of ``spec``; the fields stay where the architecture is the same."""
        if self._architecture is None or self._architecture.name != spec.name:
            self._rebuild(find(spec.name), spec)
        elif not self._settle.isActive():  # else the user is typing: do not overwrite
            for name, value in spec.options.items():
                self._update(self._fields[name], value)
            self._update(self._height, spec.input_shape[1])
            self._update(self._width, spec.input_shape[2])

    def show_error(self, error: CnnvizError | None) -> None:
        """Say under the form why the network as a whole is refused; None: it is not."""
        self._error.setText("" if error is None else str(error))
        self._error.setVisible(error is not None)

    def edited_spec(self) -> ModelSpec | None:
        """Return what the fields say; None, and each reason beside its field, when one is refused."""
        if self._architecture is None:
            return None
        values = {name: _value_or_none(field) for name, field in self.fields.items()}
        if any(value is None for value in values.values()):
            return None
        height, width = int(str(values.pop("height"))), int(str(values.pop("width")))
        channels = int(str(values.get("in_channels", self._architecture.input_shape[0])))
        try:
            spec = resolve(self._architecture.name, values, (channels, height, width))
        except CnnvizError as error:
            self.show_error(error)
            return None
        self.show_error(None)
        return spec

    @Slot()
    def _send(self) -> None:
        spec = self.edited_spec()
        if spec is not None:
            self.spec_edited.emit(spec)

    @Slot()
    def _wait_until_settled(self) -> None:
        self._settle.start()

    def _update(self, field: OptionField, value: object) -> None:
        if _value_or_none(field) != value:
            field.set_value(value)

    def _rebuild(self, architecture: Architecture, spec: ModelSpec) -> None:
        self._settle.stop()
        self._error.setParent(None)  # stays: the rows around it go
        while self._form.rowCount():
            self._form.removeRow(0)
        self._architecture = architecture
        self._fields = {option.name: OptionField(option, spec.options[option.name]) for option in architecture.options}
        self._height = OptionField(_size_option("height"), spec.input_shape[1])
        self._width = OptionField(_size_option("width"), spec.input_shape[2])
        for field in self._fields.values():
            self._form.addRow("" if field.option.kind == "bool" else field.option.label, field)
        if "in_channels" not in self._fields:
            self._form.addRow("Input channels", label(f"{architecture.input_shape[0]} (colour)", "muted"))
        self._form.addRow("Height × width", self._size_row())
        self._form.addRow(self._error)
        self.show_error(None)
        for field in self.fields.values():
            field.changed.connect(self._wait_until_settled)

    def _size_row(self) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._height, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label("×", "muted"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._width, 1, Qt.AlignmentFlag.AlignTop)
        return both


def _size_option(name: str) -> NumberOption:
    return NumberOption(name, f"Input {name}", f"{name.capitalize()} of the picture, in pixels.", "int", 1, 16384)


def _value_or_none(field: OptionField) -> object:
    try:
        return field.value()
    except CnnvizError:
        return None
