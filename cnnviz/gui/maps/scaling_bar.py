"""How maps are painted: colours, which values the ends of the colours stand for, and in which order the maps lie."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.drawn.statistics import Order
from cnnviz.gui.parts.choices import Chooser
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.plain_tip import plain_tip

_SEQUENTIAL = "viridis"  # what automatic colours are where no value is below 0, or none above
_SCALINGS = {
    "Each map's range": Scaling(each=True),
    "One range for all": Scaling(each=False),
    "Each map, 1–99 %": Scaling(each=True, clip=True),
    "All maps, 1–99 %": Scaling(each=False, clip=True),
}
_FIXED = "Fixed limits"
_NARROWEST = 64  # screen pixels
_ORDERS: tuple[Order, ...] = get_args(Order)


class ScalingBar(QWidget):
    """A row of lists to choose from."""

    colors_changed = Signal(str)  # name of a colour map, or "automatic"
    scaling_changed = Signal(object)  # Scaling
    order_changed = Signal(str)  # an Order

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limits: tuple[float, float] | None = None  # that fixed ones begin with; None: no maps were seen yet
        named = [f"{title} ({kind})" for title, kind in colors.TITLES.values()]
        self._colors = self._list(
            "Colours", "Colours, from the lowest to the highest value", ["Automatic colours", *named]
        )
        self._scale = self._list(
            "Scaling", "Which values the ends of the colours stand for; 1–99 %: without the extremes at each end",
            [*_SCALINGS, _FIXED],
        )  # fmt: skip
        self._order = self._list(
            "Order", "The order in which the maps lie, largest first", [f"By {order}" for order in _ORDERS]
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._colors, self._scale, self._order):
            row.addWidget(widget)
        self._colors.currentIndexChanged.connect(self._tell_colors)
        self._scale.currentIndexChanged.connect(self._tell_scaling)
        self._order.currentIndexChanged.connect(self._tell_order)

    @property
    def color_map(self) -> str:
        """The name of the chosen colour map; "automatic" follows the data."""
        at = self._colors.currentIndex()
        return colors.AUTOMATIC if at <= 0 else colors.NAMES[at - 1]

    @property
    def scaling(self) -> Scaling:
        """The chosen scaling. Diverging colours have zero in the middle, automatic ones where values are signed."""
        symmetric = {colors.AUTOMATIC: None, colors.DIVERGING: True}.get(self.color_map, False)
        chosen = _SCALINGS.get(self._scale.currentText())
        if chosen is None and self._limits is None:
            return Scaling(each=False, symmetric=symmetric)
        if chosen is None:
            return Scaling(each=False, symmetric=symmetric, fixed=self._limits)
        return Scaling(chosen.each, symmetric, chosen.clip)

    @property
    def order(self) -> Order:
        """The chosen order."""
        return _ORDERS[max(0, self._order.currentIndex())]

    @property
    def choosers(self) -> dict[str, Chooser]:
        """What is chosen here, by name."""
        return {"colors": self._colors, "scale": self._scale, "order": self._order}

    def choose_color_map(self, name: str) -> None:
        """Choose a colour map by its name, or "automatic"."""
        self._colors.setCurrentIndex(0 if name == colors.AUTOMATIC else 1 + colors.NAMES.index(name))

    def choose_scaling(self, scaling: Scaling) -> None:
        """Choose a scaling; whether zero is in the middle follows from the colours."""
        if scaling.fixed is not None:
            self.fix(scaling.fixed)
            return
        titles = [title for title, each in _SCALINGS.items() if (each.each, each.clip) == (scaling.each, scaling.clip)]
        self._scale.setCurrentText(titles[0])

    def choose_order(self, order: Order) -> None:
        """Choose an order."""
        self._order.setCurrentIndex(_ORDERS.index(order))

    def know_limits(self, limits: tuple[float, float]) -> None:
        """Limits that are fixed now begin with these, which are on screen."""
        if self._limits is None or self._scale.currentText() != _FIXED:
            self._limits = limits

    @Slot(object)
    def fix(self, limits: tuple[float, float]) -> None:
        """Fix the limits, for all maps and layers."""
        self._limits = limits
        with QSignalBlocker(self._scale):
            self._scale.setCurrentText(_FIXED)
        self._tell_scaling()

    def _tell_colors(self) -> None:
        self.colors_changed.emit(self.color_map)
        self._tell_scaling()

    def _tell_scaling(self) -> None:
        self.scaling_changed.emit(self.scaling)

    def _tell_order(self) -> None:
        self.order_changed.emit(self.order)

    def _list(self, name: str, tip: str, texts: list[str]) -> QComboBox:
        made = ElidedCombo(self)
        made.addItems(texts)
        made.setAccessibleName(name)
        made.setToolTip(plain_tip(tip))
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        made.setMinimumWidth(_NARROWEST)
        return made


def color_map_of(chosen: str, diverges: bool) -> str:
    """Return the colour map to paint in: automatic ones follow from whether zero is in the middle."""
    if chosen != colors.AUTOMATIC:
        return chosen
    return colors.DIVERGING if diverges else _SEQUENTIAL
