"""Why Qt cannot open a display, and what to do about it. Stdlib only: this runs where Qt does not.

What only a failure needs is imported there: the window's first frame does without.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cnnviz.errors import CnnvizError

_WITHOUT = "Without a display use `xvfb-run -a cnnviz`, or the commands `cnnviz inspect`, `features` and `train`."

# What Qt's xcb plugin loads, and the Debian package of each.
_XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
_QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}


def missing_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> CnnvizError | None:
    """Return what is wrong where no display is even named; None where Qt may try. Costs nothing."""
    if platform != "linux" or environment.get("QT_QPA_PLATFORM"):
        return None
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return None
    return CnnvizError(
        "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set.",
        f"Start cnnviz from a desktop session, or log in with `ssh -X`. {_WITHOUT}",
    )


def why_qt_failed(qt_message: str, environment: Mapping[str, str] = os.environ) -> CnnvizError:
    """Return the cause of Qt's fatal "no platform plugin could be initialized", found by trying each step."""
    return (
        _unknown_platform(environment)
        or missing_display(environment)
        or missing_libraries(_XCB_LIBRARIES)
        or _unreachable(environment)
        or CnnvizError("Qt cannot open a window.", qt_message.splitlines()[0] if qt_message else "")
    )


def why_import_failed(error: ImportError) -> CnnvizError:
    """Return why PySide6 cannot be imported: a system library that is not there, or PySide6 itself."""
    return missing_libraries(_QT_LIBRARIES) or CnnvizError(
        f"The window's toolkit cannot be loaded: {error}.", "Install it again: `pip install --force-reinstall cnnviz`."
    )


def missing_libraries(libraries: Mapping[str, str]) -> CnnvizError | None:
    """Return which of ``libraries`` (file → Debian package) the loader cannot find, and the line that installs them."""
    missing = [name for name in libraries if not _can_load(name)]
    if not missing:
        return None
    packages = " ".join(libraries[name] for name in missing)
    return CnnvizError(
        f"Qt needs system libraries that are not installed: {', '.join(missing)}.",
        f"On Debian or Ubuntu: sudo apt install {packages}",
    )


def _can_load(name: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _unknown_platform(environment: Mapping[str, str]) -> CnnvizError | None:
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if not chosen or chosen in ("xcb", "wayland", "wayland-egl"):
        return None
    return CnnvizError(f"QT_QPA_PLATFORM asks for {chosen!r}, which Qt cannot open.", "Unset QT_QPA_PLATFORM.")


def _unreachable(environment: Mapping[str, str]) -> CnnvizError | None:
    display = environment.get("DISPLAY", "")
    if display and not _x_server_answers(display):
        return CnnvizError(
            f"The X server at DISPLAY={display} cannot be reached.",
            f"It is not running, or it refuses this user (see `xhost`, XAUTHORITY). {_WITHOUT}",
        )
    wayland = environment.get("WAYLAND_DISPLAY", "")
    if wayland and not display and not _wayland_answers(wayland, environment):
        return CnnvizError(
            f"The Wayland compositor at WAYLAND_DISPLAY={wayland} cannot be reached.",
            f"It is not running, or XDG_RUNTIME_DIR is not that of this user. {_WITHOUT}",
        )
    return None


def _x_server_answers(display: str) -> bool:
    import ctypes

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    return int(xcb.xcb_connection_has_error(xcb.xcb_connect(display.encode(), None))) == 0


def _wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    import socket

    path = Path(environment.get("XDG_RUNTIME_DIR", "/")) / name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
