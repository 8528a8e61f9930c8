"""The classes of data and their pictures in a window beside: one of them is chosen to be looked at."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.data.data_browser import DataBrowser
from cnnviz.gui.data.data_chooser import DataChooser
from cnnviz.gui.data.data_look import Look
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.parts.labels import label
from cnnviz.training.data.numbered_picture import Numbered

_SIZE = (720, 620)  # screen pixels
_SHAPE = (3, 64, 64)  # in which pictures are shown where no network that takes any is picked


class BrowseDialog(QDialog):
    """Stays open while pictures are chosen; the window behind it lives on."""

    picture_chosen = Signal(object)  # Numbered

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Pictures of data")
        self.resize(*_SIZE)
        self._shape: tuple[int, int, int] = _SHAPE
        self.data = DataChooser(brief=True)
        self.browser = DataBrowser(shelf=shelf)
        self.look = QPushButton("Look at it")
        self.look.setToolTip("The picture that is framed; a double click does the same")
        self.data.changed.connect(self._tell_look)
        self.browser.sample_chosen.connect(self.picture_chosen)
        self.browser.can_choose_changed.connect(self.look.setEnabled)
        self.look.clicked.connect(self.browser.choose_current)
        self.look.setEnabled(False)
        self._lay_out()

    def browse(self, wanted: Numbered, shape: tuple[int, ...] | None) -> None:
        """Show the data of a picture as a network with inputs of this shape, (C, H, W), sees them."""
        self._shape = (shape[0], shape[1], shape[2]) if shape is not None and len(shape) == 3 else _SHAPE
        self.data.add(wanted.data)
        self.data.show_chosen(wanted.data)
        self.browser.split.choose(wanted.split)
        self._tell_look()
        self.show()
        self.raise_()
        self.browser.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """End the thread."""
        self.browser.end()
        self.close()

    @Slot()
    def _tell_look(self) -> None:
        self.browser.look_at(Look(self.data.data, self.data.title, None, self._shape, None))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label("Data", "muted"))
        head.addWidget(self.data, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.look)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.browser, 1)
        column.addLayout(foot)

    # Overrides of Qt.

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.browser.let_go()
