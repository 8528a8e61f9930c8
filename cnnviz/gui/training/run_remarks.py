"""What is said of a run as a whole: how it stands beside published ones, and what was decided of its data."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.parts.labels import label, set_role
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.published_runs import Judgement

_NOTES = 4  # of the data, that stand on the page


class RunRemarks(QWidget):
    """Takes no room while there is nothing to say, or somebody looks at what it is not about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.judgement = label("", "muted", wrap=True, selectable=True)
        self.notes = label("", "caption", wrap=True, selectable=True)
        self._notices: Sequence[str] = ()
        self._is_wanted = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for each in (self.judgement, self.notes):
            column.addWidget(each)
        self._fit()

    def want(self, on: bool) -> None:
        """Say it, or leave the room to others."""
        self._is_wanted = on
        self._fit()

    def show_judgement(self, judgement: Judgement | None) -> None:
        """Say how the run stands beside published ones; None: nothing."""
        self.judgement.setText("" if judgement is None else judgement.sentence)
        if judgement is not None:
            set_role(self.judgement, "good" if judgement.where == "inside" else "muted")
        self._fit()

    def show_notes(self, notices: Sequence[str]) -> None:
        """Say what was decided of the data, and left out."""
        if notices != self._notices:
            self._notices = notices
            self.notes.setText(_notes(notices))
            self.notes.setToolTip(plain_tip("\n".join(notices)))
            self._fit()

    def _fit(self) -> None:
        for each in (self.judgement, self.notes):
            each.setVisible(bool(each.text()))
        self.setVisible(self._is_wanted and bool(self.judgement.text() or self.notes.text()))


def _notes(notices: Sequence[str]) -> str:
    """Return what is said of the data, the first few sentences of it."""
    more = len(notices) - _NOTES
    return "\n".join(notices[:_NOTES]) + (f"\nAnd {more} more, in the run's log." if more > 0 else "")
