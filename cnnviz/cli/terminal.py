"""A run in a terminal: one line an epoch, and a progress bar where somebody watches. No torch here."""

from __future__ import annotations

import itertools
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from cnnviz.printable import in_a_line
from cnnviz.training.events import Preparing, Recorded, RunFinished, RunResumed, RunStarted, StepsDone, Testing
from cnnviz.training.wording import line_of
from cnnviz.units import busy

_BAR_WIDTH = 24
_TICK_SECONDS = 0.25  # a batch, or a disk, may be silent for long
_CLEAR_LINE = "\r\x1b[K"


def show(events: Iterable[Recorded], out: TextIO | None = None, progress: TextIO | None = None) -> RunFinished | None:
    """Drain ``events`` into a terminal and return the last one, or None when they end without.

    Args:
        out: a line for the start, for each epoch and for the end; None: standard output.
        progress: a bar that is drawn over and over, only where this is a terminal; None: standard error.
    """
    lines, bar = out or sys.stdout, _Bar(progress or sys.stderr)
    finished = None
    try:
        for event in events:
            if not isinstance(event, Preparing) and (line := line_of(event)):
                bar.draw("")
                print(in_a_line(line), file=lines, flush=True)
            bar.note(event)
            if isinstance(event, RunFinished):
                finished = event
    finally:
        bar.end()
    return finished


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give what draws how many of how many are done, on standard error, only where this is a terminal."""
    bar = _Bar(sys.stderr)
    try:
        yield lambda done, of: bar.note(Preparing(f"{what}: {done:,} of {of:,}", done / max(1, of)))
    finally:
        bar.end()


class _Bar:
    """One line that is drawn over itself, and says by itself how long it has been true."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._started: RunStarted | RunResumed | None = None
        self._line, self._since = "", time.monotonic()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticking = threading.Thread(target=self._tick, name="progress", daemon=True)
        if self._shown:
            self._ticking.start()

    def note(self, event: Recorded) -> None:
        """Draw what ``event`` says about how far the run is."""
        match event:
            case RunStarted() | RunResumed():
                self._started = event
                self._draw("first step", None)
            case Preparing():
                self._draw(in_a_line(event.what), event.fraction)
            case Testing():
                self._draw(f"epoch {event.epoch}, testing", event.fraction)
            case StepsDone() if self._started is not None:
                steps = self._started.steps_per_epoch
                done = (event.last_step - 1) % steps + 1
                text = f"loss {event.losses[-1]:.3f}, {event.images_per_second:,.0f} images/s"
                self._draw(f"epoch {event.epoch}/{self._started.config.epochs}, {text}", done / steps)

    def draw(self, line: str) -> None:
        """Show this line until the next one; an empty one is for others to write there."""
        if self._shown:
            with self._lock:
                self._line, self._since = line, time.monotonic()
                self._write(line)

    def end(self) -> None:
        """Leave the line empty for good."""
        self._ended.set()
        if self._shown:
            self._ticking.join()
        self.draw("")

    def _draw(self, text: str, fraction: float | None) -> None:
        full = round((fraction or 0.0) * _BAR_WIDTH)
        bar = "" if fraction is None else f"{'█' * full}{'░' * (_BAR_WIDTH - full)} {fraction:4.0%} "
        self.draw(f"{bar}{text}")

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            with self._lock:
                if self._line and (said := busy(time.monotonic() - self._since)):
                    self._write(self._line, said)

    def _write(self, line: str, behind: str = "") -> None:
        room = shutil.get_terminal_size().columns - 1 - len(behind)
        self._stream.write(f"{_CLEAR_LINE}{cut(line, room)}{behind}")
        self._stream.flush()


def cut(line: str, columns: int) -> str:
    """Return a line, or as much of it as so many columns hold: what a terminal breaks is not drawn over."""
    ends = list(itertools.accumulate(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line))
    if not ends or ends[-1] <= columns:
        return line
    return f"{line[: sum(end <= columns - 2 for end in ends)]}…"  # which takes two where letters are Chinese
