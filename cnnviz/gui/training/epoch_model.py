"""The epochs of a run as a table, one row each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from cnnviz import units
from cnnviz.gui.parts.living_index import is_in
from cnnviz.training.best_epoch import Standing
from cnnviz.training.events import EpochDone

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LARGE = 1e5  # nats: from there on no digit behind the point tells anything

_BEST = "The best test of this run up to now: the weights of this epoch are kept, whatever comes after."


def _bold() -> QFont:
    made = QFont()
    made.setBold(True)
    return made


def _loss(nats: float) -> str:
    return f"{nats:.4g}" if abs(nats) >= _LARGE else f"{nats:.4f}"


COLUMNS: tuple[tuple[str, Callable[[EpochDone], str], str], ...] = (
    ("Epoch", lambda e: str(e.epoch), "Pass over the training images."),
    ("Train loss", lambda e: _loss(e.train_loss), "Mean cross entropy over the epoch, in nats, in training mode."),
    ("Train acc.", lambda e: f"{e.train_accuracy:.2%}", "Share of training images told right, in training mode."),
    ("Test loss", lambda e: _loss(e.test_loss), "Mean cross entropy on the test images, in nats."),
    ("Test acc.", lambda e: f"{e.test_accuracy:.2%}", "Share of test images told right."),
    ("Time", lambda e: units.duration(e.seconds), "Wall time of the training part of the epoch."),
    ("Images/s", lambda e: f"{e.images_per_second:,.0f}", "Images trained in a second, loading included."),
)


class EpochModel(QAbstractTableModel):
    """Grows by one row with each epoch."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._epochs: list[EpochDone] = []
        self._standing = Standing()

    @property
    def best(self) -> int | None:
        """The row of the best of two epochs or more: its weights are kept."""
        told = (row for row, epoch in enumerate(self._epochs) if epoch.epoch == self._standing.best_epoch)
        return next(told, None) if len(self._epochs) > 1 else None

    def append(self, epoch: EpochDone) -> None:
        """Add the row of an epoch."""
        self.beginInsertRows(QModelIndex(), len(self._epochs), len(self._epochs))
        self._epochs.append(epoch)
        self._standing = self._standing.after(epoch.epoch, epoch.test_accuracy, epoch.test_loss)
        self.endInsertRows()
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._epochs) - 1, len(COLUMNS) - 1))

    def clear(self) -> None:
        """Show no epoch."""
        self.beginResetModel()
        self._epochs, self._standing = [], Standing()
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._epochs)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        title, _, help_text = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title
            case Qt.ItemDataRole.ToolTipRole:
                return help_text
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not is_in(self, index):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[index.column()][1](self._epochs[index.row()])
            case Qt.ItemDataRole.FontRole if index.row() == self.best:
                return _bold()
            case Qt.ItemDataRole.ToolTipRole if index.row() == self.best:
                return _BEST
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None
