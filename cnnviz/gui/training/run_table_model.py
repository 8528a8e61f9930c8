"""The runs of a folder as a table, one row each; the first column says which are drawn beside the one on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from cnnviz import units
from cnnviz.gui.parts.living_index import is_in
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.training.run_naming import data_title, network_title
from cnnviz.training.run_list import ListedRun, told_apart

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_STATES = {"lost": "broke off", "preparing": "reading its data"}
MOST_BESIDE = 4  # runs, for which there are colours


@dataclass(frozen=True, slots=True)
class _Row:
    """A run, and what tells it from the others in the list."""

    run: ListedRun
    differs: str


def _rows(runs: Sequence[ListedRun]) -> list[_Row]:
    """Runs of one network are told apart: those of others differ in everything."""
    said: dict[Path, str] = {}
    for model in {run.config.model for run in runs if run.config is not None}:
        alike = [(run, run.config) for run in runs if run.config is not None and run.config.model == model]
        configs = [replace(config, data="") for _, config in alike]  # they have a column of their own
        told = told_apart(configs, [run.rate_changes for run, _ in alike], from_most=True)
        said |= zip((run.folder for run, _ in alike), told, strict=True)
    return [_Row(run, said.get(run.folder, "–")) for run in runs]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _when(run: ListedRun) -> str:
    return f"{datetime.fromtimestamp(run.begun):%d %b %H:%M}"


def _network(run: ListedRun) -> str:
    return "–" if run.config is None else network_title(run.config)


def _data(run: ListedRun) -> str:
    return "–" if run.config is None else data_title(run.config)


def _state(run: ListedRun) -> str:
    return "cannot be read" if run.problem and run.config is not None else _STATES.get(run.state, run.state)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    text: Callable[[_Row], str]
    order: Callable[[_Row], object]
    help: str
    is_number: bool = False


def _text(title: str, text: Callable[[_Row], str], help_text: str) -> _Column:
    """A column of words is sorted as it reads."""
    return _Column(title, text, lambda row: text(row).lower(), help_text)


def _number(title: str, text: Callable[[_Row], str], number: Callable[[ListedRun], float | None], tip: str) -> _Column:
    """A column of numbers is sorted by them; what is unknown is the least."""
    return _Column(title, text, lambda row: -1.0 if (value := number(row.run)) is None else value, tip, True)


COLUMNS = (
    _text("Run", lambda row: row.run.folder.name, "Its folder. A tick draws it beside the one on the page."),
    _text("Network", lambda row: _network(row.run), "What was trained."),
    _text(
        "What differs",
        lambda row: row.differs,
        "Settings in which a run is unlike most others of its network, and rates that were chosen while it went on.",
    ),
    _number(
        "Final", lambda row: _percent(row.run.final_accuracy), lambda run: run.final_accuracy, "Test accuracy, last."
    ),
    _number(
        "Best", lambda row: _best(row.run), lambda run: run.best_accuracy, "Best test accuracy, and after which epoch."
    ),
    _text("State", lambda row: _state(row.run), "How it is, or ended."),
    _text("Note", lambda row: row.run.note.replace("\n", " "), "What you have to say of it."),
    _number("Epochs", lambda row: _epochs(row.run), lambda run: run.epochs, "Done, of those that were asked for."),
    _number(
        "Time",
        lambda row: _seconds(row.run),
        lambda run: run.seconds,
        "Wall time. Until a run has ended: that of training, without its tests.",
    ),
    _text("Data", lambda row: _data(row.run), "On what it was trained."),
    _number("Begun", lambda row: _when(row.run), lambda run: run.begun, "When it was started."),
)


def _best(run: ListedRun) -> str:
    return _percent(run.best_accuracy) + (f" ({run.best_epoch})" if run.best_accuracy is not None else "")


def _epochs(run: ListedRun) -> str:
    return f"{run.epochs} of {run.config.epochs}" if run.config is not None else "–"


def _seconds(run: ListedRun) -> str:
    return "–" if run.seconds is None else units.duration(run.seconds)


class RunTableModel(QAbstractTableModel):
    """Read-only but for the ticks."""

    beside_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._beside: list[Path] = []
        self._shown: Path | None = None
        self._sorting: tuple[int, Qt.SortOrder] | None = None

    @property
    def beside(self) -> tuple[Path, ...]:
        """The runs that are ticked, the one that was ticked first first."""
        return tuple(self._beside)

    @property
    def shown(self) -> Path | None:
        """The run that is on the page."""
        return self._shown

    @property
    def runs(self) -> tuple[ListedRun, ...]:
        """The runs, in the order of the table."""
        return tuple(row.run for row in self._rows)

    def show_runs(self, runs: Sequence[ListedRun]) -> None:
        """Show these."""
        if runs == tuple(sorted(self.runs, key=lambda each: -each.begun)):
            return
        self.beginResetModel()
        self._rows = _rows(runs)
        self._sort()
        self.endResetModel()
        self.set_beside(each for each in self._beside if any(run.folder == each for run in runs))

    def show_open(self, folder: Path | None) -> None:
        """Mark the run that is on the page: it is not beside itself."""
        self._shown = folder
        self.set_beside(each for each in self._beside if each != folder)
        self._tell_all()

    def set_beside(self, folders: Iterable[Path]) -> None:
        """Tick these, the last few of them."""
        wanted = list(dict.fromkeys(folders))[-MOST_BESIDE:]
        if wanted != self._beside:
            self._beside = wanted
            self._tell_all()
            self.beside_changed.emit()

    def run_at(self, row: int) -> ListedRun | None:
        """Return the run of a row; None: there is no such row."""
        return self._rows[row].run if 0 <= row < len(self._rows) else None

    def _tell_all(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    def _sort(self) -> None:
        if self._sorting is None:
            return
        column, order = self._sorting
        self._rows.sort(key=lambda row: COLUMNS[column].order(row), reverse=order is Qt.SortOrder.DescendingOrder)  # type: ignore[arg-type, return-value]  # of one column all are alike

    # Overrides of Qt.

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        before = [
            self._rows[each.row()].run.folder for each in self.persistentIndexList() if each.row() < len(self._rows)
        ]
        old = [each for each in self.persistentIndexList() if each.row() < len(self._rows)]
        self._sorting = (column, order) if 0 <= column < len(COLUMNS) else None
        if self._sorting is None:
            self._rows.sort(key=lambda row: -row.run.begun)
        self._sort()
        places = {row.run.folder: at for at, row in enumerate(self._rows)}
        new = [self.index(places[folder], each.column()) for folder, each in zip(before, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        base = super().flags(index)
        is_own = is_in(self, index) and self._rows[index.row()].run.folder == self._shown
        return base | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 and not is_own else base

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].title
            case Qt.ItemDataRole.ToolTipRole:
                return COLUMNS[section].help
            case Qt.ItemDataRole.TextAlignmentRole if COLUMNS[section].is_number:
                return _RIGHT
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not is_in(self, index):
            return None
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.run.problem or column.text(row))
            case Qt.ItemDataRole.TextAlignmentRole if column.is_number:
                return _RIGHT
            case Qt.ItemDataRole.CheckStateRole if index.column() == 0 and row.run.config is not None:
                is_on = row.run.folder in self._beside or row.run.folder == self._shown
                return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
        return None

    def setData(self, index: AnyIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not is_in(self, index) or index.column() != 0:
            return False
        folder = self._rows[index.row()].run.folder
        is_on = Qt.CheckState(value) is Qt.CheckState.Checked
        others = [each for each in self._beside if each != folder]
        self.set_beside([*others, folder] if is_on else others)
        return True
