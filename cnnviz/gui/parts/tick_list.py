"""Several of a few names to choose, a tick for each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

_COLUMNS = 2


class TickList(QWidget):
    """What is chosen is text: names with commas between."""

    changed = Signal()

    def __init__(self, names: Sequence[str], title: str, parent: QWidget | None = None) -> None:
        """Show ``names``; ``title`` is what they are, for those who hear the window."""
        super().__init__(parent)
        self.ticks = {name: QCheckBox(name) for name in names}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for at, (name, tick) in enumerate(self.ticks.items()):
            tick.setAccessibleName(f"{title}: {name}")
            tick.toggled.connect(self.changed)
            grid.addWidget(tick, at // _COLUMNS, at % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        self.setFocusProxy(next(iter(self.ticks.values())))

    @property
    def text(self) -> str:
        """The names that are ticked."""
        return ",".join(name for name, tick in self.ticks.items() if tick.isChecked())

    def set_text(self, text: str) -> None:
        """Tick these names and no others."""
        said = {part.strip() for part in text.split(",")}
        for name, tick in self.ticks.items():
            tick.setChecked(name in said)
