"""A field that finds a network by any part of its name."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from cnnviz.zoo.catalog import Architecture

_SHOWN = 14  # hits at once


class NetworkField(QLineEdit):
    """Offers all networks when it is entered, and those that fit while one types."""

    network_chosen = Signal(str)  # name, or what was typed

    def __init__(self, architectures: Iterable[Architecture], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Add a network…")
        self.setAccessibleName("Add a network to compare")
        self.setClearButtonEnabled(True)
        self._names = {_entry(architecture): architecture.name for architecture in architectures}
        self._finder = QCompleter(self)
        self._hits = QListView()
        self._hits.setObjectName("completions")
        self._finder.setPopup(self._hits)
        self._finder.setModel(QStringListModel(list(self._names), self._finder))
        self._finder.setFilterMode(Qt.MatchFlag.MatchContains)
        self._finder.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._finder.setMaxVisibleItems(_SHOWN)
        self.setCompleter(self._finder)
        self._finder.activated[QModelIndex].connect(self._choose_hit)  # type: ignore[index]  # PySide's stubs lack it
        self.returnPressed.connect(self._choose_typed)

    def offer_all(self) -> None:
        """Open the list of every network."""
        self._finder.setCompletionPrefix(self.text())
        self._finder.complete()

    @Slot(QModelIndex)
    def _choose_hit(self, index: QModelIndex) -> None:
        self._choose(str(index.data()))

    @Slot()
    def _choose_typed(self) -> None:
        """Return takes what stands there if it is a name, else the first hit."""
        text = self.text().strip()
        if text and text not in self._names and text not in self._names.values():
            self._finder.setCompletionPrefix(text)
            text = self._finder.currentCompletion() or text
        if text:
            self._choose(text)

    def _choose(self, text: str) -> None:
        QTimer.singleShot(0, self, self.clear)  # the completer writes its hit into the field after this
        self.network_chosen.emit(self._names.get(text, text))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.ShortcutFocusReason):
            self.offer_all()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        # Not on the press, whose release the list would take.
        if event.button() is Qt.MouseButton.LeftButton and not self._hits.isVisible():
            self.offer_all()


def _entry(architecture: Architecture) -> str:
    if architecture.group == "Textbook":
        return f"{architecture.title}  (textbook)"
    return architecture.name
