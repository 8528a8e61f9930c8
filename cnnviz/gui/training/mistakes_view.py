"""What a run's network takes for what after each epoch, and the pictures that it is most wrong about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.data.sample_reader import SampleReader, SamplesAsked
from cnnviz.gui.parts.labels import Caption, label
from cnnviz.gui.training.confusion_matrix import Cell, ConfusionMatrix
from cnnviz.gui.training.epoch_slider import EpochSlider
from cnnviz.gui.training.picture_gallery import PictureGallery
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.runs.judged_file import Judged, read_judged
from cnnviz.training.confusion import (
    Counts,
    confusion,
    most_confused,
    pictures_in_cell,
    worst_classes,
    worst_mistakes,
)
from cnnviz.training.data.browsing import Contents, Sample
from cnnviz.training.events import ClassesJudged, Heard, RunStarted
from cnnviz.units import counted

_WORST = 3  # classes that are named
_MOST = 60  # pictures at once
_NOTHING = "After the first epoch: which class the network takes for which, and its worst mistakes."
_HINT = "A row for each class, a column for each answer. Click a cell for its pictures."


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What the network said after an epoch."""

    judged: Judged
    counts: Counts
    worst: str  # in words


def _read_epoch(folder: Path, epoch: int, started: RunStarted | None) -> _Told:
    """Runs in the worker thread: of a thousand classes there are a million cells."""
    judged, names = read_judged(folder, epoch), () if started is None else started.class_names
    classes = len(names) or int(max(judged.labels.max(), judged.predictions.max(), 0)) + 1
    counts = confusion(judged, classes)
    return _Told(judged, counts, _worst(counts, names))


def _worst(counts: Counts, names: Sequence[str]) -> str:
    """Return which classes are told worst, and which is most often taken for which."""
    if (confused := most_confused(counts)) is None:
        return ""
    named = [names[at] if at < len(names) else f"class {at}" for at in range(len(counts))]
    shares = worst_classes(counts, len(counts))
    never = sum(not share for _, share in shares)
    worst = "Told worst: " + ", ".join(f"{named[at]} {share:.0%}" for at, share in shares[:_WORST])
    if never > _WORST:
        worst = f"{never:,} of {len(shares):,} classes are never told right"
    label_, answer, times = confused
    return f"\n{worst}. Most often mistaken: {named[label_]} for {named[answer]}, {counted(times, 'picture')}."


