"""A few of each kind of fault, in processes of their own; many of them are tried by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def output_of(script: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, _HERE / script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")
def test_runs_that_are_killed_without_room_without_a_folder_or_not_alone_break_nothing() -> None:
    said = output_of("run_faults.py", "--kills", "2", "--full", "1", "--vanished", "1", "--races", "4")
    assert re.findall(r"(\w+): (\d+) tried, 0 broken", said) == [
        ("kills", "2"), ("full", "1"), ("vanished", "1"), ("races", "4"),
    ]  # fmt: skip


def test_lines_stay_whole_while_networks_are_inspected() -> None:
    assert "return code 0, all lines whole and in order" in output_of("printing.py", "--seconds", "2")
