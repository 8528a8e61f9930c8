"""The Copy button: every way out of the table."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from cnnviz.gui.layers.table_export import FORMATS


class CopyButton(QToolButton):
    """Says what is wanted; the page knows the rows."""

    rows_wanted = Signal()  # the selected rows, in the columns on show
    all_wanted = Signal(str)  # key of FORMATS
    selection_wanted = Signal(str)
    save_wanted = Signal()
    picture_wanted = Signal()  # onto the clipboard
    picture_file_wanted = Signal()
    torchinfo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Copy ▾")
        self.setToolTip("Copy or save the table in other forms")
        menu = QMenu(self)
        menu.addAction("Copy selected rows\tCtrl+C").triggered.connect(lambda: self.rows_wanted.emit())
        menu.addSeparator()
        self._add_forms(menu.addMenu("Copy all rows as"), self.all_wanted)
        self._add_forms(menu.addMenu("Copy selected rows as"), self.selection_wanted)
        menu.addAction("Copy torchinfo's summary").triggered.connect(lambda: self.torchinfo_wanted.emit())
        menu.addAction("Copy picture").triggered.connect(lambda: self.picture_wanted.emit())
        menu.addSeparator()
        menu.addAction("Save table…").triggered.connect(lambda: self.save_wanted.emit())
        menu.addAction("Save picture…").triggered.connect(lambda: self.picture_file_wanted.emit())
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _add_forms(self, menu: QMenu, wanted: SignalInstance) -> None:
        for name, form in FORMATS.items():
            menu.addAction(form.title).triggered.connect(lambda _checked=False, key=name: wanted.emit(key))