class MistakesView(QWidget):
    """Reads only while it is seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._started: RunStarted | None = None
        self._judged: Judged | None = None
        self._contents: Contents | None = None
        self._worst = ""  # which classes are told worst, in words
        self._positions: list[int] = []
        self._stale = False
        self.slider = EpochSlider()
        self.matrix = ConfusionMatrix()
        self.gallery = PictureGallery("Pictures that were mistaken")
        self.worst = QPushButton("Worst of all")
        self.worst.setEnabled(False)
        self.readout = Caption(3, _NOTHING)
        self.heading = label("", "heading", wrap=True)
        self.message = label("", "muted", wrap=True, selectable=True)
        self.reader = SampleReader(self)
        self._jobs = LatestJob(self, "read-judged")
        self._connect()
        self._lay_out()

    def follow(self, folder: Path) -> None:
        """The run is in this folder."""
        self._folder = folder

    def begin(self, started: RunStarted) -> None:
        """Forget what was before."""
        self._started, self._judged, self._contents, self._stale = started, None, None, False
        self.reader.cancel()
        self._jobs.cancel()
        self.slider.clear()
        self.matrix.show_counts(None, ())
        self.gallery.clear()
        self.heading.setText("")
        self.message.setText("")
        self.readout.setText(_NOTHING)
        self.worst.setEnabled(False)

    def take(self, events: Sequence[Heard]) -> None:
        """Show what was said after the newest epoch, unless somebody looks at an earlier one."""
        self.slider.add(event.epoch for event in events if isinstance(event, ClassesJudged))

    def end(self) -> None:
        """End the threads."""
        self.reader.end()
        self._jobs.close()

    @Slot()
    def _refresh(self) -> None:
        epoch, folder = self.slider.epoch, self._folder
        self._stale = epoch is not None
        if epoch is not None and folder is not None and self.isVisible():
            self._stale = False
            self._jobs.submit(partial(_read_epoch, folder, epoch, self._started))

    @Slot(object)
    def _show_judged(self, told: _Told) -> None:
        started = self._started
        if started is None:
            return
        self._judged, self._worst = told.judged, told.worst
        self.matrix.show_counts(told.counts, started.class_names)
        self._hover(None)
        self._show_pictures()

    @Slot(object)
    def _refuse(self, error: CnnvizError) -> None:
        self.message.setText(str(error))

    @Slot()
    def _show_worst(self) -> None:
        self.matrix.choose(None)
        self._show_pictures()

    @Slot()
    def _show_pictures(self) -> None:
        """Read those of the chosen cell, or the worst of all."""
        judged, started = self._judged, self._started
        if judged is None or started is None:
            return
        cell = self.matrix.chosen
        wrong = int((judged.labels != judged.predictions).sum())
        if cell is None:
            self._positions = worst_mistakes(judged, _MOST)
            self.heading.setText(
                f"{counted(wrong, 'mistake')} in {counted(len(judged.labels), 'picture')}, worst first"
            )
        else:
            self._positions = pictures_in_cell(judged, *cell, _MOST)
            there = int(((judged.labels == cell[0]) & (judged.predictions == cell[1])).sum())
            what = "told right" if cell[0] == cell[1] else f"taken for {self._name(cell[1])}"
            self.heading.setText(f"{self._name(cell[0])}, {what}: {counted(there, 'picture')}")
        self.worst.setEnabled(cell is not None)
        if self._contents is None:
            self.message.setText("Reading the pictures…")
            self.reader.open(started.config.data, started.config.limit)
        else:
            self._read(self._contents)

    @Slot(object)
    def _take_contents(self, found: Contents) -> None:
        self._contents = found
        self._read(found)

    def _read(self, found: Contents) -> None:
        judged, started = self._judged, self._started
        if judged is None or started is None:
            return
        if not np.array_equal(found.test.part.labels, judged.labels):
            self.gallery.clear()
            self.message.setText("The test pictures are others now, or some could not be read: they are not shown.")
            return
        self.message.setText("")
        size = started.config.resize or 224
        channels = int(str(started.config.options.get("in_channels") or found.channels or 3))
        self.reader.read(found, SamplesAsked("test", tuple(self._positions), (channels, size, size)))

    @Slot(object, object)
    def _take_samples(self, asked: SamplesAsked, samples: tuple[Sample, ...]) -> None:
        judged = self._judged
        if judged is None or max(asked.positions, default=-1) >= len(judged.labels):
            return
        self.gallery.show_samples(samples, [self._text(judged, at) for at in asked.positions])

    def _text(self, judged: Judged, at: int) -> str:
        label_, answer = int(judged.labels[at]), int(judged.predictions[at])
        said = self._name(label_) if label_ == answer else f"{self._name(label_)}\n→ {self._name(answer)}"
        return f"{said}\nloss {float(judged.losses[at]):.2f}"

    def _name(self, class_: int) -> str:
        names = () if self._started is None else self._started.class_names
        return names[class_] if class_ < len(names) else f"class {class_}"

    @Slot(object)
    def _hover(self, cell: Cell | None) -> None:
        judged = self._judged
        if judged is None:
            return
        if cell is None:
            right = float((judged.labels == judged.predictions).mean()) if len(judged.labels) else 0.0
            self.readout.setText(f"Test accuracy {right:.2%}. {_HINT}{self._worst}")
            return
        of_class = judged.labels == cell[0]
        count = int((of_class & (judged.predictions == cell[1])).sum())
        total = int(of_class.sum())
        share = f", {count / total:.1%}" if total else ""
        how = "told right" if cell[0] == cell[1] else f"taken for {self._name(cell[1])}"
        self.readout.setText(f"{count:,} of {total:,} pictures of {self._name(cell[0])} {how}{share}.")

    def _connect(self) -> None:
        self.slider.changed.connect(self._refresh)
        self._jobs.succeeded.connect(self._show_judged)
        self._jobs.failed.connect(self._refuse)
        self.matrix.cell_chosen.connect(self._show_pictures)
        self.matrix.cell_hovered.connect(self._hover)
        self.worst.clicked.connect(self._show_worst)
        self.reader.opened.connect(self._take_contents)
        self.reader.samples_read.connect(self._take_samples)
        self.reader.refused.connect(self._refuse)

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        table = QVBoxLayout(left)
        table.setContentsMargins(0, 0, 8, 0)
        table.addWidget(self.slider)
        table.addWidget(self.readout)
        table.addWidget(self.matrix, 1)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.worst, 0, Qt.AlignmentFlag.AlignTop)
        pictures = QVBoxLayout(right)
        pictures.setContentsMargins(8, 0, 0, 0)
        pictures.addLayout(head)
        pictures.addWidget(self.message)
        pictures.addWidget(self.gallery, 1)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(left)
        halves.addWidget(right)
        halves.setSizes([560, 420])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(halves)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()
