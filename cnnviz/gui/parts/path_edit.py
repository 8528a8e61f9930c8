"""A line for the path of a file or of a folder: typed, picked in a dialog, or dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QStyle, QWidget

from cnnviz.gui.parts.file_dialog import open_file_dialog
from cnnviz.gui.parts.file_drop import FileDrop


class PathEdit(QLineEdit):
    """Takes any text; the button in it offers a dialog for files and one for folders."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        """Make an empty line.

        Args:
            title: what the dialogs say.
        """
        super().__init__(parent)
        self._title = title
        self.menu = QMenu(self)
        self.menu.addAction("File…", self.ask_for_file)
        self.menu.addAction("Folder…", self.ask_for_folder)
        icon = self.style().standardIcon(QStyle.StandardPixmap.SP_DirOpenIcon)
        self._browse = QAction(icon, "Choose a file or a folder", self)
        self._browse.triggered.connect(self._offer)
        self.addAction(self._browse, QLineEdit.ActionPosition.TrailingPosition)
        FileDrop(self).dropped.connect(self._take)
        self.setMinimumWidth(48)

    @Slot()
    def ask_for_file(self) -> QFileDialog:
        """Open a dialog for a file."""
        return self._ask(QFileDialog.FileMode.ExistingFile)

    @Slot()
    def ask_for_folder(self) -> QFileDialog:
        """Open a dialog for a folder."""
        return self._ask(QFileDialog.FileMode.Directory)

    def _ask(self, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, self._title)
        dialog.setFileMode(mode)
        return open_file_dialog(dialog, self._take)

    @Slot()
    def _offer(self) -> None:
        self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _take(self, path: Path) -> None:
        self.setText(str(path))
