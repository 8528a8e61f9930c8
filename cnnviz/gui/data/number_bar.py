"""Which picture of which data is wanted: the data, a class, a number in it, and the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.data.data_chooser import DataChooser
from cnnviz.gui.data.picture_finder import PictureFinder
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import keep_width
from cnnviz.gui.parts.number_field import NumberField
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.data.browsing import Split
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered

_SPLITS: dict[Split, str] = {"test": "Test", "train": "Training"}


class NumberBar(QWidget):
    """Says which picture was found; until something is chosen, none is looked for."""

    picture_found = Signal(object)  # FoundPicture
    refused = Signal(object)  # CnnvizError
    browse_wanted = Signal()  # to see the pictures before one is chosen

    def __init__(self, shelf: Shelf, parent: QWidget | None = None, brief: bool = False) -> None:
        """Make one; a brief one has a button that says which picture it is, in place of the fields."""
        super().__init__(parent)
        self._brief = brief
        self._found: FoundPicture | None = None
        self.finder = PictureFinder(shelf, self)
        self.data = DataChooser(brief=True)
        self.split, self.classes = ElidedCombo(), ElidedCombo()
        self.number = NumberField()
        self._count = label("", "muted")
        self.browse = QPushButton("Browse…")
        self._name()
        self._connect()
        self._lay_out()
        self._offer_classes(self.data.class_names)

    @property
    def wanted(self) -> Numbered:
        """What stands in the fields."""
        split: Split = "train" if self.split.currentData() == "train" else "test"
        return Numbered(self.data.data, split, str(max(0, self.classes.currentIndex())), self.number.number)

    @property
    def found(self) -> FoundPicture | None:
        """The picture that was found last."""
        return self._found

    @Slot(object)
    def look_for(self, wanted: Numbered) -> None:
        """Look for this picture, and show in the fields which it is."""
        self.finder.find(wanted)

    def show_found(self, found: FoundPicture) -> None:
        """Show which picture was found elsewhere; nothing is said about it."""
        self._found = found
        self.data.add(found.wanted.data)
        self.data.show_chosen(found.wanted.data)
        self._offer_classes(found.class_names)
        self.classes.setCurrentIndex(found.label)
        self.split.setCurrentIndex(self.split.findData(found.wanted.split))
        last = found.counts[found.label] - 1
        self.number.show_number(found.wanted.number, last)
        self._count.setText(f"0 – {last:,}")
        if self._brief:
            self.browse.setText(f"{found.class_name} {found.wanted.number:,}")
            self.browse.setToolTip(plain_tip(f"{found.title}: choose another"))

    def offer(self, data: str) -> None:
        """Put data on the list, and choose them where nobody has chosen a picture yet."""
        self.data.add(data)
        if self._found is None:
            self.data.show_chosen(data)
            self._offer_classes(self.data.class_names)

    @Slot()
    def go_on(self) -> None:
        """Look for the next picture of the class."""
        self._step(1)

    @Slot()
    def go_back(self) -> None:
        """Look for the picture before."""
        self._step(-1)

    def end(self) -> None:
        """End the thread."""
        self.finder.end()

    def _step(self, by: int) -> None:
        wanted = self.wanted
        self.look_for(wanted if self._found is None else replace(wanted, number=max(0, wanted.number + by)))

    @Slot(object)
    def _take(self, found: FoundPicture) -> None:
        self.show_found(found)
        self.picture_found.emit(found)

    @Slot()
    def _choose(self) -> None:
        self.look_for(self.wanted)

    @Slot()
    def _choose_data(self) -> None:
        self._offer_classes(self.data.class_names)
        self.look_for(replace(self.wanted, number=0))

    def _offer_classes(self, names: tuple[str, ...]) -> None:
        if names != tuple(self.classes.itemText(at) for at in range(self.classes.count())):
            self.classes.clear()
            self.classes.addItems(names)

    def _name(self) -> None:
        for split, title in _SPLITS.items():
            self.split.addItem(title, split)
        for widget, name, tip in (
            (self.split, "Half of the data", "Pictures of the test, or those that a run learns from"),
            (self.classes, "Class of the picture", "Pictures of which class"),
            (self.number, "Number of the picture", "Which of the class, in the order of the data, from 0"),
            (self.browse, "Browse the data", "See the classes and their pictures, and choose one"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(plain_tip(tip))
        for box in (self.split, self.classes):
            box.setSizeAdjustPolicy(ElidedCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(3)
        keep_width(self.number, 52)

    def _connect(self) -> None:
        self.finder.found.connect(self._take)
        self.finder.refused.connect(self.refused)
        self.data.changed.connect(self._choose_data)
        self.split.activated.connect(self._choose)
        self.classes.activated.connect(self._choose)
        self.number.number_chosen.connect(self._choose)
        self.browse.clicked.connect(self.browse_wanted)

    def _stepper(self, text: str, name: str, step: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(plain_tip(name))
        button.setAccessibleName(name)
        button.clicked.connect(step)
        return button

    def _lay_out(self) -> None:
        self.next = self._stepper("›", "Next picture of the class", self.go_on)
        self.previous = self._stepper("‹", "Previous picture of the class", self.go_back)
        if self._brief:
            self._lay_out_briefly()
            return
        data, which, place = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        data.addWidget(self.data, 1)
        data.addWidget(self.browse)
        which.addWidget(self.classes, 3)
        which.addWidget(self.split, 2)
        for widget in (self.previous, self.number, self.next, self._count):
            place.addWidget(widget)
        place.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(data)
        rows.addLayout(which)
        rows.addLayout(place)

    def _lay_out_briefly(self) -> None:
        for field in (self.data, self.split, self.classes, self.number, self._count):
            field.setParent(self)
            field.hide()
        self.browse.setMinimumWidth(60)
        self.browse.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.browse, 1)
        row.addWidget(self.previous)
        row.addWidget(self.next)
