"""Uses the window as a learner would while a network trains: ``python tests/reliability/soak.py --minutes 15``.

Pages are switched, layers inspected, maps and kernels looked at as they learn, views of the run opened and the theme
changed, all while one run goes on. Every half minute is printed: memory, the run's epoch, and the longest time that the
window did not answer. Ends with 1 where anything raised, Qt remarked something, the run ended, or memory grew by more
than ``--allowed`` MB from the second quarter of the time to the last. Needs no display; a screen shows more.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer, qInstallMessageHandler

from cnnviz.gui.app import make_application, make_window
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.pages import PAGES
from cnnviz.machine import resident_bytes
from cnnviz.runs.checkpoint import checkpoints_of
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights_source import Weights

_TELL = 30.0  # seconds
_BEAT_MS = 50
_HARMLESS = ("propagateSizeHints", "This plugin does not support raise")


class Troubles:
    """What went wrong, wherever it did."""

    def __init__(self) -> None:
        self.found: list[str] = []
        sys.excepthook = lambda kind, error, trace: self._add(f"{kind.__name__}: {error}", trace)
        threading.excepthook = lambda given: self._add(f"{given.exc_type.__name__}: {given.exc_value}")
        qInstallMessageHandler(lambda _kind, _where, text: self._add(text))

    def _add(self, text: str | None, _trace: object = None) -> None:
        if text and not any(each in text for each in _HARMLESS):
            self.found.append(text)
            print(f"TROUBLE {text}", flush=True)


class Beat:
    """How long the window did not answer, at the longest since it was asked last, and how much of it was its own work.

    The rest is other threads' and other programs' doing.
    """

    def __init__(self) -> None:
        self._last, self._longest = (time.perf_counter(), time.thread_time()), (0.0, 0.0)
        self._timer = QTimer(interval=_BEAT_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        silent, own = (after - before for after, before in zip(now, self._last, strict=True))
        self._longest, self._last = max(self._longest, (silent - _BEAT_MS / 1000, own)), now

    def longest(self) -> str:
        """Return it in words, and begin anew."""
        (silent, own), self._longest = self._longest, (0.0, 0.0)
        return f"longest silence {silent:5.2f} s, {own:5.2f} s of it own work"


def wait(seconds: float) -> None:
    """Let the window do what it does."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def until(done: Callable[[], bool], at_most: float = 300.0) -> None:
    """Wait for something that must come.

    Raises:
        SystemExit: it has not.
    """
    deadline = time.monotonic() + at_most
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit("the window did not get there")
        wait(0.05)


def deeds(window: MainWindow, theme: Any, chance: random.Random) -> Iterator[Callable[[], object]]:
    """Yield what the learner does next, without end."""
    training, maps = window.page("training"), window.page("maps")
    views = ("data", "curves", *training.view.lessons.titles, "runs")
    for number in itertools.count():
        report, page = window.session.report, PAGES[number % len(PAGES)].id
        yield partial(window.tabs.show_page, page)
        if report is not None:
            yield partial(window.session.select_call, chance.randrange(len(report.calls)))
        match page:
            case "training":
                for view in views:
                    yield partial(training.view.pick_view, view)
            case "maps":
                yield maps.view.channel.number.step_up
                beside = maps.view.beside.bar.kind
                yield partial(beside.setCurrentIndex, chance.randrange(beside.count()))
            case "layers":
                yield partial(window.session.set_frozen, () if window.session.frozen else ("0",))
        if number % 6 == 5:
            yield partial(theme.choose, chance.choice(("light", "dark")))


def begin(window: MainWindow) -> None:
    """Start a run that does not end by itself, and look through its weights."""
    page = window.page("training")
    window.tabs.show_page("training")
    page.form.fields["epochs"].type_text("1000000")
    page.form.fields["batch_size"].type_text("64")
    page.start()
    until(lambda: window.session.run is not None and bool(checkpoints_of(window.session.run)))
    window.session.set_weights(Weights("run", file=window.session.run))


def soak(window: MainWindow, theme: Any, minutes: float, chance: random.Random) -> list[float]:
    """Use the window and return its memory, in MB, at even distances."""
    page, beat, memory = window.page("training"), Beat(), []
    start = told = time.monotonic()
    for deed in deeds(window, theme, chance):
        deed()
        wait(chance.uniform(0.3, 2.5))
        now = time.monotonic()
        if now - told >= _TELL:
            told = now
            memory.append((resident_bytes() or 0) / 1e6)
            line = f"{now - start:6.0f} s  {memory[-1]:7.0f} MB  epoch {page.epochs.rowCount():5}"
            print(f"{line}  {beat.longest()}  threads {threading.active_count()}", flush=True)
        if now - start > 60 * minutes or not page.running:
            return memory
    return memory


def growth(memory: list[float]) -> float:
    """Return by how many MB the last quarter stands above the second."""
    quarter = max(1, len(memory) // 4)
    return statistics.median(memory[-quarter:]) - statistics.median(memory[quarter : 2 * quarter] or memory[:1])


def main() -> int:
    """Soak, and say how it went."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--network", default="lenet")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--allowed", type=float, default=60.0, help="MB that memory may grow by")
    asked = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="soak-")
    for place in ("CNNVIZ_CONFIG_FOLDER", "CNNVIZ_DATA_FOLDER", "CNNVIZ_CACHE"):
        os.environ[place] = str(Path(folder) / place)
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application, troubles = make_application(), Troubles()
    window = make_window(application, resolve(asked.network))
    window.resize(1280, 800)
    window.show()
    until(lambda: window.warmup.wait(0) and {each.id for each in PAGES} <= set(window.tabs._pages))
    begin(window)
    memory = soak(window, window._theme, asked.minutes, random.Random(asked.seed))
    ended = not window.page("training").running
    window.page("training").stop()
    until(lambda: not window.page("training").running)
    window.close()
    grown = growth(memory) if memory else 0.0
    print(f"{len(troubles.found)} troubles, memory {grown:+.0f} MB{', the run ended by itself' if ended else ''}")
    return int(bool(troubles.found) or ended or grown > asked.allowed)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
