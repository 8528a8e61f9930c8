from __future__ import annotations

import io
import time
from collections.abc import Iterator

from run_events import EPOCH, STARTED, STEPS, WHOLE

from cnnviz.cli.terminal import cut, show
from cnnviz.training import events
from cnnviz.training.events import Preparing, RunFinished
from cnnviz.training.wording import line_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_output_has_one_line_for_the_start_each_epoch_and_the_end() -> None:
    out, progress = io.StringIO(), io.StringIO()
    assert show(WHOLE, out, progress) is WHOLE[-1]
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("lenet, 61.7 K parameters, on a CPU")
    assert lines[1].startswith("epoch 1: train loss 2.375")
    assert lines[2] == "finished after 2 steps, 0.5 s"


def test_progress_is_drawn_on_a_terminal_only() -> None:
    for stream, drawn in ((io.StringIO(), False), (Terminal(), True)):
        show(WHOLE, io.StringIO(), stream)
        assert bool(stream.getvalue()) == drawn


def test_bar_tells_download_steps_and_testing() -> None:
    progress = Terminal()
    show([Preparing("Downloading x", 0.5), STARTED, STEPS, events.Testing(1, 0.25)], io.StringIO(), progress)
    text = progress.getvalue()
    assert " 50% Downloading x" in text
    assert "100% epoch 1/5, loss 2.250, 1,000 images/s" in text
    assert " 25% epoch 1, testing" in text
    assert text.endswith("\r\x1b[K")


def test_bar_says_for_how_long_a_silent_step_is_under_way() -> None:
    progress, told = Terminal(), []

    def slow() -> Iterator[events.Event]:
        yield STARTED
        deadline = time.monotonic() + 10
        while "busy for" not in progress.getvalue() and time.monotonic() < deadline:
            time.sleep(0.02)
        told.append(progress.getvalue())

    show(slow(), io.StringIO(), progress)
    assert "\r\x1b[Kfirst step  ·  busy for 0." in told[0]


def test_run_that_ends_without_a_last_event_returns_none() -> None:
    assert show([STARTED, EPOCH], io.StringIO(), io.StringIO()) is None


def test_diverged_run_says_what_to_try() -> None:
    assert "smaller learning rate" in line_of(RunFinished("diverged", 0, 12, 1.0))


def test_line_is_no_wider_than_the_terminal_that_it_is_drawn_over_in() -> None:
    assert cut("read 12", 7) == "read 12"
    assert cut("read 123", 7) == "read …"
    assert cut("读取图片", 8) == "读取图片"
    assert cut("读取图片", 7) == "读取…"
