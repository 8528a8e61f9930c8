"""How long until the window is on screen, beside a bare PySide6 window: medians of several starts, in turn.

It needs an X display and xdotool. Without a screen:

    xvfb-run -a -s "-screen 0 1280x800x24 -noreset" python tests/benchmarks/start_up.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

_STARTS = 7
_BARE = (
    "from PySide6.QtWidgets import QApplication, QMainWindow\n"
    "app = QApplication([]); window = QMainWindow(); window.resize(1280, 800); window.show(); app.exec()"
)
_COMMANDS = {"bare PySide6 window": ["-c", _BARE], "cnnviz": ["-m", "cnnviz", "vgg11"]}


def seconds_to_window(arguments: list[str]) -> float:
    """Return the time from the start of the process until its window is mapped."""
    begin = time.perf_counter()
    with subprocess.Popen([sys.executable, *arguments]) as process:
        try:
            while subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)], capture_output=True, check=False
            ).returncode:
                if process.poll() is not None:
                    raise SystemExit(f"{arguments} ended with {process.returncode} before its window was there")
                time.sleep(0.01)
            return time.perf_counter() - begin
        finally:
            process.kill()


def main() -> None:
    """Print one line for each command and the ratio."""
    times: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    for _ in range(_STARTS):
        for name, arguments in _COMMANDS.items():
            times[name].append(seconds_to_window(arguments))
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, each in times.items():
        print(f"{name:<20} median {medians[name]:.2f} s   min {min(each):.2f} s   max {max(each):.2f} s")
    print(f"ratio                {medians['cnnviz'] / medians['bare PySide6 window']:.2f}")


if __name__ == "__main__":
    main()
