"""Calls in a list, for choosing one: a title is made when its row is painted."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz import units
from cnnviz.inspection.call import Call

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class CallList(QAbstractListModel):
    """One row for each call, in the order given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls: tuple[Call, ...] = ()
        self._positions: dict[int, int] = {}

    def show_calls(self, calls: Iterable[Call]) -> None:
        """List these calls of a report."""
        self.beginResetModel()
        self._calls = tuple(calls)
        self._positions = {call.index: position for position, call in enumerate(self._calls)}
        self.endResetModel()

    def index_at(self, position: int) -> int | None:
        """Return the index in the report of the call in this row; None where there is no such row."""
        return self._calls[position].index if 0 <= position < len(self._calls) else None

    def position_of(self, index: int | None) -> int:
        """Return the row of a call of the report; -1 where it is not listed."""
        return -1 if index is None else self._positions.get(index, -1)

    # Overrides of Qt.

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._calls)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._calls) or role != Qt.ItemDataRole.DisplayRole:
            return None
        return call_title(self._calls[index.row()])


def call_title(call: Call) -> str:
    """Return "features.0 · Conv2d · 64 × 112 × 112"."""
    name = call.path or "whole network"
    again = f" (call {call.call_number})" if call.call_number > 1 else ""
    return f"{name}{again} · {call.kind} · {units.shape((call.output_shape or ())[1:])}"
