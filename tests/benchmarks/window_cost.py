"""What the window costs a run: alone, page out of sight, in sight, after maps were looked at, and as maps follow it.

    python tests/benchmarks/window_cost.py [--rounds N] [--seconds S] [--others SHARE] [lenet] [small-vgg]

It needs a display. Without a screen: ``xvfb-run -a -s "-screen 0 1280x800x24 -noreset" python …``.

Each way is a process of its own, and they take turns: on a machine that others use too, only neighbours compare. A
measurement beside which other programs took more than ``--others`` of the processors (the display's server is one of
them) is made again. Told are medians over the rounds: images/s; processor time of the window's thread as a share of the
time; delays of its event loop, by a timer of 20 ms; how often the training thread had to wait (many: a second OpenMP
team, see LatestJob).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.runs.checkpoint import checkpoints_of
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.events import RunStarted, StepsDone
from cnnviz.zoo.weights_source import Weights

WAYS = ("alone", "out of sight", "in sight", "after maps", "maps follow")
_WARM_UP = 2.0  # seconds of training that do not count
_BEAT_MS = 20  # each beat costs the window some 0.1 ms, which counts
_TRIES = 12
_DATA = Path("/usr/share/datasets/fashion-mnist")


def config_of(network: str) -> TrainConfig:
    """Return the run that is measured; it is stopped before its end."""
    data = str(_DATA) if _DATA.is_dir() else "fashion-mnist-sample"
    if network == "lenet":
        return TrainConfig("lenet", data, batch_size=64, epochs=1000)
    return TrainConfig("vgg11", data, options={"width_divisor": 8}, batch_size=64, epochs=1000, resize=224, limit=6400)


def speed(events: Iterable[tuple[float, StepsDone]], begin: float, end: float, batch: int) -> float:
    """Return images per second of training between two times; testing is left out."""
    images = seconds = 0.0
    for told, event in events:
        if begin <= told <= end and event.images_per_second:
            images += len(event.losses) * batch
            seconds += len(event.losses) * batch / event.images_per_second
    return images / seconds if seconds else 0.0


class Clocked:
    """Passes a run's events on and remembers when its steps were told, and how the training thread fared meanwhile."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, StepsDone]] = []
        self.waits: list[tuple[float, int]] = []
        self.started = 0.0

    def __call__(self, events: Iterable[Any]) -> Iterable[Any]:
        for event in events:
            now = time.perf_counter()
            if isinstance(event, RunStarted):
                self.started = now
            if isinstance(event, StepsDone):
                self.steps.append((now, event))
                self.waits.append((now, resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw))
            yield event

    def result(self, begin: float, end: float) -> dict[str, float]:
        """Return what is told of the training."""
        waits = [count for told, count in self.waits if begin <= told <= end] or [0]
        return {
            "images/s": speed(self.steps, begin, end, 64),
            "waits/s": (waits[-1] - waits[0]) / max(end - begin, 1e-9),
        }


