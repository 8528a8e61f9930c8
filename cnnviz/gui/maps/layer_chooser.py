"""The calls of a report whose outputs can be shown, in order of execution."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.calls.call_list import CallList
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.call import Call


class LayerChooser(QWidget):
    """A list, and two buttons that go one layer back or on."""

    call_chosen = Signal(object)  # int: index in the report

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._calls = CallList(self)
        self._list = ElidedCombo(self)
        self._list.setModel(self._calls)
        self._list.setAccessibleName("Layer")
        self._list.setToolTip("The layer whose output is shown")
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._list.setMinimumContentsLength(34)
        self._list.setMaxVisibleItems(24)
        self._list.activated.connect(self._choose)
        self._back = self._button("‹", "Previous layer (Page Up)", -1)
        self._on = self._button("›", "Next layer (Page Down)", 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._list, 1)
        row.addWidget(self._back)
        row.addWidget(self._on)

    @property
    def call(self) -> int | None:
        """The index of the call that is shown as chosen."""
        return self._calls.index_at(self._list.currentIndex())

    @property
    def count(self) -> int:
        """How many calls are listed."""
        return self._list.count()

    def offer(self, calls: Iterable[Call]) -> None:
        """List these calls of a report."""
        self._calls.show_calls(calls)
        self._list.setCurrentIndex(0)
        self._mend_buttons()

    def show_call(self, index: int | None) -> None:
        """Show a call as chosen; one that cannot be shown: none."""
        self._list.setCurrentIndex(self._calls.position_of(index))
        self._mend_buttons()

    def step(self, by: int) -> None:
        """Choose the layer so many calls on, or back; there is none beyond the first and the last."""
        position = self._list.currentIndex() + by
        if 0 <= position < self._list.count():
            self._choose(position)

    def choose(self, index: int) -> None:
        """Choose a call, where it is listed."""
        if (position := self._calls.position_of(index)) >= 0:
            self._choose(position)

    @Slot(int)
    def _choose(self, position: int) -> None:
        self._list.setCurrentIndex(position)
        self._mend_buttons()
        self.call_chosen.emit(self._calls.index_at(position))

    def _mend_buttons(self) -> None:
        self._back.setEnabled(self._list.currentIndex() > 0)
        self._on.setEnabled(self._list.currentIndex() < self._list.count() - 1)

    def _button(self, text: str, name: str, by: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(plain_tip(name))
        button.setAccessibleName(name.partition(" (")[0])
        button.clicked.connect(lambda: self.step(by))
        return button

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        return QSize(room_for_text(self, 180), super().minimumSizeHint().height())
