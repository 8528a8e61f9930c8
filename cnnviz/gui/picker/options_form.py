"""The options of one architecture, and the size of its input, as a form that the catalogue's declarations make."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.zoo.catalog import Architecture, InputShape, ModelSpec, Option, OptionValue, find, resolve

_SETTLE_MS = 150  # a pause in typing this long means that the value is meant


_PICTURE = ("height", "width")
_HELP = {
    "height": "Height of the picture, in pixels.",
    "width": "Width of the picture, in pixels.",
    "frames": "Pictures of the video, one after another.",
    "channels": "1 for grey pictures, 3 for colour: what your network's first layer takes.",
}


class OptionsForm(QWidget):
    """Says which network is wanted once the values have settled and all of them are valid."""

    spec_edited = Signal(object)  # ModelSpec

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._architecture: Architecture | None = None
        self._declaration: tuple[object, ...] | None = None
        self._fields: dict[str, OptionField] = {}
        self._sizes: dict[str, OptionField] = {}  # apart: an option of the user's may be called "width" too
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._send)
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._error = label("", "error", wrap=True)  # below the form, which would cut a second line off
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._form)
        column.addWidget(self._error)

    @property
    def fields(self) -> dict[str, OptionField]:
        """The fields on show by the names of their options, "height" and "width" among them."""
        return self._fields | {name: field for name, field in self._sizes.items() if name not in self._fields}

    def show_spec(self, spec: ModelSpec) -> None:
        """Show the options and values of ``spec``; the fields stay where the options are the same."""
        architecture = find(spec.name)
        sizes = _sizes(architecture, spec.input_shape)
        if self._declaration != _declaration(architecture) or self._sizes.keys() != sizes.keys():
            self._rebuild(architecture, spec.options, spec.input_shape)
        elif not self._settle.isActive():  # else the user is typing: do not overwrite
            for name, value in spec.options.items():
                self._update(self._fields[name], value)
            for name, value in sizes.items():
                self._update(self._sizes[name], value)

    def show_unresolved(self, architecture: Architecture) -> None:
        """Show a network that cannot be built before an option without a default has a value."""
        self._rebuild(architecture, {}, architecture.input_shape)

    def show_error(self, error: CnnvizError | None) -> None:
        """Say under the form why the network as a whole is refused; None: it is not."""
        self._error.setText("" if error is None else str(error))
        self._error.setVisible(error is not None)

    def edited_spec(self) -> ModelSpec | None:
        """Return what the fields say; None, and each reason beside its field, when one is refused."""
        if self._architecture is None:
            return None
        values = {name: _value_or_none(field) for name, field in self._fields.items()}
        sizes = [_value_or_none(field) for field in self._sizes.values()]
        if any(value is None for value in (*values.values(), *sizes)):
            self.show_error(None)  # it was about values that are gone; the reason now stands beside the field
            return None
        shape = tuple(int(str(size)) for size in sizes)
        if self._channels_are_given:
            shape = (int(str(values.get("in_channels", self._architecture.input_shape[0]))), *shape)
        try:
            spec = resolve(self._architecture.name, values, shape)
        except CnnvizError as error:
            self.show_error(error)
            return None
        self.show_error(None)
        return spec

    @property
    def _channels_are_given(self) -> bool:
        """True where the fields leave the channels to the architecture or to one of its options."""
        return self._sizes.keys() >= set(_PICTURE) and "channels" not in self._sizes

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

    def _rebuild(self, architecture: Architecture, values: Mapping[str, OptionValue], shape: InputShape) -> None:
        self._settle.stop()
        while self._form.rowCount():
            self._form.removeRow(0)
        self._architecture, self._declaration = architecture, _declaration(architecture)
        self._fields = {
            option.name: OptionField(option, values.get(option.name, option.default), allowed=option.allowed)
            for option in architecture.options
        }
        self._sizes = {
            name: OptionField(_size_option(name, size), size) for name, size in _sizes(architecture, shape).items()
        }
        for field in self._fields.values():
            self._add_row(field)
        self._add_sizes(architecture)
        self.show_error(None)
        for field in (*self._fields.values(), *self._sizes.values()):
            field.changed.connect(self._wait_until_settled)

    def _add_row(self, field: OptionField) -> None:
        """A check box says what it is for by itself; the reason why a value is refused has the form's whole width."""
        if field.option.kind == "bool":
            self._form.addRow(field)
        else:
            self._form.addRow(field.option.label, field)
        self._form.addRow(field.reason)

    def _add_sizes(self, architecture: Architecture) -> None:
        if self._channels_are_given and "in_channels" not in self._fields:
            self._form.addRow("Input channels", label(f"{architecture.input_shape[0]} (colour)", "muted"))
        for name, field in self._sizes.items():
            if name not in _PICTURE:
                self._add_row(field)
        if self._sizes.keys() >= set(_PICTURE):
            self._form.addRow("Height × width", self._size_row())
            for name in _PICTURE:
                self._form.addRow(self._sizes[name].reason)

    def _size_row(self) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._sizes["height"], 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label("×", "muted"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._sizes["width"], 1, Qt.AlignmentFlag.AlignTop)
        return both


def _declaration(architecture: Architecture) -> tuple[object, ...]:
    """Return what decides which fields there are; a file of the user's may declare others when it is saved."""
    return architecture.name, architecture.options


def _sizes(architecture: Architecture, shape: InputShape) -> dict[str, int]:
    """Return the sizes that have fields of their own: a picture's channels only where no option sets them."""
    if architecture.task == "video":
        return dict(zip(("frames", *_PICTURE), shape[1:], strict=True))
    if len(shape) != 3:
        return {f"axis {position}": size for position, size in enumerate(shape, start=1)}
    height_and_width = dict(zip(_PICTURE, shape[1:], strict=True))
    free = architecture.is_own and architecture.option("in_channels") is None
    return {"channels": shape[0], **height_and_width} if free else height_and_width


def _size_option(name: str, size: int) -> Option:
    shown = "Frames" if name == "frames" else f"Input {name}"
    about = _HELP.get(name, "Size of the input along this axis, the batch left out.")
    return Option(name, shown, "int", size, about, maximum=16384)


def _value_or_none(field: OptionField) -> object:
    try:
        return field.value()
    except CnnvizError:
        return None
