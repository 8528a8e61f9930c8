"""The longest turn of the window's event loop while a very large network is opened and looked at.

    python tests/benchmarks/large_network.py [MODEL...]

A heartbeat of 1 ms runs beside everything; a turn is the time between two beats, so what it reports is what a mouse
click would have waited. "own" is the processor time that the window's thread spent in that turn: the rest is another
thread that holds Python's lock, or another process. QT_QPA_PLATFORM=offscreen does without a display.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import make_application, make_window
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.pages import PAGES
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.own.permission import ask_before_running

_SETTLED = 0.4  # seconds without a turn longer than 20 ms end a phase
_AT_MOST = 90.0  # seconds
_BUSY = 0.02  # seconds: a turn that is longer is work
_WAIT = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
_OWN = """
from torch import nn

input_shape = (8, 32, 32)


def block():
    return nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())


class Flat(nn.Sequential):
    def __init__(self):
        super().__init__(*(layer for _ in range({layers} // 3) for layer in block()))


class Nested(nn.Sequential):
    def __init__(self):
        super().__init__(*(nn.Sequential(*(block() for _ in range(5))) for _ in range({layers} // 15)))
"""


@dataclass(slots=True)
class Turn:
    """The longest one of a phase, in seconds."""

    wall: float = 0.0
    own: float = 0.0


class Heartbeat(QObject):
    """Measures every turn of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = Turn()
        self.quiet_since = self._wall = time.perf_counter()
        self._own = time.thread_time()
        self._timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    @Slot()
    def _beat(self) -> None:
        wall, own = time.perf_counter(), time.thread_time()
        if wall - self._wall > self.longest.wall:
            self.longest = Turn(wall - self._wall, own - self._own)
        if wall - self._wall > _BUSY:
            self.quiet_since = wall
        self._wall, self._own = wall, own

    def during(self, action: Callable[[], object], done: Callable[[], bool] = lambda: True) -> Turn:
        """Return the longest turn from ``action`` until ``done`` and the window is at rest."""
        self.longest = Turn()
        begun = self._wall = self.quiet_since = time.perf_counter()
        self._own = time.thread_time()
        QTimer.singleShot(0, action)
        while time.perf_counter() - begun < _AT_MOST:
            QApplication.processEvents(_WAIT)  # as exec() does
            if done() and self._wall - self.quiet_since > _SETTLED:
                break
        return self.longest


def phases(window: MainWindow) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what a reader does with a network that is open."""
    page = window.page("layers")
    for text in ("c", "conv", "conv 9", "nothing has this name", ""):
        yield f"filter {text!r}", lambda text=text: page.search.setText(text)
    yield "unfold 1 level", lambda: (page.levels.setCurrentIndex(1), page.levels.activated.emit(1))
    yield "unfold all", lambda: (page.levels.setCurrentIndex(0), page.levels.activated.emit(0))
    header = page.view.header()
    for column, title in ((6, "MACs"), (1, "Type"), (-1, "none")):
        yield f"sort by {title}", lambda at=column: header.setSortIndicator(at, Qt.SortOrder.DescendingOrder)
    last = len(window.session.report.calls) - 1 if window.session.report is not None else 0
    yield "select the last", lambda: window.session.select_call(last)
    yield "select the network", lambda: window.session.select_call(0)
    yield "select all rows", page.view.selectAll
    yield "scroll to the end", page.view.scrollToBottom
    yield "copy everything", page.copy_selection
    for entry in (*PAGES[1:], PAGES[0]):
        yield f"tab {entry.title}", lambda id_=entry.id: window.tabs.show_page(id_)


def measure(window: MainWindow, heartbeat: Heartbeat, name: str) -> None:
    """Open one network and print the longest turn of each phase."""
    before = window.session.report
    spec = resolve(name)
    begin = time.perf_counter()
    seconds = []

    def opened() -> bool:
        if window.session.report is before:
            return False
        seconds.append(time.perf_counter() - begin)
        return True

    turn = heartbeat.during(lambda: window.session.set_spec(spec), opened)
    report = window.session.report
    if report is None or report is before:
        raise SystemExit(f"{name} did not open")
    print(f"\n{report.title}: {len(report.calls):,} calls, {seconds[0]:.2f} s until its report")
    _print("open", turn)
    for title, action in phases(window):
        _print(title, heartbeat.during(action))


def _print(title: str, turn: Turn) -> None:
    mark = "  <<<" if turn.wall > 0.05 else ""
    print(f"  {title:30} longest turn {turn.wall * 1e3:7.1f} ms   own {turn.own * 1e3:7.1f} ms{mark}", flush=True)


def own_networks(folder: Path) -> list[str]:
    """Write networks of 1,000 and 5,000 layers and return their names."""
    names = []
    for layers in (1000, 5000):
        file = folder / f"own_{layers}.py"
        file.write_text(_OWN.format(layers=layers), "utf-8")
        names += [f"{file}:Flat", f"{file}:Nested"]
    return names


def main(*models: str) -> None:
    """Open each network in one window."""
    application = make_application()
    window = make_window(application, resolve("lenet"))
    ask_before_running(None)
    window.show()
    heartbeat = Heartbeat()
    with tempfile.TemporaryDirectory() as folder:
        names = models or (*own_networks(Path(folder)), "torchvision/densenet201", "torchvision/efficientnet_b7")
        heartbeat.during(lambda: None, lambda: window.session.report is not None and window.warmup.wait(0))
        for name in names:
            measure(window, heartbeat, name)
        window.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
