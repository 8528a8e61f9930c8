"""What excites a channel: the nine places of many pictures where it is largest, and which pictures those were."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.strongest.patches import Patch, Strongest, cut
from cnnviz.gui.data.data_chooser import DataChooser
from cnnviz.gui.maps.beside import Excited, Search
from cnnviz.gui.maps.patch_grid import PatchGrid, SeenPatch
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.progress import Progress
from cnnviz.gui.workers.latest_job import LatestJob

_LIMITS = (200, 1_000, 5_000, None)  # pictures; None: all


class StrongestPanel(QWidget):
    """Shows a search under way, what was found, or why nothing was; says which other search is wished for."""

    search_changed = Signal(object)  # Search
    cancelled = Signal()  # the search that is under way is wished for no longer
    patch_chosen = Signal(object, object)  # Numbered, tuple[int, int]: row and column in the map

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data, self.split, self.limit = DataChooser(brief=True), ElidedCombo(), ElidedCombo()
        self.grid = PatchGrid()
        self.said = label("", "caption", wrap=True)
        self.again = QPushButton("Look again")
        self._bar = Progress()
        self._bar.setTextVisible(False)
        self.cancel = QPushButton("Cancel")
        self._progress = QWidget()
        self._search = Search()
        self._is_chosen = False  # by somebody, and not by the run that is looked through
        self._excited: Excited | None = None
        self._channel = 0
        self._patches = LatestJob(self, "patches")
        self._name()
        self._connect()
        self._lay_out()
        self._show_choices()

    @property
    def search(self) -> Search:
        """What is wished for."""
        return self._search

    def take(self, search: Search) -> None:
        """Wish for another search."""
        self._is_chosen = True
        self._wish(search)

    def show_wish(self, search: Search) -> None:
        """Show in the controls what was wished for elsewhere."""
        self._search, self._is_chosen = search, search != Search()
        self._show_choices()

    def offer(self, data: str) -> None:
        """Put the data of a run on the list, and choose them where nobody has chosen others."""
        self.data.add(data)
        if not self._is_chosen:
            self._wish(replace(self._search, data=data))

    def show_search(self, answer: Excited | CnnvizError | None) -> None:
        """Show what was found, or why nothing was; None: it is being looked for."""
        self._excited = answer if isinstance(answer, Excited) else None
        self._progress.setVisible(answer is None)
        self.again.setVisible(isinstance(answer, CnnvizError))
        if answer is None:
            self._bar.setRange(0, 0)
            self.said.setText("Looking through the pictures…")
        elif isinstance(answer, CnnvizError):
            self.said.setText(str(answer))
        self._show_channel()

    @Slot(object, object)
    def show_progress(self, done: int, of: int) -> None:
        """Say how many of how many pictures were looked through."""
        if self._excited is None and self._progress.isVisibleTo(self):
            self._bar.setRange(0, max(1, of))
            self._bar.setValue(done)
            self.said.setText(f"{done:,} of {units.counted(of, 'picture')} looked through…")

    def select_channel(self, channel: int) -> None:
        """Show what excites another channel."""
        if channel != self._channel:
            self._channel = channel
            self._show_channel()

    def end(self) -> None:
        """End the thread."""
        self._patches.close()

    def _show_channel(self) -> None:
        excited = self._excited
        if excited is None or self._channel >= len(excited.found.values):
            self._patches.cancel()
            self.grid.show_patches(())
            return
        self._patches.submit(partial(_seen, excited, self._channel))

    @Slot(object)
    def _show_patches(self, seen: tuple[SeenPatch, ...]) -> None:
        self.grid.show_patches(seen)
        if self._excited is not None:
            self.said.setText(_sentence(self._excited.found, self._channel, bool(seen)))

    @Slot(object)
    def _refuse_patches(self, error: CnnvizError) -> None:
        self.grid.show_patches(())
        self.said.setText(str(error))

    @Slot(object)
    def _choose_patch(self, patch: Patch) -> None:
        if self._excited is not None:
            self.patch_chosen.emit(self._excited.numbered(patch.picture), (patch.row, patch.column))

    @Slot()
    def _choose(self) -> None:
        split, limit = self.split.currentData(), self.limit.currentData()
        self.take(
            replace(self._search, data=self.data.data, split="train" if split == "train" else "test", limit=limit)
        )

    @Slot()
    def _look_again(self) -> None:
        self._wish(replace(self._search, attempt=self._search.attempt + 1))

    def _wish(self, search: Search) -> None:
        if search != self._search:
            self._search = search
            self._show_choices()
            self.search_changed.emit(search)

    def _show_choices(self) -> None:
        self.data.add(self._search.data)
        self.data.show_chosen(self._search.data)
        self.split.setCurrentIndex(self.split.findData(self._search.split))
        self.limit.setCurrentIndex(_LIMITS.index(self._search.limit) if self._search.limit in _LIMITS else 1)

    def _name(self) -> None:
        for split, title in (("test", "Test"), ("train", "Training")):
            self.split.addItem(title, split)
        for count in _LIMITS:
            self.limit.addItem("All pictures" if count is None else units.counted(count, "picture"), count)
        self.split.setToolTip("Pictures of the test, or those that a run learns from")
        self.limit.setToolTip("A fair sample of so many, or all of them")
        for box, name in ((self.split, "Half of the data"), (self.limit, "How many pictures")):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(4)

    def _connect(self) -> None:
        self.data.changed.connect(self._choose)
        self.split.activated.connect(self._choose)
        self.limit.activated.connect(self._choose)
        self.cancel.clicked.connect(self.cancelled)
        self.again.clicked.connect(self._look_again)
        self.grid.patch_chosen.connect(self._choose_patch)
        self._patches.succeeded.connect(self._show_patches)
        self._patches.failed.connect(self._refuse_patches)

    def _lay_out(self) -> None:
        choices, progress = QHBoxLayout(), QHBoxLayout(self._progress)
        choices.addWidget(self.data, 3)
        choices.addWidget(self.split, 2)
        choices.addWidget(self.limit, 2)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.addWidget(self._bar, 1)
        progress.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 0)
        column.setSpacing(4)
        column.addLayout(choices)
        column.addWidget(self.grid, 1)
        column.addWidget(self._progress)
        column.addWidget(self.said)
        column.addWidget(self.again)


def _sentence(found: Strongest, channel: int, has_places: bool) -> str:
    """Return what is shown, and on what it rests."""
    name = f"Channel {channel} of {f'layer {found.layer}' if found.layer else 'the network'} ({found.weights})"
    of = f"{found.seen:,} of {found.there:,}" if found.seen < found.there else f"all {found.seen:,}"
    said = f"{name}: its strongest places" if has_places else f"{name} is the same everywhere"
    one = ", at most one of each picture" if has_places else ""
    notes = [each for each in found.notes if "could not be read" in each]
    return "\n".join((f"{said} in {of} pictures of {found.data}{one}.", *notes))


def _seen(excited: Excited, channel: int) -> tuple[SeenPatch, ...]:
    """Return a channel's patches, cut out of their pictures. Runs in a worker thread."""
    found, pictures = excited.found, excited.pictures
    return tuple(
        SeenPatch(
            patch,
            pictures.class_names[int(pictures.part.labels[patch.picture])],
            pictures.name(patch.picture),
            cut(pictures.pixels(patch.picture, found.input_shape, found.fit), patch.box),
        )
        for patch in found.of(channel)
    )
