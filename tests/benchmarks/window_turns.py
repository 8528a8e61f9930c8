"""What the window costs a run, by turns of a second within one run: a machine whose speed drifts cannot hide it.

    python tests/benchmarks/window_turns.py [--rounds N] [--seconds S] [lenet] [small-vgg]

It needs a display, as ``window_cost.py`` does, whose processes of their own differ by a third where others share
the processor. Here one process trains, and its window takes turns: asleep (its thread does nothing, as if there were no
window), out of sight, in sight. Each turn's speed is divided by the mean of the two sleeping turns around it; where one
of the three only tested, it does not count. Told are the median of these quotients and its standard error, first before
maps were looked at in this process, then after.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from window_cost import Clocked, _look_at_maps, _until, _wait, config_of, speed

_SETTLE = 0.4  # seconds after each change that do not count: what waited is shown then


class Turns:
    """A run in a window, and how fast it was by turns."""

    def __init__(self, network: str, folder: Path, seconds: float) -> None:
        from cnnviz.gui.app import make_application, make_window
        from cnnviz.zoo.catalog import resolve

        self.config, self.seconds, self.clocked = config_of(network), seconds, Clocked()
        self.application = make_application()
        self.window: Any = make_window(self.application, resolve(self.config.model, self.config.options))
        self.window.show()
        _until(lambda: self.window.warmup.wait(0) and {"maps", "training"} <= set(self.window.tabs._pages))
        self._start(folder)

    def _start(self, folder: Path) -> None:
        from cnnviz.gui.training.training_stream import open_training

        page = self.window.page("training")
        opened = lambda: self.clocked(open_training(self.config, page._control, folder))  # noqa: E731
        page._begin(self.config, folder, opened)
        _until(lambda: bool(self.clocked.started))
        _wait(2.0)

    def turn(self, way: str) -> float:
        """Return the run's images per second while the window is asleep, out of sight or in sight."""
        if way != "asleep":
            self.window.tabs.show_page("training" if way == "in sight" else "layers")
        rest = time.sleep if way == "asleep" else _wait
        rest(_SETTLE)
        begin = time.perf_counter()
        rest(self.seconds)
        return speed(self.clocked.steps, begin, time.perf_counter(), 64)

    def quotients(self, rounds: int) -> dict[str, list[float]]:
        """Return each way's speeds as parts of those asleep before and after."""
        found: dict[str, list[float]] = {"out of sight": [], "in sight": []}
        before = self.turn("asleep")
        for number in range(2 * rounds):
            way = ("out of sight", "in sight")[number % 2]
            here, after = self.turn(way), self.turn("asleep")
            if here and before and after:  # else it was testing
                found[way].append(2 * here / (before + after))
            before = after
        return found

    def looked_at_maps(self) -> None:
        """Look at maps in this window while it trains."""
        _look_at_maps(self.window)


def main() -> None:
    """Measure each network in a process of its own."""
    if sys.argv[1:2] == ["--one"]:
        network, rounds, seconds, folder = sys.argv[2:6]
        turns = Turns(network, Path(folder), float(seconds))
        results = {"": turns.quotients(int(rounds))}
        turns.looked_at_maps()
        results[", after maps"] = turns.quotients(int(rounds))
        print(json.dumps(results), flush=True)
        os._exit(0)
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", nargs="*", default=["lenet", "small-vgg"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.2)
    asked = parser.parse_args()
    for network in asked.networks:
        tell(network, one(network, asked.rounds, asked.seconds))


def one(network: str, rounds: int, seconds: float) -> dict[str, dict[str, list[float]]]:
    """Measure in a process of its own, with folders of its own."""
    with tempfile.TemporaryDirectory() as folder:
        places = dict.fromkeys(("CNNVIZ_CONFIG_FOLDER", "CNNVIZ_DATA_FOLDER"), folder)
        command = [sys.executable, __file__, "--one", network, str(rounds), str(seconds), f"{folder}/run"]
        done = subprocess.run(command, env=os.environ | places, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, dict[str, list[float]]] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def tell(network: str, results: dict[str, dict[str, list[float]]]) -> None:
    """Print a line for each way."""
    print(f"\n{network}, asleep = 100 %")
    for when, ways in results.items():
        for way, found in ways.items():
            error = 1.25 * statistics.stdev(found) / len(found) ** 0.5  # of a median, of normal values
            print(f"  {way + when:24} {statistics.median(found):6.1%} ± {error:.1%}  of {len(found)} turns", flush=True)


if __name__ == "__main__":
    main()
