"""Which recipe the form follows, to be chosen, and where it is from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import label
from cnnviz.training.recipes import Recipe

_OWN = "Your own settings"


class RecipeChooser(QWidget):
    """Lists the recipes of a network behind the user's own settings; it knows none of these."""

    picked = Signal(object)  # Recipe

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipes: tuple[Recipe, ...] = ()
        self.combo = ElidedCombo()
        self.combo.setAccessibleName("Recipe")
        self.combo.setToolTip("Settings with which others have trained this network")
        self.combo.activated.connect(self._tell)
        self._source = label("", "caption", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.combo)
        column.addWidget(self._source)
        self.offer(())

    def offer(self, recipes: Sequence[Recipe]) -> None:
        """List these; without any there is nothing to choose."""
        self._recipes = tuple(recipes)
        self.combo.clear()
        self.combo.addItems([_OWN, *(recipe.title for recipe in recipes)])
        self.setEnabled(bool(recipes))
        self.mark(None)

    def mark(self, followed: Recipe | None) -> None:
        """Show which recipe the settings are; None: the user's own."""
        self.combo.setCurrentIndex(0 if followed not in self._recipes else 1 + self._recipes.index(followed))
        self._source.setText("" if followed is None else f"{followed.source}.")
        self._source.setVisible(followed is not None)

    @Slot(int)
    def _tell(self, at: int) -> None:
        if 0 < at <= len(self._recipes):
            self.picked.emit(self._recipes[at - 1])
