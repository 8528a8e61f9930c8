"""The picture, what it shows where that is known, and where to take another from: a file, data, the samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.gui import dialogs
from cnnviz.gui.data.number_bar import NumberBar
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.picture_view import PictureView
from cnnviz.gui.maps.sample_list import SampleList
from cnnviz.gui.maps.seen_view import SeenView
from cnnviz.gui.maps.why_bar import WhyBar
from cnnviz.gui.parts.labels import label, set_role
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.zoo.catalog import InputShape

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cnnviz.feature_maps.answers import FeatureMaps
    from cnnviz.feature_maps.verdict import Verdict
    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.training.data.numbered_picture import FoundPicture


class PicturePanel(QWidget):
    """Says which picture is wanted; shows the one it is given."""

    picture_chosen = Signal(object)  # Path | FoundPicture

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape: InputShape | None = None
        self._fit: Fit = "crop"
        self._range = ""  # of the values that the network sees
        self._file: Path | None = None
        self.view, self.seen = PictureView(), SeenView()
        self.samples = SampleList()
        self.name = label("", "plain")
        self.input = label("", "caption", wrap=True)
        self.truth = label("", "plain", wrap=True)
        self.data = NumberBar(shelf)
        self.why = WhyBar()
        self._samples_title = label("Samples", "heading")
        self._data_title = label("Of a data set", "heading")
        self._open = QPushButton("Open picture…")
        self._open.setToolTip("Or drop a picture above, or paste one")
        self._open.clicked.connect(self.ask_for_picture)
        self.view.picture_dropped.connect(self.picture_chosen)
        self.samples.sample_chosen.connect(self.picture_chosen)
        self.data.picture_found.connect(self.picture_chosen)
        self._lay_out()

    def show_picture(self, file: Path, pixels: npt.NDArray[np.uint8] | None) -> None:
        """Show a picture that was read, RGB (H, W, 3)."""
        self.view.show_picture(pixels)
        self.show_input(self._shape)
        self.samples.show_chosen(file)
        self._file = file
        self.show_truth(None, None)

    def show_truth(self, of_data: FoundPicture | None, said: Verdict | None) -> None:
        """Say what the picture is of data, and whether the network is right about it."""
        if self._file is not None:
            self.name.setText(self._file.name if of_data is None else f"{of_data.title}: {of_data.wanted.number}")
            self.name.setToolTip(plain_tip(str(self._file)))
        self.truth.setVisible(said is not None)
        if said is not None:
            self.truth.setText(said.sentence)
            set_role(self.truth, "plain" if said.is_right is None else "good" if said.is_right else "error")

    def show_input(self, shape: InputShape | None) -> None:
        """Say what a network with this input, (C, H, W), sees of it."""
        shape = shape if shape is not None and len(shape) == 3 else None  # a network of the user's may take no picture
        self._shape = shape
        self.view.set_aspect(None if shape is None or self._fit == "squash" else shape[2] / shape[1])
        if shape is None:
            self.input.clear()
        else:
            kind = "grey" if shape[0] == 1 else "colour" if shape[0] == 3 else f"{shape[0]} channels"
            cut = " The paler part is cut off." if self.view.is_cut else ""
            whole = " All of it, drawn to that shape." if self._fit == "squash" else ""
            self.input.setText(f"Seen as {units.shape(shape)}, {kind}.{cut or whole}{self._range}")

    def show_seen(self, maps: FeatureMaps | None) -> None:
        """Show what the network saw, whose maps these are; None: nothing."""
        self.seen.show_input(maps)
        self._range = ""
        if maps is not None:
            low, high = float(maps.input.min()), float(maps.input.max())
            self._fit, self._range = maps.fit, f" Values {value_text(low)} to {value_text(high)}."
        self.show_input(self._shape)

    def make_room(self, little: bool) -> None:
        """Leave the samples and the data out where there is little room."""
        for each in (self._samples_title, self.samples, self._data_title, self.data):
            each.setVisible(not little)

    @Slot()
    def ask_for_picture(self) -> None:
        """Ask for a file."""
        dialogs.ask_for_picture(self, self.picture_chosen.emit)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(6)
        column.addWidget(label("Picture", "heading"))
        column.addWidget(self.view)
        column.addWidget(self.name)
        column.addWidget(self.truth)
        seen = QHBoxLayout()
        seen.addWidget(self.seen)
        seen.addWidget(self.input, 1)
        column.addLayout(seen)
        column.addWidget(self._open)
        column.addSpacing(4)
        column.addWidget(self._data_title)
        column.addWidget(self.data)
        column.addSpacing(4)
        column.addWidget(self.why)
        column.addSpacing(4)
        column.addWidget(self._samples_title)
        column.addWidget(self.samples)
        column.addStretch(1)
