"""Where the parts of the playground lie: the settings at left, the equation above what explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from cnnviz.gui.parts.labels import Elided
from cnnviz.gui.parts.looks import keep_width
from cnnviz.gui.parts.tall_column import TallColumn

if TYPE_CHECKING:
    from cnnviz.gui.playground.page import PlaygroundPage

_SETTINGS = 220  # screen pixels, in text of the usual size
_HINT = "Click a number and type another; drag to paint. Point at the output to see how it comes about."


def lay_out(page: PlaygroundPage) -> None:
    """Put the parts of the page into it."""
    page.back.setText("‹")
    page.forward.setText("›")
    controls = QHBoxLayout()
    for button in (page.back, page.play, page.forward):
        controls.addWidget(button)
    controls.addSpacing(8)
    controls.addWidget(Elided(_HINT), 1)
    right = QVBoxLayout()
    right.setContentsMargins(12, 10, 12, 10)
    right.setSpacing(8)
    right.addWidget(page.equation, 3)
    right.addLayout(controls)
    right.addWidget(page.readout, 2)
    settings = TallColumn(page.form)
    keep_width(settings, _SETTINGS)
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addWidget(settings)
    row.addLayout(right, 1)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(page.banner)
    column.addLayout(row, 1)
