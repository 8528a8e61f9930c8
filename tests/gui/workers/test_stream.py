from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Generator, Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.training.training_stream import without_weights
from cnnviz.gui.unexpected import UnexpectedError
from cnnviz.gui.workers.stream import Pace, StreamRun
from cnnviz.training.events import CheckpointWritten, Event, Preparing, RunFinished, WeightsReady

Stream = Generator[object, None, None]
MakeRun = Callable[[Callable[[], Stream]], StreamRun]


@pytest.fixture
def make_run() -> Iterator[MakeRun]:
    runs: list[StreamRun] = []

    def make(open_stream: Callable[[], Stream]) -> StreamRun:
        runs.append(StreamRun(open_stream))
        return runs[-1]

    yield make
    for run in runs:
        run.stop(2000)


def endless_events(on_close: Callable[[bool], None]) -> Stream:
    pause = threading.Event()
    try:
        for number in itertools.count():
            yield number
            pause.wait(0.001)
    finally:
        on_close(True)


def three_events() -> Stream:
    yield from (1, 2, 3)


def test_every_event_is_delivered_in_order_before_finished(qtbot: QtBot, make_run: MakeRun) -> None:
    run = make_run(three_events)
    heard: list[object] = []
    run.events_ready.connect(heard.extend)
    run.finished.connect(lambda: heard.append("finished"))
    with qtbot.waitSignal(run.finished, timeout=3000):
        run.start()
    assert heard == [1, 2, 3, "finished"]
    assert not run.running


def test_stop_ends_an_endless_run_and_runs_its_cleanup(qtbot: QtBot, make_run: MakeRun) -> None:
    closed: list[bool] = []
    run = make_run(lambda: endless_events(closed.append))
    with qtbot.waitSignal(run.events_ready, timeout=2000):
        run.start()
    assert run.stop(2000)
    assert closed == [True]


def test_failure_is_delivered_once_after_the_events_before_it(qtbot: QtBot, make_run: MakeRun) -> None:
    def failing() -> Stream:
        yield 1
        raise CnnvizError("no space", "free some")

    run = make_run(failing)
    heard: list[object] = []
    run.events_ready.connect(heard.extend)
    run.failed.connect(heard.append)
    with qtbot.waitSignal(run.finished, timeout=3000):
        run.start()
    assert heard[0] == 1
    assert [str(error) for error in heard[1:]] == ["no space. free some"]


def test_unexpected_failure_carries_its_traceback(
    qtbot: QtBot, make_run: MakeRun, caplog: pytest.LogCaptureFixture
) -> None:
    def failing() -> Stream:
        yield 1 // 0

    run = make_run(failing)
    with qtbot.waitSignal(run.failed, timeout=3000) as caught:
        run.start()
    assert isinstance(caught.args[0], UnexpectedError)
    assert "ZeroDivisionError" in caught.args[0].details
    assert "unexpected failure" in caplog.text


def test_events_arrive_in_the_thread_of_the_window(qtbot: QtBot, make_run: MakeRun) -> None:
    run = make_run(three_events)
    threads: list[threading.Thread] = []
    run.events_ready.connect(lambda _events: threads.append(threading.current_thread()))
    run.finished.connect(lambda: threads.append(threading.current_thread()))
    with qtbot.waitSignal(run.finished, timeout=3000):
        run.start()
    assert set(threads) == {threading.main_thread()}


def test_emitting_does_not_lose_references_to_true() -> None:
    class Sender(QObject):
        sent = Signal(object)

    sender = Sender()
    sender.sent.connect(lambda _value: None)
    before = sys.getrefcount(True)
    for _ in range(1000):
        sender.sent.emit(True)
    assert sys.getrefcount(True) > before - 100  # PySide6 6.12.0 on CPython 3.11 loses one at every emit


def test_weights_stay_in_the_worker_and_the_page_hears_of_the_checkpoint() -> None:
    closed: list[bool] = []

    def events() -> Generator[Event, None, None]:
        try:
            yield Preparing("Reading")
            yield WeightsReady(1, 20, {})
            yield RunFinished("finished", 1, 20, 2.0)
        finally:
            closed.append(True)

    heard = list(without_weights(events()))
    assert heard == [Preparing("Reading"), CheckpointWritten(1, 20), RunFinished("finished", 1, 20, 2.0)]
    assert closed == [True]


def test_window_is_told_less_often_the_more_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    used = [0.0]
    monkeypatch.setattr("cnnviz.gui.workers.stream.time.thread_time", lambda: used[0])
    pace = Pace()
    waits = []
    for seconds in (0.0001, 0.004, 5.0):
        used[0] += seconds
        waits.append(pace.next_ms())
    assert waits == [33, 267, 1000]
