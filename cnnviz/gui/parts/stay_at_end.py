"""A view that shows its end goes on to do so, however it grows or is made smaller; one that was scrolled up stays."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar


def stay_at_end(view: QAbstractScrollArea) -> None:
    """Keep the end of ``view`` in sight while it is there that somebody looks."""
    _StaysAtEnd(view.verticalScrollBar())


class _StaysAtEnd(QObject):
    def __init__(self, bar: QScrollBar) -> None:
        super().__init__(bar)
        self._bar, self._is_at_end = bar, True
        bar.valueChanged.connect(self._note)
        bar.rangeChanged.connect(self._follow)

    @Slot()
    def _note(self) -> None:
        self._is_at_end = self._bar.value() == self._bar.maximum()

    @Slot()
    def _follow(self) -> None:
        if self._is_at_end:
            self._bar.setValue(self._bar.maximum())
