"""Dialogs. Every one is opened, never executed: the window lives on behind it, and tests can drive it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QProcess, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QMessageBox, QPlainTextEdit, QVBoxLayout, QWidget

from cnnviz.gui.page import Work
from cnnviz.gui.parts.file_dialog import open_file_dialog
from cnnviz.version import __version__

_NETWORKS = "Networks and saved reports (*.py *.ipynb *.pt2 *.json);;All files (*)"
_ABOUT = (
    f"<h3>cnnviz {__version__}</h3><p>Take a convolutional network apart: shapes, parameters, FLOPs, feature maps,"
    " live training.</p><p>1 MAC is one multiply-add; FLOPs are two for each. Bias, normalisation and elementwise work"
    " are not counted. The GFLOPS that torchvision publishes are GMACs.</p><p>MIT licence. Made with PyTorch,"
    " Qt for Python and pyqtgraph.</p>"
)


def ask_for_picture(parent: QWidget, take: Callable[[Path], None]) -> QFileDialog:
    """Ask which picture to look at."""
    from cnnviz.pictures.opening import suffixes  # with Pillow, which the window's first frame does without

    dialog = QFileDialog(parent, "Open a picture")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(suffixes()))});;All files (*)")
    return open_file_dialog(dialog, take)


def ask_for_network(parent: QWidget, take: Callable[[Path], None]) -> QFileDialog:
    """Ask which network of the user's own to open."""
    dialog = QFileDialog(parent, "Open a network")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(_NETWORKS)
    return open_file_dialog(dialog, take)


def ask_to_run(parent: QWidget, file: Path, allow: Callable[[], None]) -> QMessageBox:
    """Ask whether the code in a file may run."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    does = "can run code hidden in it" if file.suffix.lower() == ".pt2" else "runs the code in it"
    box.setText(f"Opening {file.name} {does}. Open it only if you trust where it comes from.")
    box.setInformativeText(f"{file}\nWhile it is open here, it is run again each time it is saved.")
    yes = box.addButton("Open", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
    yes.clicked.connect(lambda: allow())
    box.open()
    return box


def ask_for_folder(parent: QWidget, title: str, take: Callable[[Path], None], start: Path | None = None) -> QFileDialog:
    """Ask for a folder."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    if start is not None and start.is_dir():
        dialog.setDirectory(str(start))
    return open_file_dialog(dialog, take)


def ask_to_stop(parent: QWidget, work: Work, stop: Callable[[], None]) -> QMessageBox:
    """Ask whether what is under way may be stopped so that the window can close."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(work.text)
    box.setInformativeText(work.hint)
    yes = box.addButton(work.stop, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(work.go_on, QMessageBox.ButtonRole.RejectRole))
    yes.clicked.connect(lambda: stop())
    box.open()
    return box


def show_about(parent: QWidget) -> QMessageBox:
    """Say what this program is."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About cnnviz")
    box.setIconPixmap(QGuiApplication.windowIcon().pixmap(64, 64))
    box.setText(_ABOUT)
    box.open()
    return box


class DoctorDialog(QDialog):
    """The text of `cnnviz doctor`, which a process of its own writes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Doctor")
        self.resize(720, 480)
        self._text = QPlainTextEdit(readOnly=True)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setPlainText("Looking…")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text.toPlainText()))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._text)
        column.addWidget(buttons)
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.finished.connect(self._show_output)
        self._process.start(sys.executable, ["-P", "-m", "cnnviz", "doctor"])  # not what lies in the current folder
        self.finished.connect(self._process.kill)

    def _show_output(self) -> None:
        self._text.setPlainText(
            bytes(self._process.readAll().data()).decode("utf-8", "replace") or "The doctor said nothing."
        )


def show_doctor(parent: QWidget) -> DoctorDialog:
    """Show versions, devices, data found, and what is wrong."""
    dialog = DoctorDialog(parent)
    dialog.open()
    return dialog
