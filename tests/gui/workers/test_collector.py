from __future__ import annotations

import gc
import threading

import pytest

from cnnviz.gui.workers.collector import collector_paused


@pytest.fixture(autouse=True)
def garbage_waits_for_the_end_of_its_test() -> None:
    """Not here."""


def test_nothing_is_collected_inside_and_all_is_afterwards() -> None:
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_failure_inside_lets_it_go_on() -> None:
    with pytest.raises(ValueError, match="inside"), collector_paused():
        raise ValueError("inside")
    assert gc.isenabled()


def test_one_of_two_threads_that_ends_does_not_start_it_for_the_other() -> None:
    inside, may_end = threading.Event(), threading.Event()

    def pause() -> None:
        with collector_paused():
            inside.set()
            may_end.wait(2)

    thread = threading.Thread(target=pause)
    thread.start()
    assert inside.wait(2)
    with collector_paused():
        pass
    assert not gc.isenabled()
    may_end.set()
    thread.join(2)
    assert gc.isenabled()
