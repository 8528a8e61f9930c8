"""The options of one architecture, and the size of its input, as a form that the catalogue's declarations make."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.option_field import Choosable, OptionField
from cnnviz.zoo.catalog import Architecture, ModelSpec, Option, OptionValue, find, resolve
from cnnviz.zoo.inputs import Input, read_inputs, said

_SETTLE_MS = 150  # a pause in typing this long means that the value is meant


_PICTURE = ("height", "width")
_HELP = {
    "height": "Height of the picture, in pixels.",
    "width": "Width of the picture, in pixels.",
    "frames": "Pictures of the video, one after another.",
}


class _Inputs:
    """What a network of the user's takes, in one line as on the command line."""

    name, label, kind = "inputs", "Inputs", "text"
    help = (
        "C,H,W of a picture, the batch left out; one after another where forward takes several: 3,16,16 ():int64."
        " () is one number for each picture, :int64 says the kind of number."
    )
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> tuple[Input, ...]:
        return read_inputs(str(value))


class OptionsForm(QWidget):
    """Says which network is wanted once the values have settled and all of them are valid."""

    spec_edited = Signal(object)  # ModelSpec

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._architecture: Architecture | None = None
        self._shown: ModelSpec | None = None
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
        sizes = _sizes(architecture, spec)
        self._shown = spec
        if self._declaration != _declaration(architecture) or self._sizes.keys() != sizes.keys():
            self._rebuild(architecture, spec.options, sizes)
        elif not self._settle.isActive():  # else the user is typing: do not overwrite
            for name, value in spec.options.items():
                self._update(self._fields[name], value)
            for name, size in sizes.items():
                self._update(self._sizes[name], size)

    def show_unresolved(self, architecture: Architecture) -> None:
        """Show a network that cannot be built before an option without a default has a value."""
        self._shown = None
        usual = ModelSpec(
            architecture.name, {}, architecture.input_shape, architecture.further_inputs, architecture.dtypes
        )
        self._rebuild(architecture, {}, _sizes(architecture, usual))

    def show_error(self, error: CnnvizError | None) -> None:
        """Say under the form why the network as a whole is refused; None: it is not."""
        self._error.setText("" if error is None else str(error))
        self._error.setVisible(error is not None)

    def edited_spec(self) -> ModelSpec | None:
        """Return what the fields say; None, and each reason beside its field, when one is refused."""
        if self._architecture is None:
            return None
        values = {name: _value_or_none(field) for name, field in self._fields.items()}
        sizes = {name: _value_or_none(field) for name, field in self._sizes.items()}
        if any(value is None for value in (*values.values(), *sizes.values())):
            self.show_error(None)  # it was about values that are gone; the reason now stands beside the field
            return None
        try:
            spec = self._resolved(self._architecture, values, sizes)
        except CnnvizError as error:
            self.show_error(error)
            return None
        self.show_error(None)
        return spec

    def _resolved(
        self, architecture: Architecture, values: dict[str, object], sizes: Mapping[str, object]
    ) -> ModelSpec:
        if not architecture.is_own:
            shape = tuple(int(str(size)) for size in sizes.values())
            if self._channels_are_given:
                shape = (int(str(values.get("in_channels", architecture.input_shape[0]))), *shape)
            return resolve(architecture.name, values, shape)
        first, further, dtypes = said(read_inputs(self._sizes["inputs"].text))
        channels = values.get("in_channels")
        if first and channels is not None and channels != first[0]:  # the one that was edited says it for both
            if self._shown is not None and channels == self._shown.options.get("in_channels"):
                values = {**values, "in_channels": first[0]}
            else:
                first = (int(str(channels)), *first[1:])
        return resolve(architecture.name, values, first, further, dtypes)

    @property
    def _channels_are_given(self) -> bool:
        """True where the fields leave the channels to the architecture or to one of its options."""
        return self._sizes.keys() >= set(_PICTURE)

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
            field.set_value(_text(value))

    def _rebuild(
        self, architecture: Architecture, values: Mapping[str, OptionValue], sizes: Mapping[str, object]
    ) -> None:
        self._settle.stop()
        while self._form.rowCount():
            self._form.removeRow(0)
        self._architecture, self._declaration = architecture, _declaration(architecture)
        self._fields = {
            option.name: OptionField(option, values.get(option.name, option.default), allowed=option.allowed)
            for option in architecture.options
        }
        self._sizes = {name: OptionField(_size_option(name, size), _text(size)) for name, size in sizes.items()}
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


def _sizes(architecture: Architecture, spec: ModelSpec) -> dict[str, object]:
    """Return the sizes that have fields of their own: of a network of ours; of the user's, all inputs in one field."""
    if architecture.is_report:
        return {}
    if architecture.is_own:
        dtypes = (*spec.dtypes, *[""] * len(spec.inputs))
        return {"inputs": tuple(map(Input, spec.inputs, dtypes))}
    names = ("frames", *_PICTURE) if architecture.task == "video" else _PICTURE
    return dict(zip(names, spec.input_shape[1:], strict=True))


def _size_option(name: str, size: object) -> Choosable:
    if name == "inputs":
        return _Inputs()
    shown = "Frames" if name == "frames" else f"Input {name}"
    return Option(name, shown, "int", int(str(size)), _HELP[name], maximum=16384)


def _text(size: object) -> object:
    """Return what stands in a field."""
    return " ".join(map(str, size)) if isinstance(size, tuple) else size


def _value_or_none(field: OptionField) -> object:
    try:
        return field.value()
    except CnnvizError:
        return None
