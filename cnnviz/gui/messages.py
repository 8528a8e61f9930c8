"""Where Qt's messages, warnings and unexpected exceptions go: the log, and once a dialog with details to copy."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from PySide6 import QtWidgets
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from cnnviz.display import why_qt_failed
from cnnviz.gui.unexpected import UnexpectedError, as_cnnviz_error

_log = logging.getLogger("cnnviz")
_LOG_BYTES = 1_000_000
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class _TwoFiles(logging.FileHandler):
    """Writes to a file, and keeps the one before it, each of 1 MB at most.

    ``logging.handlers`` has the like, and imports sockets and pickles, which the first frame would wait for.
    """

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # there may be no file to open: who logs is not to be told
            self._emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave out what cannot be written; ``logging`` would print its own traceback."""

    def _emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and self.stream.tell() >= _LOG_BYTES:
            with suppress(OSError):  # somebody holds it open, on Windows: it grows
                self.close()
                Path(self.baseFilename).replace(f"{self.baseFilename}.1")
        super().emit(record)


def write_log_to(folder: Path) -> None:
    """Log to ``folder``/cnnviz.log, 1 MB at most and one file before it.

    A folder that cannot be written costs the log, nothing else; so does a pipe of that name, which would be waited for.
    """
    file = folder / "cnnviz.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():
            return
        handler = _TwoFiles(file, encoding="utf-8", delay=True)
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
        kinds = QtWidgets.QMessageBox  # PySide6 makes it when it is named: not in the first frame's time
        about = kinds.Icon.Warning, "cnnviz", str(error), kinds.StandardButton.Close
        box = QtWidgets.QMessageBox(*about, self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("cnnviz goes on. If it keeps happening, send us the details.")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        details = error.details if isinstance(error, UnexpectedError) else str(error)
        copy = box.addButton("Copy details", kinds.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        box.open()
