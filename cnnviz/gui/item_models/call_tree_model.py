"""The calls of a report as a tree, in the order of execution."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QFont

from cnnviz import units
from cnnviz.gui.item_models.call_columns import COLUMNS, Column
from cnnviz.inspection.report import Call, Report

AnyIndex = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole + 1  # int | str | None
SHARE_ROLE = Qt.ItemDataRole.UserRole + 2  # (share with everything below, share of its own), 0..1; None: no bar
CALL_ROLE = Qt.ItemDataRole.UserRole + 3  # Call
FAILED_ROLE = Qt.ItemDataRole.UserRole + 4  # bool
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class CallTreeModel(QAbstractItemModel):
    """A read-only tree. An index's internal id is ``Call.index``, never a pointer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self._name = ""
        self._below: dict[int | None, list[int]] = {}
        self._rows: dict[int, int] = {}
        self._greatest: dict[int, int] = {}

    @property
    def report(self) -> Report | None:
        """What is shown."""
        return self._report

    def set_report(self, report: Report | None) -> None:
        """Show another report, or nothing."""
        self.beginResetModel()
        self._report = report
        self._name = report.title if report is not None else ""
        self._below = {}
        self._rows = {}
        for call in report.calls if report is not None else ():
            siblings = self._below.setdefault(call.parent, [])
            self._rows[call.index] = len(siblings)
            siblings.append(call.index)
        self._greatest = {i: self._greatest_of(column) for i, column in enumerate(COLUMNS) if column.total}
        self.endResetModel()

    def call_at(self, index: AnyIndex) -> Call | None:
        """Return the call of a row; None for the invalid index."""
        return self._report.calls[index.internalId()] if index.isValid() and self._report is not None else None

    def index_of(self, call: int, column: int = 0) -> QModelIndex:
        """Return where a call stands; an invalid index when there is none."""
        if call not in self._rows:
            return QModelIndex()
        return self.createIndex(self._rows[call], column, call)

    def _greatest_of(self, column: Column) -> int:
        """The whole that shares are parts of: what the network itself counts, or the greatest part that is known."""
        calls = self._report.calls if self._report is not None else ()
        return max((column.total(call) or 0 for call in calls), default=0) if column.total else 0

    def _share(self, column: int, call: Call) -> tuple[float, float] | None:
        shown = COLUMNS[column]
        whole = self._greatest.get(column, 0)
        if shown.total is None or shown.own is None or not whole:
            return None
        total = shown.total(call)
        return None if total is None else (total / whole, (shown.own(call) or 0) / whole)

    def _tooltip(self, column: int, call: Call) -> str:
        shown = COLUMNS[column]
        if self._report is not None and self._report.error is not None and self._report.error.call == call.index:
            return f"{self._report.error.message}\n{self._report.error.hint}".strip()
        if shown.total is None:
            return f"{call.path or call.kind}\n{shown.title}: {shown.text(call)}"
        share = self._share(column, call)
        lines = [f"{units.exact(shown.total(call))} {shown.unit}"]
        if share is not None:
            lines.append(f"{share[0]:.1%} of the network")
        if shown.total(call) is None:
            lines = ["Unknown: there is no formula for this operation, or for one below it."]
        return "\n".join(lines)

    def index(self, row: int, column: int, parent: AnyIndex = _ROOT) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._below[_call_index(parent)][row])

    def parent(self, index: AnyIndex = _ROOT) -> QModelIndex:  # type: ignore[override]
        call = self.call_at(index)
        return QModelIndex() if call is None or call.parent is None else self.index_of(call.parent)

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._below.get(_call_index(parent), ()))

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: ARG002
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.number else _LEFT
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        call = self.call_at(index)
        if call is None:
            return None
        column = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._name if self._names_network(index, call) else column.text(call)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tooltip(index.column(), call)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.number else _LEFT
            case Qt.ItemDataRole.FontRole:
                return None if call.module else _italic()
            case _ if role == SORT_ROLE:
                return column.sort_value(call)
            case _ if role == SHARE_ROLE:
                return self._share(index.column(), call)
            case _ if role == CALL_ROLE:
                return call
            case _ if role == FAILED_ROLE:
                return call.status == "failed"
        return None

    def _names_network(self, index: AnyIndex, call: Call) -> bool:
        return index.column() == 0 and call.parent is None and not call.path


class CallFilter(QSortFilterProxyModel):
    """Sorts by numbers, unknown ones last either way, and keeps hits with the calls around them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setRecursiveFilteringEnabled(True)
        self.setSortRole(SORT_ROLE)

    def set_text(self, text: str) -> None:
        """Keep the calls in whose path or type every word of ``text`` occurs."""
        self._words = tuple(text.lower().split())
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: AnyIndex) -> bool:
        source = self.sourceModel()
        call = source.data(source.index(row, 0, parent), CALL_ROLE)
        text = f"{call.path} {call.kind}".lower()
        return all(word in text for word in self._words)

    def lessThan(self, left: AnyIndex, right: AnyIndex) -> bool:
        one, other = self.sourceModel().data(left, SORT_ROLE), self.sourceModel().data(right, SORT_ROLE)
        if one is None or other is None:
            descending = self.sortOrder() is Qt.SortOrder.DescendingOrder
            return (one is None) == descending and one is not other
        return bool(one < other)


def _call_index(index: AnyIndex) -> int | None:
    return index.internalId() if index.isValid() else None


def _italic() -> QFont:
    font = QFont()
    font.setItalic(True)
    return font
