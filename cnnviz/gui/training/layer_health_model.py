"""How each layer does after an epoch, as a table: gradient, step, what it returns, and dead units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.gui.calls.tree_model import SHARE_ROLE
from cnnviz.gui.parts.living_index import is_in
from cnnviz.training.events import LayerSeen
from cnnviz.units import UNKNOWN

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_DECADES = 6  # that a logarithmic bar spans


@dataclass(frozen=True, slots=True)
class _Measure:
    title: str
    help: str
    value: Callable[[LayerSeen], float | None]
    shown: Callable[[float], str]
    logarithmic: bool = True


MEASURES = (
    _Measure(
        "Gradient",
        "L2 norm of the gradients of the layer's own weights, of the epoch's last batch. Its bar is logarithmic: where "
        "it shrinks by powers of ten towards the first layer, the gradient vanishes on its way back.",
        lambda layer: layer.gradient,
        lambda value: f"{value:.3g}",
    ),
    _Measure(
        "Step ÷ weight",
        "How far the last step moved the layer's weights, beside how large they are. About 0.001 is usual; 0.1 is "
        "wild, 0.00001 hardly learns. Its bar is logarithmic.",
        lambda layer: layer.update,
        lambda value: f"{value:.3g}",
    ),
    _Measure(
        "Spread",
        "Standard deviation of what the layer returns for some test pictures.",
        lambda layer: layer.spread,
        lambda value: f"{value:.3g}",
    ),
    _Measure(
        "Dead units",
        "Units of a ReLU that returned 0 for every one of those pictures.",
        lambda layer: layer.dead,
        lambda value: f"{value:.0%}",
        logarithmic=False,
    ),
)
_TITLES = ("Layer", "Type", *(measure.title for measure in MEASURES))


class LayerHealthModel(QAbstractTableModel):
    """A row for each layer with weights or ReLUs, in the order in which they ran."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[LayerSeen, ...] = ()
        self._most: list[float] = []

    def show_layers(self, layers: Sequence[LayerSeen]) -> None:
        """Show another epoch."""
        shown = tuple(layer for layer in layers if layer.gradient is not None or layer.dead is not None)
        self.beginResetModel()
        self._layers = shown
        values = [[measure.value(layer) or 0.0 for layer in shown] for measure in MEASURES]
        self._most = [max(each, default=0.0) for each in values]
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._layers)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _TITLES[section]
            case Qt.ItemDataRole.ToolTipRole if section >= 2:
                return MEASURES[section - 2].help
            case Qt.ItemDataRole.TextAlignmentRole if section >= 2:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not is_in(self, index):
            return None
        layer, column = self._layers[index.row()], index.column()
        if column < 2:
            return (layer.path, layer.kind)[column] if role == Qt.ItemDataRole.DisplayRole else None
        measure = MEASURES[column - 2]
        value = measure.value(layer)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return UNKNOWN if value is None else measure.shown(value)
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _ if role == SHARE_ROLE and value:
                return 0.0, _length(value, self._most[column - 2]) if measure.logarithmic else value
        return None


def _length(value: float, most: float) -> float:
    """Return 1 for the largest, 0 where a number is six decades smaller."""
    return max(0.0, 1 + math.log10(value / most) / _DECADES)
