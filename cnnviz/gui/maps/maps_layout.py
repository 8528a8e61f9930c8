"""Where each part of the feature-map page stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout

from cnnviz.gui.parts.tall_column import TallColumn

if TYPE_CHECKING:
    from cnnviz.gui.maps.maps_view import MapsView

_WIDTHS = (215, 505, 240)  # screen pixels


def lay_out(view: MapsView) -> QSplitter:
    """Lay out the page: controls above picture, maps and channel. Return what parts these and why a number is so."""
    parts = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
    for part in (TallColumn(view.picture), view.beside, view.channel):
        parts.addWidget(part)
    parts.setSizes(list(_WIDTHS))
    parts.setStretchFactor(1, 2)
    parts.setStretchFactor(2, 1)
    policy = view.busy.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    view.busy.setSizePolicy(policy)
    view.busy.hide()
    halves = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
    halves.addWidget(parts)
    halves.addWidget(view.pixel)
    halves.setStretchFactor(0, 3)
    halves.setStretchFactor(1, 2)
    column = QVBoxLayout(view)
    column.setContentsMargins(0, 0, 0, 0)
    for widget in (view.banner, view.header, view.download, view.busy, halves):
        column.addWidget(widget, 1 if widget is halves else 0)
    return halves
