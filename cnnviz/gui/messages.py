"""Where Qt's messages, warnings and unexpected exceptions go: the log, and once a dialog with details to copy."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from cnnviz.display import why_qt_failed
from cnnviz.gui.unexpected import UnexpectedError, as_cnnviz_error

_log = logging.getLogger("cnnviz")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def write_log_to(folder: Path) -> None:
    """Log to ``folder``/cnnviz.log, 1 MB at most and one file before it.

    A folder that cannot be written costs the log, nothing else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "cnnviz.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)


def install_qt_messages() -> None:
    """Send Qt's messages to the log. Call before ``QApplication``: a missing display then ends with one clear line."""
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    _log.log(_LEVELS.get(kind, logging.WARNING), "Qt %s: %s", context.category or "", text)
    if kind is QtMsgType.QtFatalMsg:
        _leave_before_qt_aborts(text)


def _leave_before_qt_aborts(text: str) -> None:
    """Qt calls abort() when this handler returns from a fatal message; a person wants a sentence, no core dump."""
    no_display = "platform plugin" in text
    print(f"cnnviz: {why_qt_failed(text)}" if no_display else f"cnnviz: Qt failed: {text}", file=sys.stderr, flush=True)
    os._exit(2 if no_display else 1)


class Alarm(QObject):
    """Shows the first unexpected exception of any thread, in the window's thread; the log has all of them."""

    _raised = Signal(object)  # UnexpectedError

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._shown = False
        self._raised.connect(self._show)

    def install(self) -> None:
        """Take the place of ``sys.excepthook`` and ``threading.excepthook``."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._raised.emit(as_cnnviz_error(error))  # a signal: the failing thread may be any

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._raised.emit(as_cnnviz_error(arguments.exc_value))

    @Slot(object)
    def _show(self, error: Exception) -> None:
        if self._shown:
            return
        self._shown = True
        box = QMessageBox(
            QMessageBox.Icon.Warning, "cnnviz", str(error), QMessageBox.StandardButton.Close, self._window
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("cnnviz goes on. If it keeps happening, send us the details.")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        details = error.details if isinstance(error, UnexpectedError) else str(error)
        copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        box.open()
