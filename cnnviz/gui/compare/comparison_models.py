"""A comparison as two tables: one row for each network, and one for each network at each resolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from cnnviz import units
from cnnviz.gui.calls.columns import without_batch
from cnnviz.gui.calls.tree_model import FAILED_ROLE, SHARE_ROLE
from cnnviz.gui.parts.living_index import is_in
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.comparison import Comparison, NetworkTotals, Stage, StageCost
from cnnviz.inspection.comparison_text import sizes_text

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to be shown."""

    text: str
    tooltip: str = ""
    number: float | None = None  # what its bar is long by; None: no bar
    swatch: int | None = None  # position of the network whose colour stands before the text
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """One column."""

    title: str
    help: str
    right: bool = True  # numbers stand at the right


TOTALS = (
    Heading("Network", "In the colour of its mark in the plot.", False),
    Heading("Params", "Learned numbers. Shared ones are counted once."),
    Heading("MACs", "Multiply-adds for one picture of the input's size."),
    Heading("FLOPs", "Two for each multiply-add."),
    Heading("Activations", "Bytes of all outputs for one picture."),
    Heading("Depth", "Layers with weights on the longest way from input to output."),
    Heading("Layers", "All layers with weights, those of side branches included."),
    Heading("Input", "Channels × height × width."),
    Heading("Largest map", "The output with the most values: channels × height × width."),
)
STAGES = (
    Heading("Stage", "Height of the maps, as a part of the input's.", False),
    Heading("Network", "In the colour of its mark in the plot.", False),
    Heading("Maps", "Height × width in pixels, the first and the last."),
    Heading("Layers", "Layers with weights."),
    Heading("Params", "Learned numbers that are held at this resolution."),
    Heading("MACs", "Multiply-adds that are spent at this resolution."),
)


class ComparisonTable(QAbstractTableModel):
    """Cells that a function made of a comparison; a bar is its number's share of the column's greatest."""

    def __init__(self, headings: tuple[Heading, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = headings
        self._rows: tuple[tuple[Cell, ...], ...] = ()
        self._greatest: list[float] = []
        self._colors: Sequence[QColor] = ()

    @property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: tuple[tuple[Cell, ...], ...], colors: Sequence[QColor]) -> None:
        """Show these rows; ``colors`` are the networks'."""
        self.beginResetModel()
        self._rows, self._colors = rows, colors
        self._greatest = [max((cell.number or 0 for cell in column), default=0) for column in zip(*rows, strict=True)]
        self.endResetModel()

    def _share(self, column: int, cell: Cell) -> tuple[float, float] | None:
        if cell.number is None or not self._greatest[column] or len(self._colors) < 2:
            return None
        return cell.number / self._greatest[column], 0.0

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._headings):
            return None
        heading = self._headings[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return heading.title
            case Qt.ItemDataRole.ToolTipRole:
                return heading.help
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if heading.right else _LEFT
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not is_in(self, index):
            return None
        cell = self._rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(cell.tooltip) or None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if self._headings[index.column()].right else _LEFT
            case Qt.ItemDataRole.DecorationRole if cell.swatch is not None:
                return self._colors[cell.swatch]
            case _ if role == SHARE_ROLE:
                return self._share(index.column(), cell)
            case _ if role == FAILED_ROLE:
                return cell.failed
        return None


def totals_rows(comparison: Comparison) -> tuple[tuple[Cell, ...], ...]:
    """Return one row for each network."""
    return tuple(_totals_row(position, network) for position, network in enumerate(comparison.networks))


def stage_rows(comparison: Comparison) -> tuple[tuple[Cell, ...], ...]:
    """Return one row for each network at each resolution, those of one resolution together."""
    return tuple(_stage_row(comparison, stage, at) for stage in comparison.stages for at in range(len(stage.costs)))


def _totals_row(position: int, network: NetworkTotals) -> tuple[Cell, ...]:
    failed = "" if network.error is None else f"{network.error.message} {network.error.hint}".strip()
    return (
        Cell(network.name, failed or network.name, swatch=position, failed=bool(failed)),
        _number(network.params, units.short, "parameters"),
        _number(network.macs, units.short, "multiply-adds"),
        _number(network.flops, units.short, "FLOPs"),
        _number(network.activation_bytes, units.size, "bytes"),
        _number(network.depth, units.exact, "weight layers on the longest way"),
        _number(network.weight_layers, units.exact, "weight layers"),
        Cell(without_batch(network.input_shapes)),
        Cell(without_batch((network.largest_map,) if network.largest_map else ())),
    )


def _stage_row(comparison: Comparison, stage: Stage, position: int) -> tuple[Cell, ...]:
    cost = stage.costs[position]
    names = (Cell(stage.label), Cell(comparison.networks[position].name, swatch=position))
    if cost is None:
        return (*names, Cell("", "The network has no maps of this size."), Cell(""), Cell(""), Cell(""))
    return (*names, *_cost_cells(cost))


def _cost_cells(cost: StageCost) -> tuple[Cell, ...]:
    every = "\n".join(units.shape(size) for size in cost.sizes)
    return (
        Cell(sizes_text(cost), every),
        _number(cost.layers, units.exact, "weight layers"),
        _number(cost.params, units.short, "parameters"),
        _number(cost.macs, units.short, "multiply-adds"),
    )


def _number(value: int | None, text: Callable[[int | None], str], unit: str) -> Cell:
    told = "Unknown: some of it could not be counted." if value is None else f"{units.exact(value)} {unit}"
    return Cell(text(value), told, value)
