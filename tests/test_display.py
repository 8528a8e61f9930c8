from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import display
from cnnviz.display import missing_display, missing_libraries, why_import_failed, why_qt_failed

ROOT = Path(__file__).parents[1]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="how Linux opens displays")


def run_cnnviz(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE")
    }
    return subprocess.run(
        [sys.executable, "-m", "cnnviz"],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_display_variable_is_told_before_qt_is_asked() -> None:
    problem = missing_display({}, "linux")
    assert problem is not None
    assert "DISPLAY nor WAYLAND_DISPLAY" in problem.message
    assert missing_display({"DISPLAY": ":0"}, "linux") is None
    assert missing_display({"QT_QPA_PLATFORM": "offscreen"}, "linux") is None
    assert missing_display({}, "darwin") is None


def test_missing_libraries_are_named_with_the_line_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"libxcb-cursor.so.0": False, "libxcb-icccm.so.4": True, "libxcb-keysyms.so.1": False}
    monkeypatch.setattr(display, "_can_load", there.__getitem__)
    packages = {
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "x",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
    }
    problem = missing_libraries(packages)
    assert problem is not None
    assert "libxcb-cursor.so.0, libxcb-keysyms.so.1" in problem.message
    assert problem.hint == "On Debian or Ubuntu: sudo apt install libxcb-cursor0 libxcb-keysyms1"


def test_import_error_names_the_library_or_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_can_load", lambda name: name != "libEGL.so.1")
    assert "libegl1" in why_import_failed(ImportError("libEGL.so.1: cannot open")).hint
    monkeypatch.setattr(display, "_can_load", lambda _name: True)
    assert "pip install" in why_import_failed(ImportError("No module named 'PySide6'")).hint


def test_unknown_platform_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'weyland'" in why_qt_failed("no platform plugin", {"QT_QPA_PLATFORM": "weyland"}).message


@on_linux
def test_without_a_display_one_clear_line_and_exit_status_2() -> None:
    ended = run_cnnviz()
    assert ended.returncode == 2
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@on_linux
def test_unreachable_x_server_one_clear_line_and_exit_status_2() -> None:
    ended = run_cnnviz(DISPLAY=":4711")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("cnnviz: ")
    assert "DISPLAY=:4711" in last or "sudo apt install" in last


@on_linux
def test_importing_the_application_leaves_torch_pyqtgraph_and_qt_alone() -> None:
    code = "import cnnviz.gui.app, sys; assert not {'torch', 'pyqtgraph', 'PySide6'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60)


def test_window_is_made_without_torch_or_pyqtgraph(tmp_path: Path) -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; a = QApplication([]);"
        "from cnnviz.gui.app import make_window; w = make_window(a); w.show(); w.grab();"
        "assert not {'torch', 'torchvision', 'pyqtgraph'} & set(sys.modules), 'too early'"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "CNNVIZ_CONFIG_FOLDER": str(tmp_path),
    }
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
