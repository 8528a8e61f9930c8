"""A run in a terminal: one line an epoch, and a progress bar where somebody watches. No torch here."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO

from cnnviz.printable import in_a_line
from cnnviz.training.events import Preparing, Recorded, RunFinished, RunStarted, StepsDone, Testing
from cnnviz.training.wording import line_of

_BAR_WIDTH = 24
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
            bar.note(event)
            if not isinstance(event, Preparing) and (line := line_of(event)):
                bar.clear()
                print(in_a_line(line), file=lines, flush=True)
            if isinstance(event, RunFinished):
                finished = event
    finally:
        bar.clear()
    return finished


class _Bar:
    """One line that is drawn over itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._started: RunStarted | None = None

    def note(self, event: Recorded) -> None:
        """Draw what ``event`` says about how far the run is."""
        match event:
            case RunStarted():
                self._started = event
            case Preparing():
                self._draw(in_a_line(event.what), event.fraction)
            case Testing():
                self._draw(f"epoch {event.epoch}, testing", event.fraction)
            case StepsDone() if self._started is not None:
                steps = self._started.steps_per_epoch
                done = (event.last_step - 1) % steps + 1
                text = f"loss {event.losses[-1]:.3f}, {event.images_per_second:,.0f} images/s"
                self._draw(f"epoch {event.epoch}/{self._started.config.epochs}, {text}", done / steps)

    def clear(self) -> None:
        """Leave the line empty."""
        if self._shown:
            self._stream.write(_CLEAR_LINE)
            self._stream.flush()

    def _draw(self, text: str, fraction: float | None) -> None:
        if self._shown:
            full = round((fraction or 0.0) * _BAR_WIDTH)
            bar = "" if fraction is None else f"{'█' * full}{'░' * (_BAR_WIDTH - full)} {fraction:4.0%} "
            self._stream.write(f"{_CLEAR_LINE}{bar}{text}")
            self._stream.flush()
