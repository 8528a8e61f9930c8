"""Saves feature maps off the GUI thread, after asking where to."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.maps_file import save
from cnnviz.gui.workers.latest_job import LatestJob

_PICTURE, _NUMBERS = "Picture of all maps (*.png)", "Numbers, for numpy (*.npz)"


class MapSaver(QObject):
    """One file at a time."""

    saved = Signal(object)  # Path
    failed = Signal(object)  # CnnvizError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = LatestJob(self, "save-maps")
        self._jobs.succeeded.connect(self.saved)
        self._jobs.failed.connect(self.failed)

    def save(self, maps: FeatureMaps, file: Path, color_map: str, scaling: Scaling) -> None:
        """Write the maps to a .png or .npz."""
        self._jobs.submit(partial(_save, maps, file, color_map, scaling))

    def ask(self, maps: FeatureMaps, name: str, color_map: str, scaling: Scaling, parent: QWidget) -> QFileDialog:
        """Ask for a file, with ``name`` proposed, and write the maps to it."""
        dialog = QFileDialog(parent, "Save feature maps", f"{name}.png", f"{_PICTURE};;{_NUMBERS}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("npz" if chosen == _NUMBERS else "png"))
        dialog.fileSelected.connect(lambda file: self.save(maps, Path(file), color_map, scaling))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def close(self) -> None:
        """Wait until nothing is being written."""
        self._jobs.close()


def _save(maps: FeatureMaps, file: Path, color_map: str, scaling: Scaling) -> Path:
    save(maps, file, color_map, scaling)
    return file
