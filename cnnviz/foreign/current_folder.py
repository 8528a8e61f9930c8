"""What in the current folder would be run unasked as soon as PyTorch is imported. Stdlib only.

NVIDIA's libcusparseLt.so.0 (0.8.1), which PyTorch for CUDA loads, looks for the driver beside itself, in the current
folder (an empty entry of its RUNPATH, "$ORIGIN:"), and only then where the system has it.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from cnnviz.errors import CnnvizError

_LIBRARIES = ("libcuda.so.1", "libcask_profile_interface.so")  # what it loads by name
_PLACES = (".", "glibc-hwcaps/*", "tls", "tls/*", "tls/*/*", platform.machine(), f"{platform.machine()}/*", "haswell")


def refuse_strange_libraries(folder: Path | None = None) -> None:
    """Return if PyTorch may be imported in the current folder.

    Raises:
        CnnvizError: a library lies there that would be run.
    """
    if sys.platform != "linux":
        return
    try:
        here = folder or Path.cwd()
        found = next((file for name in _LIBRARIES for place in _PLACES for file in here.glob(f"{place}/{name}")), None)
    except OSError:  # the folder is gone, or may not be read
        return
    if found is not None:
        raise CnnvizError(
            f"{found} would be run here as a part of NVIDIA's driver.",
            "Start cnnviz in another folder, or move that file away.",
        )
