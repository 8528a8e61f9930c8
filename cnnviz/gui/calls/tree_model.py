"""The calls of a report as a tree, in the order of execution or sorted, filtered or whole."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from cnnviz import units
from cnnviz.gui.calls.arrangement import Arrangement, arranged, hits
from cnnviz.gui.calls.columns import COLUMNS, Column, columns_of
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.call import Call
from cnnviz.inspection.explaining.surroundings import Surroundings
from cnnviz.inspection.frozen_modules import trainable_params
from cnnviz.inspection.report import Report

AnyIndex = QModelIndex | QPersistentModelIndex
SHARE_ROLE = Qt.ItemDataRole.UserRole + 2  # (share with everything below, share of its own), 0..1; None: no bar
FAILED_ROLE = Qt.ItemDataRole.UserRole + 4  # bool
FROZEN_ROLE = Qt.ItemDataRole.UserRole + 5  # bool: all of its weights stay as they are in training
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ANSWERED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.FontRole,
        SHARE_ROLE,
        FAILED_ROLE,
        FROZEN_ROLE,
    }
)


class CallTreeModel(QAbstractItemModel):
    """A read-only tree. An index's internal id is ``Call.index + 1``, so that 0 is the root's; never a pointer.

    It filters and sorts by itself: a proxy would ask for every row of a large network one by one. For the same reason
    what a view asks of every row, ``index``, ``parent`` and ``hasChildren``, is a look-up and no more.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self._name = ""
        self._text = ""
        self._frozen: tuple[str, ...] = ()
        self._learning: tuple[int | None, ...] = ()
        self._sorted_by: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._below: dict[int, list[int]] = {}  # by internal id
        self._rows: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self._greatest: dict[int, int] = {}  # by column, once it is asked for
        self.columns: tuple[Column, ...] = COLUMNS
        self._around: Surroundings | None = None

    @property
    def report(self) -> Report | None:
        """What is shown."""
        return self._report

    def set_report(self, report: Report | None) -> None:
        """Show another report, or nothing."""
        self.beginResetModel()
        self._report = report
        self._name = report.title if report is not None else ""
        self._parents = {call.index + 1: _id(call.parent) for call in self._calls()}
        self._around = None if report is None else Surroundings(report)
        self._count_learning()
        self._take(self._arrangement())
        self.endResetModel()

    @property
    def frozen(self) -> tuple[str, ...]:
        """The modules that are named as frozen."""
        return self._frozen

    @property
    def learning(self) -> int | None:
        """How many parameters of the network learn; None: unknown."""
        return self._learning[0] if self._learning else None

    def set_frozen(self, paths: tuple[str, ...]) -> None:
        """Mark these modules, and all in them, as frozen."""
        self._frozen = paths
        self._count_learning()
        for parent in (QModelIndex(), *(self.index_of(call - 1) for call in self._below if call)):
            if rows := self.rowCount(parent):
                self.dataChanged.emit(self.index(0, 0, parent), self.index(rows - 1, len(COLUMNS) - 1, parent))

    def _count_learning(self) -> None:
        self._learning = () if self._report is None else trainable_params(self._report, self._frozen)
        self._greatest = {}
        self.columns = columns_of(self._around, self._learning)

    def set_text(self, text: str) -> None:
        """Keep the calls in whose path or type every word of ``text`` occurs, and the calls around them."""
        self.beginResetModel()
        self._text = text
        self._take(self._arrangement())
        self.endResetModel()

    @property
    def on_show(self) -> tuple[Call, ...]:
        """The calls that the filter leaves, in the order of execution."""
        calls = self._calls()
        return tuple(calls[call - 1] for call in sorted(self._rows))

    @property
    def containers_on_show(self) -> int:
        """How many calls with others below them the filter leaves."""
        return len(self._below)

    def call_at(self, index: AnyIndex) -> Call | None:
        """Return the call of a row; None for the invalid index."""
        return self._report.calls[index.internalId() - 1] if index.isValid() and self._report is not None else None

    def calls_in(self, first: int, last: int, parent: AnyIndex = _ROOT) -> tuple[Call, ...]:
        """Return the calls of the rows from ``first`` to ``last`` below ``parent``."""
        below = self._below.get(parent.internalId() if parent.isValid() else 0, [])
        calls = self._calls()
        return tuple(calls[call - 1] for call in below[first : last + 1])

    def index_of(self, call: int, column: int = 0) -> QModelIndex:
        """Return where a call stands; an invalid index when it is not on show."""
        row = self._rows.get(call + 1)
        return QModelIndex() if row is None else self.createIndex(row, column, call + 1)

    def _calls(self) -> tuple[Call, ...]:
        return self._report.calls if self._report is not None else ()

    def _arrangement(self) -> Arrangement:
        column, order = self._sorted_by
        key = self.columns[column].sort_value if column >= 0 else None
        return arranged(self._calls(), hits(self._calls(), self._text), key, order is Qt.SortOrder.DescendingOrder)

    def _take(self, arrangement: Arrangement) -> None:
        self._below = {_id(parent): [call + 1 for call in below] for parent, below in arrangement.below.items()}
        self._rows = {call + 1: row for call, row in arrangement.rows.items()}

    def _greatest_in(self, position: int) -> int:
        """The whole that shares are parts of: what the network itself counts, or the greatest part that is known."""
        if position not in self._greatest:
            total = self.columns[position].total
            numbers = (total(call) or 0 for call in self._calls()) if total is not None else ()
            self._greatest[position] = max(numbers, default=0)
        return self._greatest[position]

    def _share(self, position: int, call: Call) -> tuple[float, float] | None:
        shown = self.columns[position]
        if shown.total is None or shown.own is None or not (whole := self._greatest_in(position)):
            return None
        total = shown.total(call)
        return None if total is None else (total / whole, (shown.own(call) or 0) / whole)

    def _tooltip(self, column: int, call: Call) -> str:
        shown = self.columns[column]
        if self._report is not None and self._report.error is not None and self._report.error.call == call.index:
            return f"{self._report.error.message}\n{self._report.error.hint}".strip()
        if shown.total is None:
            frozen = "\nFrozen: keeps its weights in training" if column == 0 and self._is_frozen(call) else ""
            return f"{call.path or call.kind}\n{shown.title}: {shown.text(call)}{frozen}"
        share = self._share(column, call)
        lines = [f"{units.exact(shown.total(call))} {shown.unit}"]
        if share is not None:
            lines.append(f"{share[0]:.1%} of the network")
        if shown.total(call) is None:
            lines = ["Unknown: there is no formula for this operation, or for one below it."]
        return "\n".join(lines)

    # Overrides of Qt.

    def index(self, row: int, column: int, parent: AnyIndex = _ROOT) -> QModelIndex:
        siblings = self._below.get(parent.internalId() if parent.isValid() else 0)
        if siblings is None or not (0 <= row < len(siblings) and 0 <= column < len(COLUMNS)) or parent.column() > 0:
            return QModelIndex()
        return self.createIndex(row, column, siblings[row])

    def parent(self, index: AnyIndex = _ROOT) -> QModelIndex:  # type: ignore[override]  # QObject.parent() is another method, of one name
        above = self._parents.get(index.internalId(), 0) if index.isValid() else 0
        return self.createIndex(self._rows[above], 0, above) if above else QModelIndex()

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return len(self._below.get(parent.internalId() if parent.isValid() else 0, ())) if parent.column() <= 0 else 0

    def hasChildren(self, parent: AnyIndex = _ROOT) -> bool:
        return parent.column() <= 0 and (parent.internalId() if parent.isValid() else 0) in self._below

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
            case Qt.ItemDataRole.InitialSortOrderRole:  # whoever sorts by a cost looks for the largest
                return Qt.SortOrder.DescendingOrder if column.number else Qt.SortOrder.AscendingOrder
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        call = self.call_at(index) if role in _ANSWERED else None  # a view asks each cell of much else
        if call is None:
            return None
        column = self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._name if self._names_network(index, call) else column.text(call)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._tooltip(index.column(), call))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.number else _LEFT
            case Qt.ItemDataRole.FontRole:
                return None if call.module else _italic()
            case _ if role == SHARE_ROLE:
                return self._share(index.column(), call)
            case _ if role == FAILED_ROLE:
                return call.status == "failed"
            case _ if role == FROZEN_ROLE:
                return index.column() == 0 and self._is_frozen(call)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        self._sorted_by = (column, order)
        self._take(self._arrangement())
        rows = self._rows
        after = [self.createIndex(rows[each.internalId()], each.column(), each.internalId()) for each in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _is_frozen(self, call: Call) -> bool:
        return bool(self._frozen) and call.params > 0 and self._learning[call.index] == 0

    def _names_network(self, index: AnyIndex, call: Call) -> bool:
        return index.column() == 0 and call.parent is None and not call.path


def _id(call: int | None) -> int:
    """Return the internal id of a call; of None, the root's."""
    return 0 if call is None else call + 1


def _italic() -> QFont:
    font = QFont()
    font.setItalic(True)
    return font
