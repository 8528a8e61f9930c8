"""Asks for a file. A dialog is opened, never executed: the window lives on behind it, and tests can drive it.

PySide6 makes a class when it is first named, so those of dialogs are named where one is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6 import QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from cnnviz.slow_disks import found

Take = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class FileKind:
    """One way of saving."""

    title: str  # "Numbers, for numpy"
    suffix: str  # ".npz"

    @property
    def filter(self) -> str:
        """The line that a file dialog offers: "Numbers, for numpy (*.npz)"."""
        return f"{self.title} (*{self.suffix})"


def open_file_dialog(dialog: QtWidgets.QFileDialog, take: Take) -> QtWidgets.QFileDialog:
    """Open a dialog that hands the chosen file to ``take``."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: take(Path(name)))
    dialog.open()
    return dialog


def ask_where_to_save(
    parent: QWidget, title: str, name: str, kinds: Sequence[FileKind], take: Take, first: str = ""
) -> QtWidgets.QFileDialog:
    """Ask for the name of a file to be written.

    Args:
        parent: what the dialog stands over.
        title: what it says.
        name: proposed, without its suffix; a slash in it becomes a dash.
        kinds: what there is to choose from.
        take: gets the name, which has a suffix: that of the chosen kind where none was typed.
        first: the suffix of the kind that is chosen at first; default: the first.
    """
    suffixes = {kind.filter: kind.suffix for kind in kinds}
    proposed = next((kind for kind in kinds if kind.suffix == first), kinds[0])
    dialog = QtWidgets.QFileDialog(parent, title)
    dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(suffixes))
    dialog.selectNameFilter(proposed.filter)
    dialog.setDefaultSuffix(proposed.suffix)
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(suffixes[chosen]))
    dialog.selectFile(f"{name}{proposed.suffix}".replace("/", "-"))
    return open_file_dialog(dialog, lambda file: _take_named(parent, file, f".{dialog.defaultSuffix()}", take))


def _take_named(parent: QWidget, file: Path, suffix: str, take: Take) -> None:
    """Qt takes the number of "features.0" for a suffix and adds none; nobody was asked about the file of that name."""
    if file.suffix and not file.suffix[1:].isdigit():
        take(file)
        return
    named = file.with_name(f"{file.name}{suffix}")
    if not found(lambda: not named.exists(), named):  # of a silent disk it is not known
        _ask_to_replace(parent, named, take)
    else:
        take(named)


def _ask_to_replace(parent: QWidget, file: Path, take: Take) -> QtWidgets.QMessageBox:
    box = QtWidgets.QMessageBox(
        QtWidgets.QMessageBox.Icon.Warning, "Save", f"{file.name} is there already.", parent=parent
    )
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText("Replacing it loses what is in it now.")
    yes = box.addButton("Replace", QtWidgets.QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton("Cancel", QtWidgets.QMessageBox.ButtonRole.RejectRole))
    yes.clicked.connect(lambda: take(file))
    box.open()
    return box
