"""Buttons of which one is chosen, joined into one piece: which of a few views is shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget


class Segments(QWidget):
    """One stop of Tab; the arrow keys go from one to the next."""

    chosen_changed = Signal(str)  # an id, by whomever it was chosen
    picked = Signal(str)  # an id that the user chose

    def __init__(self, titles: Mapping[str, str], name: str, parent: QWidget | None = None) -> None:
        """Show ``titles`` by their ids; the first is chosen.

        Args:
            titles: two or more.
            name: what is chosen here, for those who hear the window.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._ids = tuple(titles)
        self._chosen = self._ids[0]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for at, (id_, title) in enumerate(titles.items()):
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setChecked(id_ == self._chosen)
            button.setAccessibleName(f"{name}: {title}")
            button.setProperty("segment", "first" if at == 0 else "last" if at == len(titles) - 1 else "middle")
            self._group.addButton(button, at)
            row.addWidget(button)
        self._group.idToggled.connect(self._follow)
        self._group.idClicked.connect(self._tell_picked)

    @property
    def chosen(self) -> str:
        """The id of the one that is chosen."""
        return self._chosen

    def button(self, id_: str) -> QAbstractButton:
        """Return one of the buttons."""
        return self._group.button(self._ids.index(id_))

    def choose(self, id_: str) -> None:
        """Choose one; what is none of them leaves it as it is."""
        if id_ in self._ids:
            self.button(id_).setChecked(True)

    @Slot(int, bool)
    def _follow(self, at: int, on: bool) -> None:
        if on:
            self._chosen = self._ids[at]
            self.chosen_changed.emit(self._chosen)

    @Slot(int)
    def _tell_picked(self, at: int) -> None:
        self.picked.emit(self._ids[at])
