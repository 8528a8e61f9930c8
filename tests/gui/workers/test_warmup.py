from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cnnviz.gui.workers.warmup import spare_the_collector


@pytest.fixture(autouse=True)
def garbage_waits_for_the_end_of_its_test() -> None:
    """Not here."""


@pytest.fixture
def unfrozen() -> Iterator[None]:
    gc.unfreeze()  # a window of an earlier test may have frozen what there was
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("unfrozen")
def test_collector_no_longer_walks_what_was_imported() -> None:
    before = len(gc.get_objects())
    assert before > 10_000
    spare_the_collector()
    assert len(gc.get_objects()) < before / 10
    assert gc.isenabled()


def test_pyqtgraph_finds_every_class_of_qt_made_in_the_gui_thread() -> None:
    """Made in another thread while the window is drawn, they end the process now and then."""
    missing = "[name for module in (QtCore, QtGui, QtWidgets) for name in dir(module) if name not in vars(module)]"
    code = (
        "from PySide6 import QtCore, QtGui, QtWidgets; from cnnviz.gui.workers.warmup import make_qt_types; "
        f"print(len({missing}) > 100); make_qt_types(); print({missing})"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["True", "[]"]
