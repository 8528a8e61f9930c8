"""What is wrong with the run that is shown, and one click to change the setting that may mend it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.parts.banner import Banner
from cnnviz.training.config import SETTINGS
from cnnviz.training.events import Diagnosed

_MOST = 2  # at once: the newest
_TITLES = {row.name: row.label for row in SETTINGS}


class FindingsPanel(QWidget):
    """Takes no room while there is nothing to say."""

    setting_wanted = Signal(str, str)  # name of a setting, or "recipe", and its value as it is typed: for the next run

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._cards = [Banner(self, flush=True) for _ in range(_MOST)]
        for card in self._cards:
            self._column.addWidget(card)
        self._found: list[Diagnosed] = []
        self.hide()

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(card.text for card in self._cards if card.text)

    @property
    def cards(self) -> list[Banner]:
        """Those that say something."""
        return [card for card in self._cards if card.text]

    def clear(self) -> None:
        """Say nothing."""
        self._found = []
        self._show()

    def add(self, found: Iterable[Diagnosed]) -> None:
        """Say these too."""
        new = list(found)
        if new:
            self._found += new
            self._show()

    def _show(self) -> None:
        shown = self._found[-_MOST:][::-1]
        for card in self._cards:
            card.clear()
        for card, event in zip(self._cards, shown, strict=False):
            card.show_notice(event.what, f"{event.why}\n{event.remedy}")
            if (text := _offer(event)) is not None:
                card.offer(text, partial(self.setting_wanted.emit, event.setting, event.value))
        self.setVisible(bool(shown))


def _offer(event: Diagnosed) -> str | None:
    if event.setting == "recipe":
        return "Follow that recipe"
    title = _TITLES.get(event.setting)
    return None if title is None else f"Set {title.lower()} to {event.value}"
