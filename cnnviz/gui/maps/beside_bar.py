"""What stands beside the maps: nothing, their kernels, or other maps; and which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QStackedWidget, QWidget

from cnnviz.gui import dialogs
from cnnviz.gui.data.number_bar import NumberBar
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.beside import BESIDES, BesideKind, BesideWish
from cnnviz.gui.maps.layer_chooser import LayerChooser
from cnnviz.gui.maps.resolving import Offer, State
from cnnviz.gui.maps.wanted import viewable
from cnnviz.gui.maps.weights_chooser import WeightsChooser
from cnnviz.gui.parts.file_drop import FileDrop
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.call import Identity
from cnnviz.inspection.report import Report
from cnnviz.training.data.numbered_picture import FoundPicture
from cnnviz.zoo.weights_source import Weights


class BesideBar(QWidget):
    """A row of controls; it says what is wished for."""

    wish_changed = Signal(object)  # BesideWish

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = QComboBox()
        for kind, title in BESIDES.items():
            self.kind.addItem(title, kind)
        self.kind.setAccessibleName("Beside the maps")
        self.kind.setToolTip("What is shown beside the maps, to be compared with them")
        self.weights, self.layers = WeightsChooser(), LayerChooser()
        self.weights.setAccessibleName("Weights beside")
        self.weights.setMinimumContentsLength(8)
        self.picture = QPushButton("Choose a picture…")
        self.picture.setToolTip("Or drop a picture here")
        self.data = NumberBar(shelf, brief=True)
        self._wish = BesideWish()
        self._report: Report | None = None
        self._last = State()
        self._stack = QStackedWidget()
        self._connect()
        self._lay_out()
        self._show()

    @property
    def wish(self) -> BesideWish:
        """What is wished for."""
        return self._wish

    def apply(self, before: State, after: State) -> None:
        """Offer what there is."""
        if after.offer != before.offer:
            self._offer(after.offer, self._wish.weights)
        if after.inspected is not None and after.inspected is not before.inspected:
            self._report = after.inspected.report
            self.layers.offer(viewable(self._report))
            self._show_layer(self._report, self._wish)
        self._last = after

    @Slot(object)
    def take(self, wish: BesideWish) -> None:
        """Wish for this."""
        if wish != self._wish:
            self._wish = wish
            self._show()
            self.wish_changed.emit(wish)

    def choose(self, kind: BesideKind) -> None:
        """Choose what is beside."""
        self.kind.setCurrentIndex(list(BESIDES).index(kind))
        self._choose_kind()

    def show_wish(self, wish: BesideWish) -> None:
        """Show in the controls what was wished for elsewhere."""
        self.kind.setCurrentIndex(list(BESIDES).index(wish.kind))
        self._offer(self._last.offer, wish.weights)
        self.take(wish)

    def _offer(self, offer: Offer, current: Weights) -> None:
        self.weights.offer(offer.spec, offer.run, current, offer.epochs)

    @Slot()
    def _choose_kind(self) -> None:
        wish = replace(self._wish, kind=self.kind.currentData())
        if wish.kind == "data" and wish.of_data is None:
            self.data.look_for(self.data.wanted)
        if wish.kind == "layer" and wish.layer is None and self._report is not None:
            wish = replace(wish, layer=self._next_layer(self._report))
            self._show_layer(self._report, wish)
        self.take(wish)

    def _show_layer(self, report: Report, wish: BesideWish) -> None:
        call = next((each for each in report.calls if each.identity == wish.layer), None)
        self.layers.show_call(None if call is None else call.index)

    def _next_layer(self, report: Report) -> Identity | None:
        """Return the layer after the one whose maps stand, or the last."""
        calls, standing = viewable(report), self._last.call or 0
        return next((each.identity for each in calls if each.index > standing), calls[-1].identity if calls else None)

    @Slot(object)
    def _choose_weights(self, weights: Weights) -> None:
        self.take(replace(self._wish, weights=weights))
        self._offer(self._last.offer, weights)

    @Slot(object)
    def _choose_picture(self, picture: Path) -> None:
        self.take(replace(self._wish, picture=picture))

    @Slot(object)
    def _choose_of_data(self, found: FoundPicture) -> None:
        self.take(replace(self._wish, of_data=found))

    @Slot(object)
    def _choose_layer(self, call: int | None) -> None:
        if call is not None and self._report is not None and call < len(self._report.calls):
            self.take(replace(self._wish, layer=self._report.calls[call].identity))

    @Slot()
    def _ask_for_picture(self) -> None:
        dialogs.ask_for_picture(self, self._choose_picture)

    def _show(self) -> None:
        kind, picture = self._wish.kind, self._wish.picture
        controls = {"weights": self.weights, "picture": self.picture, "data": self.data, "layer": self.layers}
        self._stack.setVisible(kind in controls)
        if kind in controls:
            self._stack.setCurrentWidget(controls[kind])
        if picture is not None:
            self.picture.setText(picture.name)
            self.picture.setToolTip(plain_tip(str(picture)))

    def _connect(self) -> None:
        self.kind.activated.connect(self._choose_kind)
        self.weights.weights_chosen.connect(self._choose_weights)
        self.layers.call_chosen.connect(self._choose_layer)
        self.picture.clicked.connect(self._ask_for_picture)
        self.data.picture_found.connect(self._choose_of_data)
        FileDrop(self.picture).dropped.connect(self._choose_picture)

    def _lay_out(self) -> None:
        for widget in (self.weights, self.picture, self.data, self.layers):
            self._stack.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        row.addWidget(label("Beside", "muted"))
        row.addWidget(self.kind)
        row.addWidget(self._stack, 1)
        row.addStretch(0)
