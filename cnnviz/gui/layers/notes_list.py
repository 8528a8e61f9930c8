"""What looks wrong or wasteful: a button that tells how many notes there are, and the notes."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QToolButton, QWidget

from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.advice import Advice, advise
from cnnviz.inspection.report import Report

_AT_MOST = 4  # notes on show before the list scrolls
_ROW, _MARGIN = 26, 11  # pixels


class NotesList(QListWidget):
    """Each note is a row; a click goes to its layer. The button beside the totals opens and closes the list."""

    call_chosen = Signal(object)  # int: index in the report

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notes: tuple[Advice, ...] = ()
        self.button = QToolButton()
        self.button.setCheckable(True)
        self.button.setToolTip("What looks wrong or wasteful in this network")
        self.button.toggled.connect(self._open)
        self.setAccessibleName("Notes")
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)
        self.setViewportMargins(_MARGIN, 0, _MARGIN, 0)
        self.hide()
        self._name_button()
        follow_looks(self, self._fit)

    @property
    def notes(self) -> tuple[Advice, ...]:
        """What is listed."""
        return self._notes

    def show_report(self, report: Report) -> None:
        """List what is to be said of this network."""
        self._notes = advise(report)
        self.clear()
        for note in self._notes:
            item = QListWidgetItem(row_text(note), self)
            item.setToolTip(plain_tip(f"{note.what}\n{note.why}\n→ {note.fix}"))
            item.setData(Qt.ItemDataRole.UserRole, note.call)
        self._fit()
        self._name_button()

    def _fit(self) -> None:
        row = room_for_text(self, _ROW)
        for at in range(self.count()):
            self.item(at).setSizeHint(QSize(0, row))
        self.setFixedHeight(row * min(len(self._notes), _AT_MOST) + 4)

    @Slot(bool)
    def _open(self, opened: bool) -> None:
        self.setVisible(opened and bool(self._notes))

    @Slot(QListWidgetItem)
    def _choose(self, item: QListWidgetItem) -> None:
        self.call_chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def _name_button(self) -> None:
        count = len(self._notes)
        self.button.setText(f"Notes ({count})" if count else "No notes")
        self.button.setEnabled(count > 0)
        self._open(self.button.isChecked())


def row_text(note: Advice) -> str:
    """Return what, for how many more layers, and the remedy."""
    more = f" Also {len(note.also)} more." if note.also else ""
    return f"{note.what}{more}  →  {note.fix}"
