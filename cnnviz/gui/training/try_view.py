"""Any picture, or one drawn with the mouse, told by the weights of the run that is shown, while it trains too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui import dialogs
from cnnviz.gui.data.sample_image import image_of, pixmap_of, side_on_screen
from cnnviz.gui.parts.file_drop import FileDrop
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.parts.top_classes import TopClasses
from cnnviz.gui.training.drawing_canvas import DrawingCanvas
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.events import CheckpointWritten, Heard, RunStarted
from cnnviz.units import counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.training.trying import Cut, Shape, Tried

    Pixels = npt.NDArray[np.uint8]

_SETTLE_MS = 60  # a stroke is many movements
_SEEN = 112  # pixels of what the network sees, in text of the usual size
_NOTHING = "Start a run, or open one: its weights tell what you draw."
_HINT = "Draw with the mouse, light on dark; the right button rubs out. Or open a picture, or drop one here."


class TryView(QWidget):
    """Asks, and keeps the network that it asks, only while it is seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._started: RunStarted | None = None
        self._picture: Path | None = None  # None: what is drawn
        self._ask: Callable[[Cut], Tried] | None = None  # made by the first job, and only called in them
        self.canvas = DrawingCanvas()
        self.classes = TopClasses()
        self.heading = label("", "heading", wrap=True)
        self.message = label(_NOTHING, "muted", wrap=True, selectable=True)
        self.seen = QLabel()
        self.seen_text = label("", "caption", wrap=True)
        self.clear_button = QPushButton("Clear")
        self.open_button = QPushButton("Open picture…")
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._jobs = LatestJob(self, "try-picture")
        self._connect()
        self._lay_out()

    def follow(self, folder: Path) -> None:
        """The run is in this folder."""
        self._folder, self._ask = folder, None

    def begin(self, started: RunStarted) -> None:
        """Ask another network from now on."""
        self._started, self._ask = started, None
        self._jobs.cancel()
        self._show_nothing(_HINT)
        self._settle.start()

    def take(self, events: Sequence[Heard]) -> None:
        """Ask again where there are newer weights."""
        if any(isinstance(event, CheckpointWritten) for event in events):
            self._settle.start()

    def end(self) -> None:
        """End the thread."""
        self._settle.stop()
        self._jobs.close()
        self._ask = None

    @Slot(object)
    def open(self, picture: Path) -> None:
        """Ask for a picture on disk."""
        self._picture = picture
        self._settle.start()

    @Slot()
    def _drawn(self) -> None:
        self._picture = None
        self._settle.start()

    @Slot()
    def _refresh(self) -> None:
        if self._started is None or self._folder is None or not self.isVisible():
            return
        if self._picture is None and self.canvas.is_empty:
            self._jobs.cancel()
            self._show_nothing(_HINT)
            return
        cut = partial(_from_file, self._picture) if self._picture else partial(_from_drawing, self.canvas.pixels)
        folder, started = self._folder, self._started
        self._jobs.submit(lambda: self._answer(folder, started, cut))

    def _answer(self, folder: Path, started: RunStarted, cut: Cut) -> Tried:
        """Runs in the worker thread."""
        ask = self._ask
        if ask is None:
            from cnnviz.training.trying import Trying

            ask = self._ask = Trying(folder, started.config).look
        return ask(cut)

    @Slot(object)
    def _show_answer(self, tried: Tried) -> None:
        if not self.isVisible():
            self._ask = None
        names = tried.class_names or (() if self._started is None else self._started.class_names)
        self.classes.show_classes(list(tried.best), names)
        self.heading.setText(self.classes.rows[0][0] if self.classes.rows else "")
        self.message.setText("" if tried.step is None else f"Told by the weights after {counted(tried.step, 'step')}.")
        ratio, image = self.devicePixelRatioF(), image_of(tried.seen)
        side = side_on_screen(image.width(), room_for_text(self, _SEEN), ratio)
        self.seen.setPixmap(pixmap_of(image, side, ratio))
        self.seen_text.setText("What the network sees")
        self.canvas.show_picture(None if self._picture is None else tried.seen)

    @Slot(object)
    def _refuse(self, error: CnnvizError) -> None:
        self._show_nothing(str(error))

    def _show_nothing(self, why: str) -> None:
        self.classes.show_classes([], ())
        self.heading.setText("")
        self.seen.clear()
        self.seen_text.setText("")
        self.message.setText(why)

    def _connect(self) -> None:
        self._settle.timeout.connect(self._refresh)
        self._jobs.succeeded.connect(self._show_answer)
        self._jobs.failed.connect(self._refuse)
        self.canvas.changed.connect(self._drawn)
        self.clear_button.clicked.connect(self.canvas.clear)
        self.open_button.clicked.connect(lambda: dialogs.ask_for_picture(self, self.open))
        FileDrop(self).dropped.connect(self.open)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear_button)
        buttons.addWidget(self.open_button)
        buttons.addStretch(1)
        left = QVBoxLayout()
        left.addLayout(buttons)
        left.addWidget(self.canvas, 1)
        right = QVBoxLayout()
        right.addWidget(self.heading)
        right.addWidget(self.classes)
        right.addWidget(self.message)
        right.addSpacing(12)
        right.addWidget(self.seen, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self.seen_text)
        right.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addLayout(left, 3)
        row.addLayout(right, 2)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ask = None


def _from_drawing(pixels: Pixels, shape: Shape, fit: Fit) -> Pixels:
    from PIL import Image

    from cnnviz.pictures.preprocessing import fitted

    return fitted(Image.fromarray(pixels[0]), shape, fit)


def _from_file(file: Path, shape: Shape, fit: Fit) -> Pixels:
    from cnnviz.pictures.reading import seen

    return seen(file, shape, fit)
