"""The likeliest classes, as bars with their probabilities."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from cnnviz.gui.parts.labels import clear_layout, label


class TopClasses(QWidget):
    """A row for each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._rows: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is shown: names and probabilities."""
        return self._rows

    def show_classes(self, best: list[tuple[int, float]], names: tuple[str, ...]) -> None:
        """Show classes with their probabilities, 0..1.

        Args:
            best: class and probability, likeliest first.
            names: of all classes; empty: they go by their numbers.
        """
        clear_layout(self._grid)
        self._rows = tuple((class_name(index, names), f"{100 * share:.1f} %") for index, share in best)
        for row, ((name, percent), (_, share)) in enumerate(zip(self._rows, best, strict=True)):
            bar = QProgressBar(self)
            bar.setRange(0, 1000)
            bar.setValue(round(1000 * share))
            bar.setTextVisible(False)
            bar.setAccessibleName(f"{name}: {percent}")
            self._grid.addWidget(label(name, wrap=True), 2 * row, 0)
            self._grid.addWidget(label(percent), 2 * row, 1, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(bar, 2 * row + 1, 0, 1, 2)
        self._grid.setColumnStretch(0, 1)


def class_name(index: int, names: tuple[str, ...]) -> str:
    """Return "Ankle boot", or "class 9" where names are not known."""
    return names[index] if index < len(names) else f"class {index}"
