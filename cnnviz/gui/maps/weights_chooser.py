"""Where the weights come from: random, pretrained, a file, or the run just trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from cnnviz.gui import dialogs
from cnnviz.gui.parts.elided_combo import ElidedCombo
from cnnviz.gui.parts.file_dialog import open_file_dialog
from cnnviz.gui.parts.file_drop import FileDrop
from cnnviz.slow_disks import SlowDiskError, answered
from cnnviz.zoo import catalog
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.shipped_weights import shipped_with
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights, title_of, weights_at

_OPEN_FILE, _OPEN_FOLDER = "open a file", "open a folder"
_FILTER = "Weights, and what tells of them (*.safetensors *.pth *.pt *.ckpt *.bin *.json *.toml);;All files (*)"


class WeightsChooser(ElidedCombo):
    """Offers what fits the network."""

    weights_chosen = Signal(object)  # Weights

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Weights")
        self.setToolTip("Where the network's weights come from; a file or a folder of them can be dropped here")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)
        self._wanted = self._current = RANDOM_WEIGHTS
        self._later: Callable[[], None] | None = None  # what is to be offered once the list is closed
        self.activated.connect(self._choose)
        FileDrop(self).dropped.connect(self.take)
        self.offer(None, None, RANDOM_WEIGHTS)

    def offer(
        self,
        spec: ModelSpec | None,
        run: Path | None,
        current: Weights,
        epochs: Sequence[tuple[int, Path]] = (),
    ) -> None:
        """List what there is for a network.

        Args:
            spec: the network.
            run: whose newest weights are offered.
            current: what it has.
            epochs: of a run, by their numbers: the folders with their weights.
        """
        self._later = partial(self._list, spec, run, current, epochs)
        if not self.view().isVisible():  # nobody is choosing
            self._offer_now()

    def _list(
        self, spec: ModelSpec | None, run: Path | None, current: Weights, epochs: Sequence[tuple[int, Path]]
    ) -> None:
        self._wanted, self._current = current, current.origin
        current = self._current
        self.clear()
        self.addItem(_built_as(spec), RANDOM_WEIGHTS)
        for text, weights in _pretrained(spec):
            self.addItem(text, weights)
        if run is not None:
            self.addItem(f"Run {run.name}", Weights("run", file=run))
        for _, folder in epochs:
            saved = Weights("file", file=folder)
            self.addItem(saved.title, saved)
        if current.file is not None:  # what does not fit whole may fit in part: a network with another head
            whole, part = replace(current, allow_mismatch=False), replace(current, allow_mismatch=True)
            if self._position(whole) < 0:
                self.addItem(whole.title, whole)
            self.addItem(f"What fits of {current.source}", part)
        if self._position(current) < 0:
            self.addItem(current.title, current)
        self.insertSeparator(self.count())
        self.addItem("From a file…", _OPEN_FILE)
        self.addItem("From a folder…", _OPEN_FOLDER)
        self.setCurrentIndex(self._position(current))

    def open_file(self) -> None:
        """Ask for a file of weights."""
        dialog = QFileDialog(self, "Open weights", "", _FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        open_file_dialog(dialog, self.take)

    def open_folder(self) -> None:
        """Ask for a folder of weights: a run, a checkpoint of one, or a model's as it was downloaded."""
        dialogs.ask_for_folder(self, "Open a folder of weights", self.take)

    def take(self, path: Path) -> None:
        """Choose the weights that a path stands for."""
        try:
            self.weights_chosen.emit(answered(partial(weights_at, path), path))
        except SlowDiskError:  # reading them, off this thread, says what they are
            self.weights_chosen.emit(Weights("file", file=path))

    @Slot(int)
    def _choose(self, position: int) -> None:
        chosen = self.itemData(position)
        if isinstance(chosen, Weights):
            self.weights_chosen.emit(self._wanted if chosen == self._current else chosen)
        else:
            self.setCurrentIndex(self._position(self._current))
            self.open_folder() if chosen == _OPEN_FOLDER else self.open_file()

    @Slot()
    def _offer_now(self) -> None:
        if self._later is not None:
            later, self._later = self._later, None
            later()

    def _position(self, weights: Weights) -> int:
        return next((at for at in range(self.count()) if self.itemData(at) == weights), -1)

    # Overrides of Qt.

    def hidePopup(self) -> None:
        super().hidePopup()
        QTimer.singleShot(0, self._offer_now)  # what was chosen is told after this


def _built_as(spec: ModelSpec | None) -> str:
    title = title_of(RANDOM_WEIGHTS, spec)
    return "Random (untrained)" if title == RANDOM_WEIGHTS.title else f"{title[:1].upper()}{title[1:]}"


def _pretrained(spec: ModelSpec | None) -> list[tuple[str, Weights]]:
    """Return the published weights: for the very network only, so none where the classes are not ImageNet's."""
    if spec is None:
        return []
    ours = [(each.title, Weights("pretrained", each.name)) for each in shipped_with(spec)]
    published = catalog.find(spec.name).weights if spec.num_classes == 1000 else ()
    return ours + [
        (f"Pretrained {each.name.replace('_', ' ')} · {each.megabytes:.0f} MB", Weights("pretrained", each.name))
        for each in published
    ]
