"""Runs in several threads at once: each sees switches and random numbers of its own, the process keeps its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from cnnviz.training.isolation import allow_tf32, isolated, set_aside, tf32_allowed

_CPU = torch.device("cpu")
_Seen = list[tuple[float, bool]]


def drawing(times: int = 40) -> Generator[tuple[float, bool], None, None]:
    for _ in range(times):
        number = torch.rand(1).item()
        time.sleep(0.0005)  # another thread comes between
        yield number, torch.are_deterministic_algorithms_enabled()


def seen(seed: int, deterministic: bool) -> _Seen:
    return list(isolated(drawing(), _CPU, seed, deterministic))


def test_two_runs_at_once_are_those_that_each_is_alone_and_leave_the_process_as_it_was() -> None:
    alone = [seen(1, True), seen(2, False)]
    torch.manual_seed(7)
    before = torch.get_rng_state(), torch.backends.cudnn.benchmark
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(seen, (1, 2), (True, False)))
    assert together == alone
    assert {flag for _, flag in alone[0]} == {True}
    assert {flag for _, flag in alone[1]} == {False}
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.backends.cudnn.benchmark == before[1]


def test_a_run_may_round_on_its_gpu_and_the_process_does_not() -> None:
    """Neither with the older switches nor with those that torch has since 2.9."""
    before = tf32_allowed()
    for others in ((True, False), (False, True)):
        allow_tf32(*others)
        run = isolated(rounding(), _CPU, 1, False)
        assert [(each, tf32_allowed()) for each in run] == [((True, True), others), ((True, True), others)]
    allow_tf32(*before)
    assert tf32_allowed() == before


def rounding() -> Generator[tuple[bool, bool], None, None]:
    for _ in range(2):
        allow_tf32(True)
        yield tf32_allowed()


def test_run_that_waits_keeps_no_other_from_computing() -> None:
    waits, go_on = threading.Event(), threading.Event()

    def waiting() -> Generator[float, None, None]:
        yield torch.rand(1).item()
        with set_aside():
            waits.set()
            assert go_on.wait(10)
        yield torch.rand(1).item()

    expected = torch.rand(2, generator=torch.Generator().manual_seed(3)).tolist()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(list, isolated(waiting(), _CPU, 3, False))
        assert waits.wait(10)
        assert len(seen(4, False)) == 40
        go_on.set()
        assert held.result(10) == pytest.approx(expected)


def test_run_that_fails_lets_the_next_one_compute() -> None:
    def failing() -> Generator[float, None, None]:
        raise ZeroDivisionError
        yield 0.0

    with pytest.raises(ZeroDivisionError):
        list(isolated(failing(), _CPU, 0, True))
    assert len(seen(0, False)) == 40
    assert not torch.are_deterministic_algorithms_enabled()
