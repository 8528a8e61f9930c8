"""What a run is asked to do, as a form."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui import dialogs
from cnnviz.gui.data.data_chooser import DataChooser
from cnnviz.gui.data.data_look import Look
from cnnviz.gui.parts.fold import Fold
from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.tall_column import TallColumn
from cnnviz.gui.training.field_values import checked_values, whole
from cnnviz.gui.training.rate_finder import RateFinder
from cnnviz.gui.training.rate_preview import RatePreview
from cnnviz.gui.training.recipe_chooser import RecipeChooser
from cnnviz.gui.training.showing_preview import ShowingPreview
from cnnviz.gui.training.spec_words import decided, options_text, params_text, picture_size
from cnnviz.gui.training.usual_values import UsualValues
from cnnviz.places import runs_folder
from cnnviz.training.config import SETTINGS, TrainConfig, checked
from cnnviz.training.optimizers import OPTIMIZERS, find_optimizer
from cnnviz.training.recipes import Recipe, recipes_for
from cnnviz.training.settings import Place, Setting
from cnnviz.zoo.catalog import ModelSpec, find, resolve


class TrainForm(QWidget):
    """Makes a TrainConfig for the network that is picked."""

    start_requested = Signal()
    changed = Signal()  # something that it says
    part_wanted = Signal(object)  # QWidget: what is to be in sight
    spec_wanted = Signal(object)  # ModelSpec: the network that is picked, as a recipe has it
    look_changed = Signal(object)  # Look | None: of the data, as the network that is picked will see them

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._spec: ModelSpec | None = None
        self._runs, self._has_dropout = runs_folder(), True
        self.data = DataChooser()
        self.fields = {row.name: OptionField(row, row.default, row.empty) for row in SETTINGS if row.place != "apart"}
        self.recipe = RecipeChooser()
        self._model = label("No network is picked yet.", "heading", wrap=True)
        self._options = Caption(2)
        self._size_note = Caption(2)
        self._cost_note = Caption(2)
        self._folder_note = label("", "caption", wrap=True, selectable=True)
        self._folder_note.setMinimumWidth(1)  # else a folder's long name would widen the form
        self.data.changed.connect(self._describe_size)
        self.data.changed.connect(self.changed)
        self.fields["resize"].changed.connect(self._describe_size)
        self.fields["limit"].changed.connect(self._tell_look)
        self._usual = UsualValues(self.fields, self)
        self.fields["optimizer"].changed.connect(self._enable_what_the_optimizer_uses)
        self.rate = RatePreview(self.fields)
        self.shown = ShowingPreview(self.fields)
        self.look_changed.connect(self.shown.look_at)
        self.finder = RateFinder(self.fields["learning_rate"])
        for field in self.fields.values():
            field.changed.connect(self._mark_recipe)
            field.changed.connect(self.rate.show_rate)
            field.changed.connect(self.changed)
        self.recipe.picked.connect(self._follow)
        self._enable_what_the_optimizer_uses()
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
        self._folder_note.setToolTip(plain_tip(str(folder)))

    @property
    def takes_size_of_network(self) -> bool:
        """Whether pictures are brought to the size of the network's input, as they are unless another is chosen."""
        size = whole(self.fields["resize"])
        return size is None or (self._spec is not None and size == picture_size(self._spec))

    def settle(self) -> None:
        """Follow values that were set without a word."""
        self._enable_what_the_optimizer_uses()
        self._describe_size()
        self._mark_recipe()
        self.rate.show_rate()
        self.shown.follow()
        self.changed.emit()

    def show_spec(self, spec: ModelSpec) -> None:
        """Train this network."""
        is_first, self._spec = self._spec is None, spec
        self._model.setText(find(spec.name).title)
        self._options.setText(options_text(spec))
        if not is_first or not self.fields["resize"].text:  # else it was restored before there was a network
            self.fields["resize"].set_value(picture_size(spec))
        self.recipe.offer(recipes_for(spec.name))
        self.settle()

    def show_params(self, params: int | None, learning: int | None = None, classes: int | None = None) -> None:
        """Say what so many parameters mean for a run, as ``params_text`` does; None: how many is not known yet."""
        if self._spec is None or params is None:
            self._cost_note.clear()
        else:
            self._cost_note.setText(params_text(self._spec, params, learning, classes))

    def show_dropout(self, there: bool) -> None:
        """Let the rate of dropout be set where the network has layers of it."""
        self._has_dropout = there
        self.fields["dropout"].allow("" if there else "This network has no dropout layer.")

    def config(self) -> TrainConfig:
        """Return what the form says.

        Raises:
            CnnvizError: a value is refused; the reason stands beside its field too.
        """
        if self._spec is None:
            raise CnnvizError("There is no network to train.", "Pick one at the left.")
        options = decided(self._spec)
        unused = self._unused()
        values = checked_values({name: field for name, field in self.fields.items() if name not in unused})
        return checked(TrainConfig(model=self._spec.name, data=self.data.data, options=options, **values))

    def texts(self) -> dict[str, str]:
        """Return what stands in the fields, refused or not."""
        return {name: field.text for name, field in self.fields.items()}

    def follow_recipe(self, name: str) -> None:
        """Take the settings of a recipe for the network that is picked, if it has one of this name."""
        recipes = recipes_for(self._spec.name) if self._spec is not None else ()
        for recipe in recipes:
            if recipe.name == name:
                self._follow(recipe)
                self.part_wanted.emit(self.recipe)

    def show_field(self, name: str) -> None:
        """Bring a field into sight, ready to be typed into."""
        field = self.fields[name]
        if self.advanced.isAncestorOf(field):
            self.advanced.button.setChecked(True)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.part_wanted.emit(field)

    def show_refused(self) -> None:
        """Bring the first field into sight whose value is refused, or the data where they are."""
        refused = next((name for name, field in self.fields.items() if field.error_text), None)
        if refused is not None:
            self.show_field(refused)
        elif self.data.reason.text():
            self.part_wanted.emit(self.data)

    @property
    def look(self) -> Look | None:
        """What a run would show to the network; None: there is none that takes pictures."""
        spec = self._spec
        if spec is None or (usual := picture_size(spec)) is None:
            return None
        size, classes = whole(self.fields["resize"]) or usual, decided(spec).get("num_classes")
        shape = (spec.input_shape[0], size, size)
        limit = whole(self.fields["limit"])
        return Look(self.data.data, self.data.title, limit, shape, classes if isinstance(classes, int) else None)

    @Slot()
    def _tell_look(self) -> None:
        self.look_changed.emit(self.look)

    @Slot()
    def _describe_size(self) -> None:
        self._tell_look()
        found, spec = self.data.data_set, self._spec
        size = whole(self.fields["resize"]) or (picture_size(spec) if spec is not None else None)
        if found is None or size is None:
            self._size_note.setText("Smaller pictures train faster.")
            return
        factor = (size / found.size) ** 2
        if factor > 1:
            times = f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"
            self._size_note.setText(f"{found.size} → {size} pixels: {times} times the work. Smaller trains faster.")
        else:
            self._size_note.setText(f"{found.size} → {size} pixels.")

    @Slot()
    def _enable_what_the_optimizer_uses(self) -> None:
        unused = self._unused()
        for name in {name for entry in OPTIMIZERS for name in entry.uses}:
            self.fields[name].setEnabled(name not in unused)

    def _unused(self) -> set[str]:
        """Return the settings that neither the chosen optimizer nor the network listens to."""
        chosen = find_optimizer(str(self.fields["optimizer"].value()))
        unused = {name for entry in OPTIMIZERS for name in entry.uses} - set(chosen.uses)
        return unused if self._has_dropout else unused | {"dropout"}

    @Slot(object)
    def _follow(self, recipe: Recipe) -> None:
        """Take the settings of a recipe, and wish for the network as it has it."""
        if self._spec is None:
            return
        for name, value in recipe.settings.items():
            self.fields[name].set_value(value)
        size = whole(self.fields["resize"]) or self._spec.input_shape[-1]
        shape, options = (self._spec.input_shape[0], size, size), {**self._spec.options, **recipe.options}
        self.spec_wanted.emit(resolve(self._spec.name, options, shape))
        self.settle()

    @Slot()
    def _mark_recipe(self) -> None:
        """Say which recipe the settings are, by whatever way they came."""
        spec = self._spec
        recipes = recipes_for(spec.name) if spec is not None else ()
        texts = self.texts()
        options = {} if spec is None else spec.options
        self.recipe.mark(next((each for each in recipes if each.is_followed(texts, options)), None))

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
        column.addWidget(label("Recipe", "caption"))
        column.addWidget(self.recipe)
        column.addLayout(self._rows("main"))
        column.addWidget(self._size_note)
        inner = QWidget()
        below = self._rows("advanced")
        below.setContentsMargins(0, 4, 0, 4)
        inner.setLayout(below)
        self.advanced = Fold("Advanced", inner)
        column.addWidget(self.advanced)
        column.addWidget(label("Runs are kept in", "caption"))
        column.addLayout(self._folder_row())
        column.addStretch(1)

    def _rows(self, place: Place) -> QFormLayout:
        form, beneath = QFormLayout(), {"warm_up": self.rate, "normalise": self.shown, "learning_rate": self.finder}
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for row in SETTINGS:
            if row.place == place:
                if row.kind == "bool":  # its tick has the label
                    form.addRow(self.fields[row.name])
                else:
                    form.addRow(_row_label(row), self.fields[row.name])
            if row.place == place and row.name in beneath:
                form.addRow(beneath[row.name])
        return form

    def _folder_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        change = QPushButton("Change…")
        change.clicked.connect(self._choose_runs_folder)
        row.addWidget(self._folder_note, 1)
        row.addWidget(change, 0, Qt.AlignmentFlag.AlignTop)
        return row


def beside(form: TrainForm, view: QWidget) -> QSplitter:
    """Return the form, scrolled where it is longer than the page, with ``view`` at its right."""
    halves = QSplitter(Qt.Orientation.Horizontal)
    halves.setChildrenCollapsible(False)
    column = TallColumn(form)
    form.part_wanted.connect(column.show_part)
    halves.addWidget(column)
    halves.addWidget(view)
    halves.setStretchFactor(1, 1)
    halves.setSizes([270, 700])
    return halves


def _row_label(row: Setting) -> QLabel:
    made = label(row.label)
    made.setToolTip(plain_tip(row.help))
    return made
