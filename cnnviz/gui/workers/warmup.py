"""Imports what is slow behind the visible window: modules that it is told, torch, torchvision."""

from __future__ import annotations

import atexit
import gc
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.gui.unexpected import as_cnnviz_error
from cnnviz.machine import device_in_words


class Warmup(QObject):
    """Emits ``imported``, then ``ready`` with the compute device in words or ``failed`` with the reason; once."""

    imported = Signal()  # the modules that it was told
    ready = Signal(object)  # str: "CPU, 8 threads", "NVIDIA H100"
    failed = Signal(object)  # CnnvizError: why torch cannot be imported
    _ended = Signal()  # from the import's thread

    def __init__(self, modules: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._modules = tuple(modules)
        self._ended.connect(self._spare_the_collector)
        self._thread = threading.Thread(target=self._import, name="import", daemon=True)

    def start(self) -> None:
        """Begin to import."""
        make_qt_types()
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Return whether the import has ended within ``seconds``."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _import(self) -> None:
        with suppress(RuntimeError):  # the window was closed meanwhile
            for module in self._modules:
                with suppress(ImportError):  # comes again, and is shown, where the module is used
                    import_module(module)
            self.imported.emit()
            try:
                device = device_in_words()
            except (ImportError, OSError) as error:
                self.failed.emit(as_cnnviz_error(error))
            else:
                self.ready.emit(device)
                with suppress(ImportError):  # comes again where a network of torchvision's is picked
                    import torchvision  # noqa: F401  otherwise the first pick of one takes two seconds
                self._ended.emit()

    @Slot()
    def _spare_the_collector(self) -> None:
        """In the window's thread: whatever of it is garbage may be destroyed in no other."""
        spare_the_collector()


def make_qt_types() -> None:
    """Make every class of Qt that PySide6 has not made yet, which takes 0.05 s. Call it in the GUI thread.

    PySide6 makes a class when it is first asked for, and that is not safe while another thread uses Qt: pyqtgraph asks
    for all of them when it is imported, and 2 of 100 starts of the window ended in a segmentation fault.
    """
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name)


def spare_the_collector() -> None:
    """Take what is imported out of Python's garbage collection, which otherwise walks 400,000 objects that live as long
    as the program: 0.2 s each time, in which the window stands still.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else extension modules complain of leaks when the interpreter ends
