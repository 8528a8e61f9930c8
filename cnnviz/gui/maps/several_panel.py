"""One channel for two to nine pictures, linked: zoom and the place that is pointed at are the same in all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.gui import dialogs
from cnnviz.gui.data.data_chooser import DataChooser
from cnnviz.gui.maps.scaling_bar import color_map_of
from cnnviz.gui.maps.several_cell import Place, SeveralCell
from cnnviz.gui.maps.several_pictures import FEWEST, MOST, PicturesSeen, Several
from cnnviz.gui.parts.color_scale import ColorScale
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.progress import Progress

if TYPE_CHECKING:
    from cnnviz.training.data.browsing import Split

_EACH = "One of each class"
_PATIENCE = 300  # milliseconds until it is said that pictures are being looked at
_GAP = 8  # pixels between pictures


class SeveralPanel(QWidget):
    """Says which pictures are wished for; shows what it is given."""

    wish_changed = Signal(object)  # Several
    cancelled = Signal()  # what is under way is wished for no longer
    picture_chosen = Signal(object)  # Path | FoundPicture
    place_pointed = Signal(object)  # Place | None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data, self.split, self.classes, self.count = DataChooser(brief=True), *(ElidedCombo() for _ in range(3))
        self.files = QPushButton("Files…")
        self.previous, self.next = QToolButton(), QToolButton()
        self.cells = [SeveralCell(self) for _ in range(MOST)]
        self.said, self.scale = label("", "caption", wrap=True), ColorScale()
        self.bar, self.cancel = Progress(textVisible=False), QPushButton("Cancel")
        self._grid, self._progress = QGridLayout(), QWidget()
        self._which = Several()
        self._shown: PicturesSeen | CnnvizError | None = None
        self._seen: PicturesSeen | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._color_map = colors.AUTOMATIC
        self._name()
        self._connect()
        self._lay_out()
        self._show_choices()

    @property
    def which(self) -> Several:
        """What is wished for."""
        return self._which

    def show_wish(self, which: Several) -> None:
        """Show in the controls what was wished for elsewhere."""
        self._which = which
        self._show_choices()

    def show_seen(self, answer: PicturesSeen | CnnvizError | None, waits: bool = False) -> None:
        """Show pictures with their maps, or why there are none.

        Args:
            answer: None: they are being looked at.
            waits: others are being looked at, and these stand until those are there.
        """
        was_waiting = self._progress.isVisibleTo(self)
        if answer is None or waits:
            self._patience.start()
        else:
            self._patience.stop()
            self._progress.hide()
        if answer is not None and (answer is not self._shown or was_waiting):
            self._shown = answer
            self._seen = answer if isinstance(answer, PicturesSeen) else None
            self.said.setText(str(answer) if isinstance(answer, CnnvizError) else "")
            self.scale.setVisible(self._seen is not None and self._seen.drawing is not None)
            self._show_cells()

    @Slot(object, object)
    def show_progress(self, done: int, of: int) -> None:
        """Say how many of how many pictures were looked at."""
        self.bar.setRange(0, max(1, of))
        self.bar.setValue(done)

    @Slot()
    def _show_waiting(self) -> None:
        self.bar.setRange(0, 0)
        self._progress.show()
        self.said.setText("Looking at the pictures…")

    def set_colors(self, color_map: str) -> None:
        """Paint in these colours, or in automatic ones."""
        self._color_map = color_map
        self._paint()

    def mark(self, place: Place | None) -> None:
        """Frame a place in every map, and say the values there."""
        for cell in self.cells:
            cell.mark(place)

    def _show_cells(self) -> None:
        seen = () if self._seen is None else self._seen.seen
        drawing, at = None if self._seen is None else self._seen.drawing, 0
        for cell, each in zip(self.cells, seen, strict=False):
            values = levels = None
            if each.maps is not None and drawing is not None:
                values, levels, at = drawing.values[at], drawing.map_levels(at), at + 1
            cell.show_seen(each, values, levels)
        if drawing is not None and self._seen is not None:
            asked = self._seen.asked
            self.scale.set_range(float(drawing.low.min()), float(drawing.high.max()))
            path = asked.question.call.path
            of = f"layer {path}" if path else "the network"
            self.said.setText(f"Channel {asked.channel} of {of}; a colour stands for the same value in all maps.")
        if self._seen is not None and self._seen.class_names:
            self._offer_classes(self._seen.class_names)
        self._arrange()
        self._paint()

    @Slot()
    def _choose(self) -> None:
        split: Split = "train" if self.split.currentData() == "train" else "test"
        label = self.classes.currentIndex() - 1  # before it stands one of each
        is_known = self.data.data == self._which.data and label >= 0
        self._wish(Several(self.data.data, split, label if is_known else None, self.count.currentData()))

    @Slot()
    def _ask_for_files(self) -> None:
        dialogs.ask_for_pictures(self, self._choose_files)

    def _choose_files(self, files: tuple[Path, ...]) -> None:
        if files:
            self._wish(replace(self._which, files=files[:MOST]))

    @Slot()
    def _go_on(self) -> None:
        self._step(1)

    @Slot()
    def _go_back(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        by *= 1 if self._which.label is None else self._which.count
        self._wish(replace(self._which, first=max(0, self._which.first + by), files=()))

    def _wish(self, which: Several) -> None:
        if which != self._which:
            self._which = which
            self._show_choices()
            self.wish_changed.emit(which)

    def _show_choices(self) -> None:
        which = self._which
        self.data.add(which.data)
        self.data.show_chosen(which.data)
        self._offer_classes(self.data.class_names)
        self.classes.setCurrentIndex(0 if which.label is None else which.label + 1)
        self.split.setCurrentIndex(self.split.findData(which.split))
        self.count.setCurrentIndex(max(0, self.count.findData(which.count)))
        self.previous.setEnabled(which.first > 0)

    def _offer_classes(self, names: tuple[str, ...]) -> None:
        wanted = [_EACH, *names]
        if names and wanted != [self.classes.itemText(at) for at in range(self.classes.count())]:
            with QSignalBlocker(self.classes):
                self.classes.clear()
                self.classes.addItems(wanted)
                label = self._which.label
                self.classes.setCurrentIndex(0 if label is None or label >= len(names) else label + 1)

    @Slot(object)
    def _point(self, place: Place | None) -> None:
        self.mark(place)
        self.place_pointed.emit(place)

    @Slot()
    def _link(self) -> None:
        """Show the same part in all."""
        if isinstance(moved := self.sender(), ImageCanvas):
            for cell in self.cells:
                cell.look_like(moved)

    def _paint(self) -> None:
        diverges = self._seen is not None and self._seen.drawing is not None and self._seen.drawing.diverges
        table = colors.table(color_map_of(self._color_map, diverges))
        self.scale.set_colors(table)
        for cell in self.cells:
            cell.view.set_colors(table)

    def _arrange(self) -> None:
        """Lay the pictures in as many columns as make their maps largest."""
        count = 0 if self._seen is None else len(self._seen.seen)
        area, head = self._grid.geometry(), self.cells[0].head_height

        def side(columns: int) -> float:
            rows = -(-count // columns)
            return min((area.width() + _GAP) / columns / 2 - _GAP, (area.height() + _GAP) / rows - _GAP - head)

        columns = max(range(1, count + 1), key=side) if count else 1
        for at, cell in enumerate(self.cells):
            self._grid.removeWidget(cell)
            cell.setVisible(at < count)
            if at < count:
                self._grid.addWidget(cell, at // columns, at % columns)

    def _name(self) -> None:
        for split, title in (("test", "Test"), ("train", "Training")):
            self.split.addItem(title, split)
        for count in range(FEWEST, MOST + 1):
            self.count.addItem(str(count), count)
        self.classes.addItem(_EACH)
        for widget, name, tip in (
            (self.split, "Half of the data", "Pictures of the test, or those that a run learns from"),
            (self.classes, "Class of the pictures", "One picture of each class, or several of one"),
            (self.count, "How many pictures", "How many pictures are compared"),
            (self.files, "Picture files", "Compare pictures of your own: choose two to nine files"),
            (self.previous, "Pictures before", "The pictures before these"),
            (self.next, "Next pictures", "The pictures that follow"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(plain_tip(tip))
        self.previous.setText("‹")
        self.next.setText("›")
        for box in (self.split, self.classes, self.count):
            box.setSizeAdjustPolicy(ElidedCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(1 if box is self.count else 3)

    def _connect(self) -> None:
        self.data.changed.connect(self._choose)
        for box in (self.split, self.classes, self.count):
            box.activated.connect(self._choose)
        self.files.clicked.connect(self._ask_for_files)
        self.previous.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        self.cancel.clicked.connect(self.cancelled)
        self._patience.timeout.connect(self._show_waiting)
        for cell in self.cells:
            cell.chosen.connect(self.picture_chosen)
            cell.pointed.connect(self._point)
            for canvas in (cell.picture, cell.view):
                canvas.view_changed.connect(self._link)

    def _lay_out(self) -> None:
        whose, which, progress, pictures = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(self._progress), QWidget()
        for row, widgets in ((whose, (self.data, self.classes)), (which, (self.split, self.count))):
            row.setSpacing(4)
            for widget in widgets:
                row.addWidget(widget, 1)
        for button in (self.previous, self.next, self.files):
            which.addWidget(button)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.cancel)
        pictures.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 0)
        column.setSpacing(4)
        column.addLayout(whose)
        column.addLayout(which)
        column.addWidget(pictures, 1)
        column.addWidget(self._progress)
        column.addWidget(self.scale)
        column.addWidget(self.said)
        self._progress.hide()
        self.scale.hide()

    # Overrides of Qt.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
