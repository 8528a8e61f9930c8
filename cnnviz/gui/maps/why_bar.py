"""Why this class: by which method, for which class, and how strongly the heat is laid over the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QSlider, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.attribution.methods import METHODS
from cnnviz.feature_maps.questions import HeatWish
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import label

_OFF = "No heat map"
_USUAL = 60  # percent


class WhyBar(QWidget):
    """Says what is wanted; is told what was found."""

    wish_changed = Signal()
    strength_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = QComboBox()
        self.method.setAccessibleName("Method")
        self.method.addItem(_OFF, "")
        for row in METHODS:
            self.method.addItem(row.title, row.name)
            self.method.setItemData(self.method.count() - 1, row.sentence, Qt.ItemDataRole.ToolTipRole)
        self.classes = ElidedCombo()
        self.classes.setAccessibleName("Class")
        self.classes.setToolTip("The class whose evidence is looked for")
        self.classes.addItem("The likeliest class", None)
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setValue(_USUAL)
        self.strength.setAccessibleName("Strength")
        self.strength.setToolTip("How strongly the heat covers the picture")
        self.notice = label("", "caption", wrap=True)
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Look for no heat")
        self.cancel.clicked.connect(self._cancel)
        self.method.currentIndexChanged.connect(self._choose_method)
        self.classes.activated.connect(self.wish_changed)
        self.strength.valueChanged.connect(self.strength_changed)
        self._lay_out()
        self._choose_method()

    @property
    def wish(self) -> HeatWish | None:
        """What is to be looked for; None: nothing."""
        method = str(self.method.currentData())
        return HeatWish(method, self.classes.currentData()) if method else None

    def show_found(self, likeliest: list[tuple[int, str, float]]) -> None:
        """List the likeliest classes: number, name, probability 0..1. What is chosen stays."""
        chosen = self.classes.currentData()
        with_chosen = [(index, f"{100 * share:.1f} %  {name}") for index, name, share in likeliest]
        if chosen is not None and chosen not in [index for index, _ in with_chosen]:
            with_chosen.append((chosen, self.classes.currentText()))
        self.classes.clear()
        self.classes.addItem("The likeliest class", None)
        for index, text in with_chosen:
            self.classes.addItem(text, index)
        self.classes.setCurrentIndex(max(0, self.classes.findData(chosen)))

    def say(self, text: str) -> None:
        """Say what was found, or why nothing was."""
        self.notice.setText(text)
        self.notice.setVisible(bool(text))
        self.cancel.hide()

    @Slot(object, object)
    def show_progress(self, done: int, of: int) -> None:
        """Say how many runs of how many are done."""
        if self.wish is not None:
            self.say(f"{done} of {of} patches covered…")
            self.cancel.show()

    def show_error(self, error: CnnvizError) -> None:
        """Say why there is no heat."""
        self.say(str(error))

    @Slot()
    def _cancel(self) -> None:
        self.method.setCurrentIndex(0)

    @Slot()
    def _choose_method(self) -> None:
        on = self.wish is not None
        for each in (self.classes, self.strength):
            each.setVisible(on)
        self.say("Looking for the evidence…" if on else "")
        self.wish_changed.emit()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(label("Why this class", "heading"), 0, 0)
        for row, widget in enumerate((self.method, self.classes, self.strength, self.notice, self.cancel), 1):
            grid.addWidget(widget, row, 0)