class Others:
    """What other processes take of the processors meanwhile."""

    def __init__(self) -> None:
        self._begin = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        """Return seconds of all processes and of this one."""
        ticks = [int(each) for each in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
        idle = ticks[3] + ticks[4]
        own = time.process_time()
        return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK"), own

    def share(self, seconds: float) -> float:
        """Return their part of all processors since this was made."""
        (all_before, own_before), (everything, own) = self._begin, self._now()
        return max(0.0, everything - all_before - own + own_before) / seconds / (os.cpu_count() or 1)


def alone(config: TrainConfig, folder: Path, seconds: float) -> dict[str, float]:
    """Train as the command line does."""
    from cnnviz.training.engine import train
    from cnnviz.training.recording import record

    control, clocked, others = Control(), Clocked(), None
    for _ in clocked(record(train(config, control), folder)):
        past = time.perf_counter() - clocked.started - _WARM_UP if clocked.started else -1.0
        if past > 0 and others is None:
            others = Others()
        if past > seconds:
            control.stop()
            break
    begin = clocked.started + _WARM_UP
    return clocked.result(begin, begin + seconds) | {"others' share": others.share(seconds) if others else 1.0}


def in_window(config: TrainConfig, folder: Path, seconds: float, way: str) -> dict[str, float]:
    """Train in a window as it starts for everybody."""
    from PySide6.QtCore import QTimer

    from cnnviz.gui.app import make_application, make_window
    from cnnviz.gui.training.training_stream import open_training
    from cnnviz.zoo.catalog import resolve

    application = make_application()
    window = make_window(application, resolve(config.model, config.options))
    window.show()
    _until(lambda: window.warmup.wait(0) and {"maps", "training"} <= set(window.tabs._pages))
    clocked = Clocked()
    page = window.page("training")
    if way == "after maps":
        _look_at_maps(window)
    window.tabs.show_page("layers" if way == "out of sight" else "training")
    page._begin(config, folder, lambda: clocked(open_training(config, page._control, folder)))
    _until(lambda: bool(clocked.started))
    if way == "maps follow":
        _until(lambda: bool(checkpoints_of(folder)))
        window.session.set_weights(Weights("run", file=folder))
        window.tabs.show_page("maps")
    _wait(_WARM_UP)
    beats: list[float] = []
    timer = QTimer(interval=_BEAT_MS)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    others, begin, own = Others(), time.perf_counter(), time.thread_time()
    _wait(seconds)
    end, own, beside = time.perf_counter(), time.thread_time() - own, others.share(seconds)
    page.stop()
    _until(lambda: not page.running)
    late = np.diff(beats) * 1000 - _BEAT_MS
    window.close()
    return clocked.result(begin, end) | {
        "window's share": own / (end - begin),
        "p50 ms": float(np.percentile(late, 50)),
        "p99 ms": float(np.percentile(late, 99)),
        "worst ms": float(late.max()),
        "others' share": beside,
    }


def _look_at_maps(window: Any) -> None:
    """Look at some layers' maps, with convolutions on all threads."""
    window.tabs.show_page("maps")
    for index in range(min(6, len(window.session.report.calls))):
        window.session.select_call(index)
        _wait(0.4)


def _until(done: Callable[[], bool], at_most: float = 120.0) -> None:
    from PySide6.QtWidgets import QApplication

    deadline = time.perf_counter() + at_most
    while not done():
        if time.perf_counter() > deadline:
            raise SystemExit("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.005)


def _wait(seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()  # as the program waits: ``_until`` would add turns of its own


def one(network: str, way: str, seconds: float) -> dict[str, float]:
    """Measure in a process of its own, with folders of its own."""
    with tempfile.TemporaryDirectory() as folder:
        places = dict.fromkeys(("CNNVIZ_CONFIG_FOLDER", "CNNVIZ_DATA_FOLDER"), folder)
        command = [sys.executable, __file__, "--one", network, way, str(seconds), f"{folder}/run"]
        done = subprocess.run(command, env=os.environ | places, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def quiet(network: str, way: str, seconds: float, most: float) -> dict[str, float]:
    """Measure until others leave the machine to it, a few times at most; return the quietest."""
    found: list[dict[str, float]] = []
    while len(found) < _TRIES and (not found or found[-1]["others' share"] > most):
        found.append(one(network, way, seconds))
    return min(found, key=lambda each: each["others' share"])


def tell(network: str, results: dict[str, list[dict[str, float]]]) -> None:
    """Print a line for each way: medians, and the speed beside that of the round's run alone."""
    print(f"\n{network}")
    for way, rounds in results.items():
        keys = rounds[0].keys()
        middle = {key: statistics.median(each[key] for each in rounds) for key in keys}
        pairs = zip(rounds, results["alone"], strict=False)
        ratio = statistics.median(mine["images/s"] / bare["images/s"] for mine, bare in pairs)
        more = "  ".join(
            f"{key} {value:.1%}" if "share" in key else f"{key} {value:,.1f}"
            for key, value in middle.items()
            if key != "images/s"
        )
        print(f"  {way:14} {middle['images/s']:9,.0f} images/s  {ratio:6.1%}  {more}", flush=True)


def main() -> None:
    """Measure in turn, or one way in this process."""
    if sys.argv[1:2] == ["--one"]:
        network, way, seconds, folder = sys.argv[2:6]
        config = config_of(network)
        run = alone(config, Path(folder), float(seconds)) if way == "alone" else None
        print(json.dumps(run or in_window(config, Path(folder), float(seconds), way)), flush=True)
        os._exit(0)
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", nargs="*", default=["lenet", "small-vgg"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--others", type=float, default=0.06)
    asked = parser.parse_args()
    for network in asked.networks:
        results: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for number in range(asked.rounds):
            for way in WAYS if number % 2 == 0 else reversed(WAYS):  # else who comes first has the cooler processor
                results[way].append(quiet(network, way, asked.seconds, asked.others))
        tell(network, results)


if __name__ == "__main__":
    main()
