"""The short form of ``memory.py``: what the window holds at rest, and that what is kept on purpose is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_window_holds_at_rest_what_it_held_before() -> None:
    command = [sys.executable, str(Path(__file__).with_name("memory.py")), "--actions", "36", "--every", "12"]
    command += ["--networks", "resnet18", "--prove"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "flat" in done.stdout
