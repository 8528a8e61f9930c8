"""A few pictures as the network will see them, beneath the fields that say how; before there is a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.data.data_look import Look
from cnnviz.gui.data.sample_image import image_of, pixmap_of, side_on_screen
from cnnviz.gui.parts.labels import Whole, label, set_role
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.parts.option_field import OptionField
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.data.augmentations import chosen, in_words

if TYPE_CHECKING:
    from cnnviz.training.preview import Previewed, Sampled

_SETTLE_MS = 200
_SIDE = 56  # pixels of a picture, in text of the usual size: twice 28
_GAP = 4
_SHOWN_BY = ("augment", "normalise", "seed")  # settings


class PictureSheet(QWidget):
    """Pictures in rows, as many of each row as there is room for."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: tuple[tuple[QImage, ...], ...] = ()
        follow_looks(self, self._fit)

    def show_rows(self, rows: Sequence[Sequence[QImage]]) -> None:
        """Show other pictures."""
        self._rows = tuple(map(tuple, rows))
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(max(len(self._rows) * (room_for_text(self, _SIDE) + _GAP) - _GAP, 0))
        self.update()

    # Overrides of Qt.

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        room, ratio = room_for_text(self, _SIDE), self.devicePixelRatioF()
        columns = max((self.width() + _GAP) // (room + _GAP), 1)
        with QPainter(self) as painter:
            for down, row in enumerate(self._rows):
                for right, image in enumerate(row[:columns]):
                    side = side_on_screen(image.width(), room, ratio)
                    inset = (room - side) / 2
                    at = QPointF(right * (room + _GAP) + inset, down * (room + _GAP) + inset)
                    painter.drawPixmap(at, pixmap_of(image, side, ratio))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the answer depends on."""

    look: Look
    augment: str | None
    normalise: str
    seed: int
    draw: int


class ShowingPreview(QWidget):
    """Is there only while something is chosen, reads only while it is seen, and nothing before torch is there."""

    previewed = Signal()  # other pictures are shown

    def __init__(self, fields: Mapping[str, OptionField], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = fields
        self._look: Look | None = None
        self._draw, self._ready = 0, False
        self._asked: _Asked | None = None  # what is shown, or was refused, or is being made
        self._sample: tuple[Look, Sampled] | None = None
        self._control = Control()
        self._jobs = LatestJob(self, "preview-pictures")
        self._jobs.succeeded.connect(self._show)
        self._jobs.failed.connect(self._refuse)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._ask)
        self.plain, self.sheet = PictureSheet("Pictures as they are"), PictureSheet("Pictures as the network sees them")
        self.again = QPushButton("Others")
        self.again.setToolTip("Show other pictures, changed otherwise")
        self.again.clicked.connect(self._show_others)
        self.said = Whole("caption")
        self.does = Whole("caption")  # what is ticked, with the strengths, which are fixed
        self._over = label("As the network will see them, drawn twice", "caption")
        self._lay_out()
        for name in _SHOWN_BY:
            fields[name].changed.connect(self.follow)
        self.follow()

    @Slot()
    def begin(self) -> None:
        """Torch is there."""
        self._ready = True
        self._settle.start()

    @Slot(object)
    def look_at(self, look: Look | None) -> None:
        """Show pictures of other data, or for another network."""
        self._look = look
        self._settle.start()

    @Slot()
    def follow(self) -> None:
        """Show what the fields say now."""
        self.setVisible(any(self._fields[name].text not in ("", "none") for name in ("augment", "normalise")))
        self.does.setText(_does(self._fields["augment"].text))
        self.does.setVisible(bool(self.does.text()))
        self._settle.start()

    def end(self) -> None:
        """End the thread."""
        self._settle.stop()
        self._control.stop()
        self._jobs.close()

    @Slot()
    def _show_others(self) -> None:
        self._draw += 1
        self._ask()

    @Slot()
    def _ask(self) -> None:
        wanted = self._wanted()
        if wanted is None or wanted == self._asked or not self._ready or not self.isVisible():
            return
        self._control.stop()
        self._asked, self._control = wanted, Control()
        kept = self._sample[1] if self._sample is not None and self._sample[0] == wanted.look else None
        if kept is None:
            self._say("Reading a few pictures…")
        self._jobs.submit(partial(_answer, wanted, kept, self._control))

    def _wanted(self) -> _Asked | None:
        """Return what to show; None while something is no value, or there is no network that takes pictures."""
        try:
            augment, normalise, seed = (self._fields[name].option.check(self._fields[name].text) for name in _SHOWN_BY)
        except CnnvizError:
            return None
        if self._look is None or not isinstance(seed, int):
            return None
        return _Asked(self._look, None if augment is None else str(augment), str(normalise), seed, self._draw)

    @Slot(object)
    def _show(self, answer: tuple[_Asked, Sampled, Previewed] | None) -> None:
        if answer is None:
            return
        asked, sample, found = answer
        self._sample = asked.look, sample
        self.plain.show_rows([list(map(image_of, found.plain))])
        self.sheet.show_rows([list(map(image_of, row)) for row in found.shown])
        spread = f"mean {found.mean:.2f}, deviation {found.deviation:.2f}"
        about = f" Estimated from {found.measured:,} pictures; a run measures all." if found.measured else ""
        self._say(f"Values {found.lowest:.2f} to {found.highest:.2f}, {spread}.".replace("-", "−") + about)
        self.previewed.emit()

    @Slot(object)
    def _refuse(self, error: CnnvizError) -> None:
        self._asked = None
        self.plain.show_rows([])
        self.sheet.show_rows([])
        self._say(error.message, bad=True)

    def _say(self, text: str, bad: bool = False) -> None:
        self.said.setText(text)
        set_role(self.said, "error" if bad else "caption")
        self._over.setVisible(not bad)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label("Training pictures", "caption"), 1)
        head.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.plain)
        column.addWidget(self.does)
        column.addWidget(self._over)
        column.addWidget(self.sheet)
        column.addWidget(self.said)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle.start()


def _does(augment: str) -> str:
    """Return what the augmentations that are ticked do, as a sentence."""
    said = in_words(chosen(augment))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _answer(asked: _Asked, kept: Sampled | None, control: Control) -> tuple[_Asked, Sampled, Previewed] | None:
    """Runs in the worker thread; None: a stop came first."""
    from cnnviz.training.preview import previewed, sampled

    look = asked.look
    config = TrainConfig("", look.data, augment=asked.augment, normalise=asked.normalise, seed=asked.seed)
    try:
        sample = kept or sampled(look.data, look.limit, look.shape, control)
    except StoppedError:
        return None
    return asked, sample, previewed(sample, config, look.shape, asked.draw)
