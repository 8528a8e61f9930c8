"""Links to calls, one below the other, of which the first few are on show until the rest is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.calls.columns import without_batch
from cnnviz.gui.details.call_link import CallLink
from cnnviz.inspection.call import Call, Shape

_AT_FIRST = 3  # links
_AT_ONCE = 30  # links that a press of the button adds: a network may hold thousands


class LinkList(QWidget):
    """Each link names a call and what flows between it and the call it is listed for."""

    call_chosen = Signal(object)  # int: index in the report

    def __init__(self, calls: Sequence[tuple[Call, tuple[Shape, ...]]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waiting = list(calls)
        self.links: list[CallLink] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.more = QToolButton()
        self.more.clicked.connect(self.unfold)
        self._column.addWidget(self.more)
        # One link more takes no more room than the button that would hide it.
        self._show(_AT_FIRST if len(calls) > _AT_FIRST + 1 else len(calls))

    @Slot()
    def unfold(self) -> None:
        """Show more links; the keyboard goes on at the first of them."""
        known = len(self.links)
        self._show(_AT_ONCE)
        self.links[known].setFocus()

    def _show(self, count: int) -> None:
        shown, self._waiting = self._waiting[:count], self._waiting[count:]
        for call, shapes in shown:
            link = CallLink(link_name(call), f"{call.kind} · {without_batch(shapes)}" if shapes else call.kind)
            link.clicked.connect(lambda _checked=False, index=call.index: self.call_chosen.emit(index))
            self._column.insertWidget(len(self.links), link)
            self.links.append(link)
        self.more.setText(f"{len(self._waiting):,} more…")
        self.more.setVisible(bool(self._waiting))


def link_name(call: Call) -> str:
    """Return the path; the network itself has none."""
    name = call.path or "the network"
    return f"{name} · call {call.call_number}" if call.call_number > 1 else name
