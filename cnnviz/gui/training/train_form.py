"""What a run is asked to do, as a form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui import dialogs
from cnnviz.gui.parts.fold import Fold
from cnnviz.gui.parts.form_options import FieldOption, NumberOption
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.training.data_chooser import DataChooser
from cnnviz.places import runs_folder
from cnnviz.training.config import INITIALISATIONS, OPTIMIZERS, PRECISIONS, TrainConfig, checked
from cnnviz.zoo.catalog import ModelSpec, Option, OptionValue, find

_DEFAULTS = TrainConfig("", "")
_LARGE = 20_000_000  # parameters: beyond it a step takes long without a GPU

_MAIN: tuple[FieldOption, ...] = (
    NumberOption("epochs", "Epochs", "How often every training image is shown.", "int", 1, 1_000_000),
    NumberOption("batch_size", "Batch size", "Images for each step of the optimizer.", "int", 1, 1_000_000),
    Option("optimizer", "Optimizer", "choice", "adam", "How a gradient becomes a step.", choices=OPTIMIZERS),
    NumberOption(
        "learning_rate",
        "Learning rate",
        "How far each step goes. 0.001 suits Adam, 0.01 to 0.1 SGD.",
        "float",
        0,
        1000,
        above_minimum=True,
    ),
    NumberOption(
        "resize",
        "Resize to",
        "Height and width in pixels that every picture is brought to.",
        "int",
        1,
        16384,
        empty="the network's input",
    ),
)
_ADVANCED: tuple[FieldOption, ...] = (
    Option("init", "Initial weights", "choice", "default", "PyTorch's own, or Xavier's.", choices=INITIALISATIONS),
    NumberOption("momentum", "Momentum", "Share of the last step that the next one keeps; SGD only.", "float", 0, 1),
    NumberOption("weight_decay", "Weight decay", "Pulls weights towards 0.", "float", 0, 1000),
    NumberOption("limit", "Images at most", "Train on the first so many images.", "int", 1, 10**9, empty="all"),
    NumberOption("seed", "Seed", "The same seed gives the same weights and order of images.", "int", 0, 2**63 - 1),
    Option(
        "device",
        "Device",
        "choice",
        "auto",
        "auto: the GPU where there is one.",
        choices=("auto", "cpu", "cuda", "mps"),
    ),
    Option("precision", "Precision", "choice", "auto", "auto: whichever is fastest here.", choices=PRECISIONS),
    Option("deterministic", "Bit for bit repeatable (slower)", "bool", False, "The same run twice ends the same."),
)


class TrainForm(QWidget):
    """Makes a TrainConfig for the network that is picked."""

    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec: ModelSpec | None = None
        self._runs = runs_folder()
        self.data = DataChooser()
        self.fields = {option.name: _field(option) for option in (*_MAIN, *_ADVANCED)}
        self._model = label("No network is picked yet.", "heading", wrap=True)
        self._options = label("", "caption", wrap=True)
        self._size_note = label("", "caption", wrap=True)
        self._cost_note = label("", "caption", wrap=True)
        self._cost_note.hide()
        self._folder_note = label("", "caption", wrap=True, selectable=True)
        self.data.changed.connect(self._describe_size)
        self.fields["resize"].changed.connect(self._describe_size)
        self._lay_out()
        self.keep_runs_in(self._runs)

    @property
    def runs_folder(self) -> Path:
        """Where a new run gets its folder."""
        return self._runs

    def keep_runs_in(self, folder: Path) -> None:
        """Put new runs there."""
        self._runs = folder
        self._folder_note.setText(str(folder))

    def show_spec(self, spec: ModelSpec) -> None:
        """Train this network."""
        self._spec = spec
        self._model.setText(find(spec.name).title)
        self._options.setText(_options_text(spec))
        self.fields["resize"].set_value(_picture_size(spec))
        self._describe_size()

    def show_params(self, params: int) -> None:
        """Say what so many parameters mean for the time that training takes."""
        note = f"{units.short(params)} parameters: without a GPU each step takes seconds."
        if self._spec is not None and find(self._spec.name).option("width_divisor") is not None:
            note += " Width ÷ 8, in the picker's options, makes a small one that learns in minutes."
        self._cost_note.setText(note)
        self._cost_note.setVisible(params >= _LARGE)

    def config(self) -> TrainConfig:
        """Return what the form says.

        Raises:
            CnnvizError: a value is refused; the reason stands beside its field too.
        """
        if self._spec is None:
            raise CnnvizError("There is no network to train.", "Pick one at the left.")
        options = _decided(self._spec)
        values = _checked_values(self.fields)
        return checked(TrainConfig(model=self._spec.name, data=self.data.data, options=options, **values))

    @Slot()
    def _describe_size(self) -> None:
        found, spec = self.data.data_set, self._spec
        size = _whole(self.fields["resize"]) or (_picture_size(spec) if spec is not None else None)
        if found is None or size is None:
            self._size_note.setText("Smaller pictures train faster; the network must be able to take them.")
            return
        factor = (size / found.size) ** 2
        if factor > 1:
            times = f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"
            work = f"{times} times the work of the {found.size} × {found.size} pictures themselves"
            self._size_note.setText(f"{found.size} → {size} pixels: {work}. Smaller trains faster.")
        else:
            self._size_note.setText(f"{found.size} → {size} pixels.")

    def _choose_runs_folder(self) -> None:
        dialogs.ask_for_folder(self, "Where runs are kept", self.keep_runs_in, self._runs)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(label("Network", "caption"))
        column.addWidget(self._model)
        column.addWidget(self._options)
        column.addWidget(self._cost_note)
        column.addWidget(label("Data", "caption"))
        column.addWidget(self.data)
        column.addLayout(self._rows(_MAIN))
        column.addWidget(self._size_note)
        inner = QWidget()
        below = self._rows(_ADVANCED)
        below.setContentsMargins(0, 4, 0, 4)
        inner.setLayout(below)
        self.advanced = Fold("Advanced", inner)
        column.addWidget(self.advanced)
        column.addWidget(label("Runs are kept in", "caption"))
        column.addLayout(self._folder_row())
        column.addStretch(1)

    def _rows(self, options: tuple[FieldOption, ...]) -> QFormLayout:
        form = QFormLayout()
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for option in options:
            field = self.fields[option.name]
            if option.kind == "bool":
                form.addRow(field)
            else:
                form.addRow(_row_label(option), field)
        return form

    def _folder_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        change = QPushButton("Change…")
        change.clicked.connect(self._choose_runs_folder)
        row.addWidget(self._folder_note, 1)
        row.addWidget(change, 0, Qt.AlignmentFlag.AlignTop)
        return row


def _field(option: FieldOption) -> OptionField:
    return OptionField(option, getattr(_DEFAULTS, option.name))


def _row_label(option: FieldOption) -> QLabel:
    made = label(option.label)
    made.setToolTip(option.help)
    return made


def _decided(spec: ModelSpec) -> dict[str, OptionValue]:
    """Return the options to train with; a number of classes that nobody chose is left to the data, which know it."""
    classes = find(spec.name).option("num_classes")
    untouched = classes is not None and spec.num_classes == classes.default
    return {name: value for name, value in spec.options.items() if not (untouched and name == "num_classes")}


def _options_text(spec: ModelSpec) -> str:
    architecture = find(spec.name)
    parts = [f"input {units.shape(spec.input_shape)}"]
    for name, value in spec.options.items():
        option = architecture.option(name)
        if option is not None and name != "in_channels":
            shown = ("yes" if value else "no") if isinstance(value, bool) else value
            parts.append(f"{option.label} {shown}")
    return f"{', '.join(parts)}. Change it in the picker at the left."


def _picture_size(spec: ModelSpec) -> int | None:
    return spec.input_shape[1] if len(spec.input_shape) == 3 else None


def _whole(field: OptionField) -> int | None:
    try:
        value = field.value()
    except CnnvizError:
        return None
    return value if isinstance(value, int) else None


def _checked_values(fields: dict[str, OptionField]) -> dict[str, Any]:
    """Return every field's value; each that is refused says so beside itself, and the first one's reason is raised."""
    values: dict[str, Any] = {}
    errors: list[CnnvizError] = []
    for name, field in fields.items():
        try:
            values[name] = field.value()
        except CnnvizError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return values
