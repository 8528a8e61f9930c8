"""What `cnnviz doctor` says, in a dialog."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QProcess, QProcessEnvironment, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget


def _without_current_folder() -> QProcessEnvironment:
    """Return what the environment says, without the empty entries of PYTHONPATH, which are the current folder."""
    environment = QProcessEnvironment.systemEnvironment()
    places = environment.value("PYTHONPATH").split(os.pathsep)
    environment.insert("PYTHONPATH", os.pathsep.join(filter(None, places)))
    return environment


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
        self._process.setProcessEnvironment(_without_current_folder())
        self._process.start(sys.executable, ["-P", "-m", "cnnviz", "doctor"])  # not what lies in the current folder
        self.finished.connect(self._process.kill)

    def _show_output(self) -> None:
        self._text.setPlainText(
            bytes(self._process.readAll().data()).decode("utf-8", "replace") or "The doctor said nothing."
        )
