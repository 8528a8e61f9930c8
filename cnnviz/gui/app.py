"""Starts the window. Where Qt cannot open one, it says why in one line, and the exit status is 2."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.assets import asset
from cnnviz.display import missing_display, why_import_failed
from cnnviz.version import __version__

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.training.data.numbered_picture import FoundPicture
    from cnnviz.zoo.catalog import ModelSpec


def run_window(
    spec: ModelSpec | None = None, picture: Path | FoundPicture | None = None, file: Path | None = None
) -> int:
    """Open the window, with this network and picture if given, and return the exit status when it is closed.

    ``file``: of the user's, opened in it: which networks it holds can be told only when it may be run.

    Raises:
        CnnvizError: no display is named, or a library that Qt needs is missing.
    """
    if (problem := missing_display()) is not None:
        raise problem
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        raise why_import_failed(error) from error
    from cnnviz.gui.messages import Alarm, install_qt_messages, write_log_to
    from cnnviz.places import data_folder

    write_log_to(data_folder())
    install_qt_messages()
    application = make_application()
    window = make_window(application, spec, picture, file)
    Alarm(window).install()
    for told_to_end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told_to_end, lambda *_: window.closing.stop_and_close())
    application.aboutToQuit.connect(window.closing.end_threads)
    window.show()
    return application.exec()


def make_application() -> QApplication:
    """Return the application, with its name and icon, once the process is set up for it."""
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from cnnviz.allocator import share_one_heap
    from cnnviz.gui.workers.collector import Collector

    _leave_sources_unread()
    share_one_heap()  # before the first thread
    application = QApplication(sys.argv[:1])
    Collector(application)
    application.setApplicationName("cnnviz")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("cnnviz")
    application.setWindowIcon(QIcon(str(asset("icons/cnnviz.svg"))))
    return application


def _leave_sources_unread() -> None:
    """Keep PySide from reading the source of each module that is imported from now on: a seventh of torch's import.

    It looks for "PySide6" there, to know where a ``from __feature__ import …`` of its own would count: nowhere here.
    """
    if (features := sys.modules.get("shibokensupport.feature")) is not None:
        vars(features)["_mod_uses_pyside"] = lambda _module: False


def make_window(
    application: QApplication,
    spec: ModelSpec | None = None,
    picture: Path | FoundPicture | None = None,
    file: Path | None = None,
) -> MainWindow:
    """Return the window, not yet shown, with the network that is asked for or was picked last."""
    from PySide6.QtCore import Qt

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.preferences import Preferences
    from cnnviz.gui.session import Session
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.window_memory import last_text_size, last_theme
    from cnnviz.inspection import kept_reports
    from cnnviz.slow_disks import wait_for_no_disk_in
    from cnnviz.zoo.own.permission import ask_before_running

    # Else a thread that imports or computes in Python keeps the window waiting for 5 ms at each of its thousand calls
    # of Qt while a page is built: 3.3 s instead of 1.3.
    sys.setswitchinterval(0.0005)
    wait_for_no_disk_in(threading.get_ident())
    settings = Preferences()
    theme = Theme(application, last_theme(settings), last_text_size(settings))
    ask_before_running(lambda _file, _revision: False)  # until there is a window that can ask
    window = MainWindow(Session(), theme, settings, memory=kept_reports)
    ask_before_running(window.own.may_run)
    # Queued: the first frame reaches the screen before the slow imports begin.
    window.painted.connect(window.start_work, Qt.ConnectionType.QueuedConnection)
    if picture is not None:
        window.open_picture(picture)
    if spec is None:
        window.last_network.pick()
    else:
        window.session.set_spec(spec)
    if file is not None:
        window.own.open(file)
    window.inspector.show_kept()  # in the first frame
    return window
