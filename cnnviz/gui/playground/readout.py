"""How one number comes about, how large the output is, and the code that does the same."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from cnnviz.feature_maps.playground.reach import GENERAL_FORMULA, TRANSPOSED_FORMULA, Axis
from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.tall_column import TallColumn
from cnnviz.gui.theme import scaled

_ARITHMETIC, _CODE = 64, 120  # screen pixels, in text of the usual size: the height of the one; the least of the other


class Readout(QWidget):
    """Text that can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = label("", "heading")
        self.arithmetic = label("", "formula", wrap=True, selectable=True)
        self.arithmetic.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.arithmetic.setAccessibleName("Arithmetic")
        self.sizes = label("", "plain", wrap=True, selectable=True)
        self.general = Caption(1)
        self.code = CodeText()
        self.copy = QPushButton("Copy")
        self._lay_out()

    def show_arithmetic(self, title: str, lines: Sequence[str]) -> None:
        """Show how a number comes about."""
        self.place.setText(title)
        self.arithmetic.setText("\n".join(lines))

    def show_sizes(self, axes: Sequence[Axis]) -> None:
        """Show the formula with the numbers put in, for each axis; of none: nothing."""
        self.sizes.setText("\n".join(axis.formula() for axis in axes))
        transposed = any(axis.transposed for axis in axes)
        self.general.setText(f"size = {TRANSPOSED_FORMULA if transposed else GENERAL_FORMULA}" if axes else "")

    def _lay_out(self) -> None:
        scroll = TallColumn(self.arithmetic)
        follow_looks(scroll, lambda: scroll.setFixedHeight(room_for_text(scroll, _ARITHMETIC)))
        head = QHBoxLayout()
        head.addWidget(label("PyTorch", "heading"))
        head.addStretch(1)
        head.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.place)
        column.addWidget(scroll)
        column.addWidget(label("Output size", "heading"))
        column.addWidget(self.sizes)
        column.addWidget(self.general)
        column.addLayout(head)
        column.addWidget(self.code, 1)


class CodeText(QPlainTextEdit):
    """A program to read and to copy; Tab goes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("PyTorch code")
        follow_looks(self, self._dress)

    def _dress(self) -> None:
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        percent = round(100 * self.fontInfo().pixelSize() / 12)
        self.document().setDefaultFont(scaled(fixed, percent) if percent != 100 else fixed)

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(160, room_for_text(self, _CODE))
