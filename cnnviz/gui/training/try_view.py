"""Any picture, or one drawn with the mouse, told by the weights of the run that is shown, while it trains too.

While no run is shown, the weights tell that come with cnnviz, where there are some of the network that is picked.
"""

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
from cnnviz.zoo.shipped_weights import shipped_with
from cnnviz.zoo.weights_source import Weights

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cnnviz.pictures.preprocessing import Fit
    from cnnviz.training.config import TrainConfig
    from cnnviz.training.trying import Cut, Shape, Tried, Trying
    from cnnviz.zoo.catalog import ModelSpec

    Pixels = npt.NDArray[np.uint8]

_SETTLE_MS = 60  # a stroke is many movements
_SEEN = 112  # pixels of what the network sees, in text of the usual size
_NOTHING = (
    "Start a run, or open one: its weights tell what you draw. Without one, LeNet as it is, and VGG-11 with its width"
    " ÷ 8, tell what they have learned of Fashion-MNIST."
)
_HINT = "Draw with the mouse, light on dark; the right button rubs out. Or open a picture, or drop one here."


class TryView(QWidget):
    """Asks, and keeps the network that it asks, only while it is seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._class_names: tuple[str, ...] = ()
        self._config: TrainConfig | None = None  # of the run
        self._offered: ModelSpec | None = None  # the network that is picked, where cnnviz has weights for it
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
        self._config, self._class_names = started.config, started.class_names
        self._ask_another(_HINT)

    def offer(self, spec: ModelSpec) -> None:
        """Ask the network that is picked, where cnnviz has weights for it and no run is shown."""
        self._offered = spec if shipped_with(spec) else None
        if self._folder is None:
            self._ask_another(_NOTHING if self._offered is None else _HINT)

    def _ask_another(self, hint: str) -> None:
        self._ask = None
        self._jobs.cancel()
        self._show_nothing(hint)
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
        make = self._asked()
        if make is None or not self.isVisible():
            return
        if self._picture is None and self.canvas.is_empty:
            self._jobs.cancel()
            self._show_nothing(_HINT)
            return
        cut = partial(_from_file, self._picture) if self._picture else partial(_from_drawing, self.canvas.pixels)
        self._jobs.submit(partial(self._answer, make, cut))

    def _asked(self) -> Callable[[], Trying] | None:
        """Return what makes the network that is asked; it is called in the worker."""
        if self._folder is not None:
            return None if self._config is None else partial(_of_run, self._folder, self._config)
        return None if self._offered is None else partial(_shipped, self._offered)

    def _answer(self, make: Callable[[], Trying], cut: Cut) -> Tried:
        """Runs in the worker thread."""
        ask = self._ask
        if ask is None:
            ask = self._ask = make().look
        return ask(cut)

    @Slot(object)
    def _show_answer(self, tried: Tried) -> None:
        if not self.isVisible():
            self._ask = None
        self.classes.show_classes(list(tried.best), tried.class_names or self._class_names)
        self.heading.setText(self.classes.rows[0][0] if self.classes.rows else "")
        whose = "Told by the weights" if self._folder is not None else "Told by weights that come with cnnviz,"
        self.message.setText("" if tried.step is None else f"{whose} after {counted(tried.step, 'step')}.")
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


def _of_run(folder: Path, config: TrainConfig) -> Trying:
    from cnnviz.training.trying import trying_run

    return trying_run(folder, config)


def _shipped(spec: ModelSpec) -> Trying:
    from cnnviz.training.trying import Trying

    return Trying(Weights("pretrained", shipped_with(spec)[0].name), spec)


def _from_drawing(pixels: Pixels, shape: Shape, fit: Fit) -> Pixels:
    from PIL import Image

    from cnnviz.pictures.preprocessing import fitted

    return fitted(Image.fromarray(pixels[0]), shape, fit)


def _from_file(file: Path, shape: Shape, fit: Fit) -> Pixels:
    from cnnviz.pictures.reading import seen

    return seen(file, shape, fit)
