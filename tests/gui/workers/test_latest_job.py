from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from cnnviz.errors import CnnvizError
from cnnviz.gui.unexpected import UnexpectedError
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.pictures.given_up import GivenUpError
from cnnviz.pictures.reading import read


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[LatestJob]:
    jobs = LatestJob()
    yield jobs
    jobs.close()


def test_only_the_newest_answer_is_delivered(qtbot: QtBot, jobs: LatestJob) -> None:
    gate = threading.Event()
    answers: list[object] = []
    jobs.succeeded.connect(answers.append)
    jobs.submit(lambda: gate.wait(5) and "old")
    jobs.submit(lambda: "overtaken before it began")
    with qtbot.waitSignal(jobs.succeeded, timeout=3000):
        jobs.submit(lambda: "new")
        gate.set()
    assert answers == ["new"]
    assert not jobs.busy


def test_picture_that_is_overtaken_is_read_no_further(qtbot: QtBot, jobs: LatestJob, tmp_path: Path) -> None:
    Image.effect_noise((900, 900), 90).save(tmp_path / "large.png")
    begun, overtaken, told = threading.Event(), threading.Event(), []

    def read_late() -> object:
        begun.set()
        overtaken.wait(5)
        try:
            return read(tmp_path / "large.png")
        except GivenUpError:
            told.append("given up")
            raise

    jobs.submit(read_late)
    assert begun.wait(5)
    with qtbot.waitSignal(jobs.succeeded, timeout=3000):
        jobs.submit(lambda: "new")
        overtaken.set()
    assert told == ["given up"]


def test_busy_changes_once_each_way_for_overlapping_jobs(qtbot: QtBot, jobs: LatestJob) -> None:
    changes: list[bool] = []
    jobs.busy_changed.connect(changes.append)
    jobs.submit(lambda: 1)
    with qtbot.waitSignal(jobs.succeeded, timeout=3000):
        jobs.submit(lambda: 2)
    assert changes == [True, False]


def test_an_error_of_the_user_arrives_as_it_was_raised(qtbot: QtBot, jobs: LatestJob) -> None:
    error = CnnvizError("too small", "larger")

    def fail() -> None:
        raise error

    with qtbot.waitSignal(jobs.failed, timeout=3000) as caught:
        jobs.submit(fail)
    assert caught.args == [error]


def test_an_unexpected_error_arrives_with_its_traceback(
    qtbot: QtBot, jobs: LatestJob, caplog: pytest.LogCaptureFixture
) -> None:
    with qtbot.waitSignal(jobs.failed, timeout=3000) as caught:
        jobs.submit(lambda: 1 // 0)
    error = caught.args[0]
    assert isinstance(error, UnexpectedError)
    assert "ZeroDivisionError" in error.details
    assert "unexpected failure" in caplog.text


def test_answers_arrive_in_the_thread_of_the_window(qtbot: QtBot, jobs: LatestJob) -> None:
    threads: list[threading.Thread] = []

    class Page:
        def take(self, _answer: object) -> None:
            threads.append(threading.current_thread())

    page = Page()
    jobs.succeeded.connect(page.take)
    with qtbot.waitSignal(jobs.succeeded, timeout=3000):
        jobs.submit(lambda: 1)
    assert threads == [threading.main_thread()]


def test_cancel_drops_the_answer(qtbot: QtBot, jobs: LatestJob) -> None:
    gate = threading.Event()
    answers: list[object] = []
    jobs.succeeded.connect(answers.append)
    jobs.submit(lambda: gate.wait(5))
    jobs.cancel()
    assert not jobs.busy
    gate.set()
    with qtbot.waitSignal(jobs.succeeded, timeout=3000):
        jobs.submit(lambda: "after")
    assert answers == ["after"]


def test_the_thread_ends_with_its_last_job(qtbot: QtBot, jobs: LatestJob) -> None:
    threads: list[threading.Thread] = []
    for _ in range(3):
        with qtbot.waitSignal(jobs.succeeded, timeout=3000):
            jobs.submit(lambda: threads.append(threading.current_thread()))
        threads[-1].join(3)
        assert not threads[-1].is_alive()


def test_nothing_of_a_job_is_kept_when_it_has_been_answered_or_refused(qtbot: QtBot, jobs: LatestJob) -> None:
    class Network:
        pass

    refusals: list[CnnvizError] = []
    jobs.failed.connect(refusals.append)
    networks: list[weakref.ref[Network]] = []

    def look() -> None:
        network = Network()
        networks.append(weakref.ref(network))
        try:
            raise ValueError(network)
        except ValueError as error:
            raise CnnvizError("it fails", "choose another") from error

    with qtbot.waitSignal(jobs.failed, timeout=3000):
        jobs.submit(look)
    with qtbot.waitSignal(jobs.succeeded, timeout=3000):
        jobs.submit(partial(lambda network: networks.append(weakref.ref(network)), Network()))
    qtbot.waitUntil(lambda: [network() for network in networks] == [None, None], timeout=3000)
    assert len(refusals) == 1
