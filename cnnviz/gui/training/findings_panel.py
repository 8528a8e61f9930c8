"""What is wrong with the run that is shown, and one click to change the setting that may mend it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.labels import Elided
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.training.config import SETTINGS
from cnnviz.training.events import Diagnosed

_TITLES = {row.name: row.label for row in SETTINGS}


class FindingsPanel(QWidget):
    """The newest finding as a card, the others in a line; folded, all of them in a line. Takes no room for nothing."""

    setting_wanted = Signal(str, str)  # name of a setting, or "recipe", and its value as it is typed: for the next run
    room_wanted = Signal()  # for what is folded

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._cards: list[Banner] = []
        self._found: list[Diagnosed] = []  # the newest last
        self._is_folded = self._shows_all = False
        self._line, self.others, self.more = QWidget(), Elided(), QPushButton("Show")
        self.more.clicked.connect(self._show_more)
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.others, 1)
        row.addWidget(self.more)
        self._column.addWidget(self._line)
        self._show()

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(card.text for card in self.cards)

    @property
    def cards(self) -> list[Banner]:
        """Those that say something."""
        return [card for card in self._cards if card.text]

    def clear(self) -> None:
        """Say nothing."""
        self._found, self._shows_all = [], False
        self._show()

    def add(self, found: Iterable[Diagnosed]) -> None:
        """Say these too."""
        new = list(found)
        if new:
            self._found += new
            self._show()

    def fold(self, on: bool) -> None:
        """Take no more room than a line, or as much as they need."""
        if on != self._is_folded:
            self._is_folded = on
            self._show()

    @Slot()
    def _show_more(self) -> None:
        self._shows_all = True
        if self._is_folded:
            self.room_wanted.emit()
        else:
            self._show()

    def _show(self) -> None:
        newest_first = self._found[::-1]
        count = 0 if self._is_folded else len(newest_first) if self._shows_all else 1
        self._show_cards(newest_first[:count])
        said = " ".join(event.what for event in newest_first[count:])
        self.others.setText(said)
        self.others.setToolTip(plain_tip("\n".join(event.what for event in newest_first[count:])))
        self._line.setVisible(bool(said))
        self.setVisible(bool(newest_first))

    def _show_cards(self, shown: list[Diagnosed]) -> None:
        while len(self._cards) < len(shown):
            card = Banner(self, flush=True)
            self._column.insertWidget(len(self._cards), card)
            card.dismissed.connect(partial(self._forget, len(self._cards)))
            self._cards.append(card)
        for card in self._cards:
            card.clear()
        for card, event in zip(self._cards, shown, strict=False):
            card.show_notice(event.what, f"{event.why}\n{event.remedy}")
            if (text := _offer(event)) is not None:
                card.offer(text, partial(self.setting_wanted.emit, event.setting, event.value))

    def _forget(self, at: int) -> None:
        """Show what is behind a card that was dismissed."""
        del self._found[len(self._found) - 1 - at]
        self._show()


def _offer(event: Diagnosed) -> str | None:
    if event.setting == "recipe":
        return "Follow that recipe"
    title = _TITLES.get(event.setting)
    return None if title is None else f"Set {title.lower()} to {event.value}"
