"""The settings as a form, the example to begin with, and numbers to fill in."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.playground.known_examples import KNOWN_EXAMPLES, KnownExample
from cnnviz.feature_maps.playground.operation import SETTINGS, TRANSPOSED, Operation, as_texts, from_texts
from cnnviz.feature_maps.playground.sliding import OpenedLayer
from cnnviz.gui.parts.labels import Caption, label, line
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.parts.plain_tip import plain_tip

FILLS = {"count": "0 1 2 …", "random": "Random", "clear": "0"}
FILLED = {"input": "Input", "kernel": "Kernel"}


class PlayForm(QWidget):
    """Says which operation is wanted as soon as every field holds a value that is none of the refused ones."""

    example_chosen = Signal(object)  # KnownExample
    operation_wanted = Signal(object)  # Operation
    colors_chosen = Signal()
    fill_wanted = Signal(str, str)  # of FILLED, of FILLS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        usual = as_texts(Operation())
        self.examples = QComboBox()
        self.examples.addItems([each.title for each in KNOWN_EXAMPLES])
        self.examples.setAccessibleName("Example")
        self.examples.setMinimumContentsLength(12)
        self.about = Caption(2)
        self.fields = {each.name: OptionField(each, usual[each.name]) for each in SETTINGS}
        self.color_maps = QComboBox()
        self.color_maps.addItems([colors.DIVERGING, *(name for name in colors.NAMES if name != colors.DIVERGING)])
        self.color_maps.setAccessibleName("Colours")
        self.color_maps.setToolTip("Of input and output. Diverging: blue below zero, white at zero, red above.")
        self.fills: dict[tuple[str, str], QToolButton] = {}
        self._form = QFormLayout()
        self._lay_out()
        self.examples.activated.connect(self._choose_example)
        self.color_maps.currentTextChanged.connect(self.colors_chosen)
        for field in self.fields.values():
            field.changed.connect(self._tell_wanted)

    @property
    def example(self) -> KnownExample:
        """What the numbers began with."""
        return KNOWN_EXAMPLES[max(0, self.examples.currentIndex())]

    @property
    def color_map(self) -> str:
        """How input and output are coloured."""
        return self.color_maps.currentText()

    def show_example(self, example: KnownExample) -> None:
        """Show what was chosen, without saying so."""
        self.examples.setCurrentText(example.title)
        self.about.setText(example.about)

    @Slot()
    def say_opening(self) -> None:
        """Say that a layer is on its way."""
        self.about.setText("Running the network up to this layer…")

    def show_opened(self, opened: OpenedLayer) -> None:
        """Say which layer the numbers are of."""
        self.examples.setPlaceholderText(opened.title)
        self.examples.setToolTip(plain_tip(opened.title))
        self.examples.setCurrentIndex(-1)
        self.about.setText(f"{opened.title}. {opened.about}")

    def show_operation(self, operation: Operation) -> None:
        """Show these settings, without saying so."""
        for name, text in as_texts(operation).items():
            self.fields[name].set_value(text)
        self._show_rows(operation)

    @Slot(int)
    def _choose_example(self, at: int) -> None:
        self.show_example(KNOWN_EXAMPLES[at])
        self.example_chosen.emit(KNOWN_EXAMPLES[at])

    @Slot()
    def _tell_wanted(self) -> None:
        refused = False
        for field in self.fields.values():
            try:
                field.value()
            except CnnvizError:  # the field says why
                refused = True
        if not refused:
            operation = from_texts({name: field.text for name, field in self.fields.items()})
            self._show_rows(operation)
            self.operation_wanted.emit(operation)

    def _show_rows(self, operation: Operation) -> None:
        """Hide what means nothing for this operation."""
        for name in ("output_channels", "groups", "bias"):
            self._form.setRowVisible(self.fields[name], operation.has_kernel)
        self._form.setRowVisible(self.fields["output_padding"], operation.kind == TRANSPOSED)
        for what in FILLS:
            self.fills["kernel", what].setEnabled(operation.has_kernel)

    def _lay_out(self) -> None:
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for field in self.fields.values():
            self._form.addRow(field.option.label, field)
        self._form.addRow("Colours", self.color_maps)
        for what, title in FILLED.items():
            self._form.addRow(f"Fill {title.lower()}", self._fill_row(what, title))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        column.addWidget(label("Example", "heading"))
        column.addWidget(self.examples)
        column.addWidget(self.about)
        column.addWidget(line())
        column.addSpacing(4)
        column.addLayout(self._form)
        column.addStretch(1)

    def _fill_row(self, what: str, title: str) -> QWidget:
        row = QWidget()
        inner = QHBoxLayout(row)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        for how, text in FILLS.items():
            button = QToolButton()
            button.setText(text)
            button.setAccessibleName(f"Fill the {title.lower()}: {text}")
            button.clicked.connect(partial(self.fill_wanted.emit, what, how))
            self.fills[what, how] = button
            inner.addWidget(button)
        inner.addStretch(1)
        return row
