"""What the data of a run hold, seen before it starts: classes, counts, what was decided, and pictures of each class."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui.data.class_grid import ClassGrid
from cnnviz.gui.data.class_model import AnyIndex, ClassModel
from cnnviz.gui.data.data_look import Look
from cnnviz.gui.data.picture_strip import PictureStrip
from cnnviz.gui.data.sample_reader import SampleReader, SamplesAsked
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.parts.fold import Fold
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.segments import Segments
from cnnviz.training.data.browsing import Contents, Sample, misfits
from cnnviz.training.data.numbered_picture import Numbered, number_at
from cnnviz.training.events import Preparing

_SETTLE_MS = 120  # a size is typed in several strokes
_NOTES = 2  # of what was decided, that are seen at once
_NO_NETWORK = "Pick a network that takes pictures: the data are shown as it will see them."


class DataBrowser(QWidget):
    """Reads only while it is seen, and only what is in sight."""

    sample_chosen = Signal(object)  # Numbered: by a double click, or by Enter
    can_choose_changed = Signal(bool)  # whether a picture is framed

    def __init__(self, parent: QWidget | None = None, shelf: Shelf | None = None) -> None:
        """Make one that reads data for itself, or shares those that are on a shelf."""
        super().__init__(parent)
        self._wanted: Look | None = None
        self._asked: Look | None = None  # what is shown, or was refused, or is being read
        self._shelf = shelf
        self.reader = SampleReader(self, shelf)
        self.model = ClassModel(self)
        self.grid = ClassGrid(self.model)
        self.strip = PictureStrip()
        self.split = Segments({"train": "Training", "test": "Test"}, "Pictures of")
        self.others = QPushButton("Other pictures")
        self.again = QPushButton("Read again")
        self.summary = label("", "caption", wrap=True, selectable=True)
        self.misfits = label("", "error", wrap=True, selectable=True)
        self.notes = label("", "plain", wrap=True, selectable=True)
        self.more_notes = label("", "plain", wrap=True, selectable=True)
        self.more = Fold("More", self.more_notes)
        self.message = label("", "muted", wrap=True, selectable=True)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._lay_out()
        self._connect()

    @property
    def limit(self) -> int | None:
        """How many pictures to train on are shown at most."""
        return None if self._asked is None else self._asked.limit

    @Slot(object)
    def look_at(self, look: Look | None) -> None:
        """Show other data, or the same as another network sees them; None: there is no network that takes pictures."""
        if look != self._wanted:
            self._wanted = look
            self._settle.start()

    @Slot()
    def read_again(self) -> None:
        """Read the data from the beginning, at the latest when they are next seen."""
        if self._shelf is not None:
            self._shelf.forget()
        self._asked = None
        self._settle.start()

    @Slot()
    def choose_current(self) -> None:
        """Choose the picture that is framed."""
        self._choose(self.grid.currentIndex())

    def shows(self, look: Look) -> bool:
        """Return whether it is these data that are shown, as this network sees them."""
        return self.model.contents is not None and self._asked == look

    def let_go(self) -> None:
        """Hold no pictures: a run needs the memory. They are read again when they are next seen."""
        self.reader.cancel()
        self._show_message("")
        self._asked = None

    @Slot()
    def try_again(self) -> None:
        """Read data that could not be read: a run has got them by now."""
        if self.model.contents is None:
            self.read_again()

    def end(self) -> None:
        """End the thread."""
        self._settle.stop()
        self.reader.end()

    @Slot()
    def _refresh(self) -> None:
        """Ask for what is wanted and not asked for yet."""
        wanted, asked = self._wanted, self._asked
        if not self.isVisible():
            return
        self._asked = wanted
        if wanted is None:
            self.reader.cancel()
            self._show_message(_NO_NETWORK)
        elif wanted.finds_the_same(asked) and self.model.contents is not None:
            self._show_contents(self.model.contents, wanted, same=asked is not None and asked.shape == wanted.shape)
        elif not wanted.finds_the_same(asked):
            self._show_message(f"Reading {wanted.title}…")
            self.reader.open(wanted.data, wanted.limit)

    @Slot(object)
    def _show_opened(self, found: Contents) -> None:
        if self._asked is not None:
            self.model.show_contents(found)
            self._show_contents(found, self._asked, same=True)

    def _show_contents(self, found: Contents, look: Look, same: bool) -> None:
        if not same:
            self.reader.cancel()
            self.model.forget_samples()
        _say(self.summary, _summary(found, look))
        _say(self.misfits, "\n".join(misfits(found, look.shape[0], look.classes)))
        _say(self.notes, "\n".join(found.notices[:_NOTES]))
        self.more_notes.setText("\n".join(found.notices[_NOTES:]))
        self.more.button.setText(f"{len(found.notices) - _NOTES:,} more")
        self.more.setVisible(len(found.notices) > _NOTES)
        self._body.setCurrentIndex(1)
        self.others.setEnabled(True)
        self.grid.show_pictures_of(max(look.shape[1:]))
        self._point_at(self.grid.currentIndex())
        self._read_next()

    @Slot(object)
    def _show_refusal(self, error: CnnvizError) -> None:
        self._show_message("\n".join(part for part in (error.message, error.hint) if part))

    @Slot(object)
    def _show_news(self, news: Preparing) -> None:
        if self.model.contents is None:
            self.message.setText(news.what + ("…" if news.fraction is None else f"  {news.fraction:.0%}"))

    def _show_message(self, text: str) -> None:
        """Say in the place of the table why there is none."""
        self.model.show_contents(None)
        for each in (self.summary, self.misfits, self.notes):
            _say(each, "")
        self.more.hide()
        self.others.setEnabled(False)
        self.message.setText(text)
        self._body.setCurrentIndex(0)

    @Slot()
    def _read_next(self) -> None:
        """Read the first row in sight that lacks a picture; one that is being read is finished while it is in sight."""
        found, look, rows = self.model.contents, self._asked, self.grid.rows_in_sight
        if found is None or look is None or not self.isVisible():
            return
        under_way = self.reader.asked
        if under_way is not None and self.model.is_in_sight(under_way.split, under_way.positions, rows):
            return
        if lacking := self.model.missing(rows):
            self.reader.read(found, SamplesAsked(self.model.split, lacking, look.shape))

    @Slot(object, object)
    def _take(self, asked: SamplesAsked, samples: tuple[Sample, ...]) -> None:
        self.model.take(asked.split, asked.positions, samples, self.grid.rows_in_sight)
        self._point_at(self.grid.pointed_at)
        self._read_next()

    @Slot(QModelIndex)
    def _choose(self, index: AnyIndex) -> None:
        found, look, at = self.model.contents, self._asked, self.model.position(index)
        if found is not None and look is not None and at is not None:
            label, number = number_at(found.split(self.model.split).part, at)
            self.sample_chosen.emit(Numbered(look.data, self.model.split, str(label), number))

    @Slot(str)
    def _choose_split(self, split: str) -> None:
        self.model.choose_split("test" if split == "test" else "train")
        self._read_next()

    @Slot()
    def _show_others(self) -> None:
        self.model.show_others()
        self._point_at(self.grid.currentIndex())
        self._read_next()

    @Slot(object)
    def _point_at(self, index: AnyIndex) -> None:
        look = self._asked
        self.can_choose_changed.emit(self.model.position(self.grid.currentIndex()) is not None)
        if look is None or not index.isValid():
            self.strip.show_nothing()
        elif index.column() == 0 or not self.model.has_picture(index):
            self.strip.show_class(self.model.class_row(index.row()))
        else:
            number = self._number(index)
            self.strip.show_sample(self.model.class_row(index.row()), self.model.sample(index), look.shape, number)

    def _number(self, index: AnyIndex) -> int:
        """Return the number of a picture in its class."""
        found, at = self.model.contents, self.model.position(index)
        return 0 if found is None or at is None else number_at(found.split(self.model.split).part, at)[1]

    def _connect(self) -> None:
        self._settle.timeout.connect(self._refresh)
        self.reader.opened.connect(self._show_opened)
        self.reader.samples_read.connect(self._take)
        self.reader.refused.connect(self._show_refusal)
        self.reader.told.connect(self._show_news)
        self.split.chosen_changed.connect(self._choose_split)
        self.others.clicked.connect(self._show_others)
        self.again.clicked.connect(self.read_again)
        self.grid.sight_changed.connect(self._read_next)
        self.grid.pointed.connect(self._point_at)
        self.grid.activated.connect(self._choose)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.split)
        bar.addWidget(self.others)
        bar.addStretch(1)
        bar.addWidget(self.again)
        self.others.setToolTip("Show those that follow in each class, until all were seen")
        self.again.setToolTip("Look at the data anew, after files were changed")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMargin(24)
        table = QWidget()
        inside = QVBoxLayout(table)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.grid, 1)
        inside.addWidget(self.strip)
        self._body = QStackedWidget()
        self._body.addWidget(self.message)
        self._body.addWidget(table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for each in (self.summary, self.misfits, self.notes, self.more):
            column.addWidget(each)
        column.addLayout(bar)
        column.addWidget(self._body, 1)
        self._show_message("")

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle.start()


def _summary(found: Contents, look: Look) -> str:
    """Return how much there is, and as what it is seen."""
    counts = found.train.counts
    each = f", {counts.min():,} to {counts.max():,} of a class" if counts.min() != counts.max() else ""
    learned = f"{len(found.train.part):,} to learn{each}"
    shape = units.shape(look.shape).replace(" ", "\u00a0")  # not broken between two lines
    how = f"as the network sees them: {shape}, all of each picture"
    classes = units.counted(len(found.class_names), "class")
    return f"{classes}  ·  {learned}  ·  {len(found.test.part):,} to test  ·  {how}."


def _say(where: QLabel, text: str) -> None:
    where.setText(text)
    where.setVisible(bool(text))
