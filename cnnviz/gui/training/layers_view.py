"""How each layer of a run's network does after an epoch: where gradients vanish, steps are wild, and units die."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHeaderView, QTableView, QVBoxLayout, QWidget

from cnnviz.gui.calls.delegate import CallDelegate
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.whole_headers import keep_titles_whole
from cnnviz.gui.training.epoch_slider import EpochSlider
from cnnviz.gui.training.layer_health_model import LayerHealthModel
from cnnviz.training.events import Heard, LayerSeen, LayersSeen, RunStarted

_COLUMN, _ROW = 90, 26  # pixels, in text of the usual size
_NOTHING = (
    "After the first epoch: how large each layer's gradient is, how far its weights move, and which units are dead."
)
_FAR, _EVEN = 100.0, 3.0


class LayersView(QWidget):
    """A table for the epoch that is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: dict[int, LayersSeen] = {}
        self.slider = EpochSlider()
        self.model = LayerHealthModel(self)
        self.table = _table(self.model)
        self.text = label(_NOTHING, "muted", wrap=True)
        self.slider.changed.connect(self._show)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.slider)
        column.addWidget(self.text)
        column.addWidget(self.table, 1)

    def follow(self, folder: Path) -> None:
        """Nothing here is read from a folder."""

    def begin(self, started: RunStarted) -> None:  # noqa: ARG002
        """Forget what was before."""
        self._seen = {}
        self.slider.clear()
        self.model.show_layers(())
        self.text.setText(_NOTHING)

    def take(self, events: Sequence[Heard]) -> None:
        """Show the newest epoch, unless somebody looks at an earlier one."""
        new = {event.epoch: event for event in events if isinstance(event, LayersSeen)}
        self._seen |= new
        self.slider.add(new)

    def end(self) -> None:
        """There is no thread."""

    @Slot()
    def _show(self) -> None:
        epoch = self.slider.epoch
        if epoch is not None:
            self.model.show_layers(self._seen[epoch].layers)
            self.text.setText(gradient_flow(self._seen[epoch].layers))


def gradient_flow(layers: Sequence[LayerSeen]) -> str:
    """Return how the gradient of the first layer stands beside that of the last, in a sentence or two."""
    own = [(layer.path, layer.gradient) for layer in layers if layer.gradient is not None]
    if len(own) < 2:
        return ""
    (first, at_first), (last, at_last) = own[0], own[-1]
    if not (at_first and at_last):
        none = first if not at_first else last
        return f"The gradient of layer {none} is 0: it learned nothing from the epoch's last batch."
    ratio = at_last / at_first
    if ratio >= _FAR:
        return (
            f"The gradient vanishes on its way back: that of layer {first} is 1/{ratio:,.0f} of {last}'s. "
            "The first layers hardly learn; ReLU, batch normalisation or Xavier's initial weights help."
        )
    if ratio <= 1 / _FAR:
        return f"The gradient grows on its way back: layer {first} has {1 / ratio:,.0f} times that of {last}."
    if ratio > _EVEN:
        return f"The gradient of layer {first} is 1/{ratio:,.0f} of that of {last}."
    if ratio < 1 / _EVEN:
        return f"The gradient of layer {first} is {1 / ratio:,.0f} times that of {last}."
    return f"The gradients of layers {first} and {last} are of one size: learning reaches the first layers."


def _table(model: LayerHealthModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setItemDelegate(CallDelegate(table))
    table.verticalHeader().hide()
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    keep_titles_whole(table, _COLUMN)
    follow_looks(table, lambda: table.verticalHeader().setDefaultSectionSize(room_for_text(table, _ROW)))
    table.setAccessibleName("Layers while they learn")
    return table
