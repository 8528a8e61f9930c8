"""Dialogs. Every one is opened, never executed: the window lives on behind it, and tests can drive it.

PySide6 makes a class when it is first named, so those of dialogs are named where one is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from cnnviz.gui.page import Work
from cnnviz.gui.parts.file_dialog import open_file_dialog
from cnnviz.printable import in_a_line
from cnnviz.slow_disks import found
from cnnviz.version import __version__

if TYPE_CHECKING:
    from cnnviz.gui.doctor_dialog import DoctorDialog

_NETWORKS = "Networks and saved reports (*.py *.ipynb *.pt2 *.json);;All files (*)"
_ABOUT = (
    f"<h3>cnnviz {__version__}</h3><p>Take a convolutional network apart: shapes, parameters, FLOPs, feature maps,"
    " live training.</p><p>1 MAC is one multiply-add; FLOPs are two for each. Bias, normalisation and elementwise work"
    " are not counted. The GFLOPS that torchvision publishes are GMACs.</p><p>MIT licence. Made with PyTorch,"
    " Qt for Python and pyqtgraph.</p>"
)


def ask_for_picture(parent: QWidget, take: Callable[[Path], None]) -> QtWidgets.QFileDialog:
    """Ask which picture to look at."""
    from cnnviz.pictures.opening import suffixes  # with Pillow, which the window's first frame does without

    dialog = QtWidgets.QFileDialog(parent, "Open a picture")
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(suffixes()))});;All files (*)")
    return open_file_dialog(dialog, take)


def ask_for_pictures(parent: QWidget, take: Callable[[tuple[Path, ...]], None]) -> QtWidgets.QFileDialog:
    """Ask which pictures to look at beside one another."""
    dialog = ask_for_picture(parent, lambda _one: None)
    dialog.setWindowTitle("Open pictures")
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda names: take(tuple(map(Path, names))))
    return dialog


def ask_for_network(parent: QWidget, take: Callable[[Path], None]) -> QtWidgets.QFileDialog:
    """Ask which network of the user's own to open."""
    dialog = QtWidgets.QFileDialog(parent, "Open a network")
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(_NETWORKS)
    return open_file_dialog(dialog, take)


def ask_to_run(parent: QWidget, file: Path, allow: Callable[[], None]) -> QtWidgets.QMessageBox:
    """Ask whether the code in a file may run."""
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    does = "can run code hidden in it" if file.suffix.lower() == ".pt2" else "runs the code in it"
    box.setText(f"Opening {in_a_line(file.name)} {does}. Open it only if you trust where it comes from.")
    box.setInformativeText(f"{in_a_line(str(file))}\nWhile it is open here, it is run again each time it is saved.")
    yes = box.addButton("Open", QtWidgets.QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton("Cancel", QtWidgets.QMessageBox.ButtonRole.RejectRole))
    yes.clicked.connect(lambda: allow())
    box.open()
    return box


def ask_for_folder(
    parent: QWidget, title: str, take: Callable[[Path], None], start: Path | None = None
) -> QtWidgets.QFileDialog:
    """Ask for a folder."""
    dialog = QtWidgets.QFileDialog(parent, title)
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.Directory)
    dialog.setOption(QtWidgets.QFileDialog.Option.ShowDirsOnly)
    if start is not None and found(start.is_dir, start):
        dialog.setDirectory(str(start))
    return open_file_dialog(dialog, take)


def ask_to_stop(parent: QWidget, work: Work, stop: Callable[[], None]) -> QtWidgets.QMessageBox:
    """Ask whether what is under way may be stopped so that the window can close."""
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QtWidgets.QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(work.text)
    box.setInformativeText(work.hint)
    yes = box.addButton(work.stop, QtWidgets.QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(work.go_on, QtWidgets.QMessageBox.ButtonRole.RejectRole))
    yes.clicked.connect(lambda: stop())
    box.open()
    return box


def show_about(parent: QWidget) -> QtWidgets.QMessageBox:
    """Say what this program is."""
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About cnnviz")
    box.setIconPixmap(QGuiApplication.windowIcon().pixmap(64, 64))
    box.setText(_ABOUT)
    box.open()
    return box


def show_doctor(parent: QWidget) -> DoctorDialog:
    """Show versions, devices, data found, and what is wrong."""
    from cnnviz.gui.doctor_dialog import DoctorDialog

    dialog = DoctorDialog(parent)
    dialog.open()
    return dialog
