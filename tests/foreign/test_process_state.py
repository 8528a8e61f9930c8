"""What foreign code sets for the whole process, in several threads at once."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.foreign.process_state import process_state_kept
from cnnviz.foreign.randomness import random_from


def overlapping() -> None:
    """Let two threads come in and go out in turn: the first sets before the second comes in, and goes first."""
    turns = [threading.Event() for _ in range(3)]

    def first() -> None:
        with process_state_kept():
            set_all(torch.float64, 2000)
            turns[0].set()
            turns[1].wait(10)
        turns[2].set()

    def second() -> None:
        turns[0].wait(10)
        with process_state_kept():
            turns[1].set()
            turns[2].wait(10)
            set_all(torch.float16, 3000)

    threads = [threading.Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def set_all(dtype: torch.dtype, deepest: int) -> None:
    torch.set_default_dtype(dtype)
    sys.setrecursionlimit(deepest)
    os.chdir("/")


def test_threads_that_overlap_leave_the_process_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = torch.get_default_dtype(), sys.getrecursionlimit(), Path.cwd()
    overlapping()
    assert (torch.get_default_dtype(), sys.getrecursionlimit(), Path.cwd()) == before


def test_inner_one_goes_back_to_what_the_outer_one_set() -> None:
    with process_state_kept():
        torch.set_default_dtype(torch.float64)
        with process_state_kept():
            torch.set_default_dtype(torch.float16)
        assert torch.get_default_dtype() == torch.float64
    assert torch.get_default_dtype() == torch.float32


def test_process_s_generator_is_nobody_s_to_put_back() -> None:
    """It may be that of a run in another thread, which has just begun."""
    before = torch.get_rng_state()
    try:
        with process_state_kept():
            thread = threading.Thread(target=torch.manual_seed, args=(5,))
            thread.start()
            thread.join()
        assert torch.initial_seed() == 5
    finally:
        torch.set_rng_state(before)


def test_numbers_of_two_threads_do_not_mix() -> None:
    random.seed(11)
    np.random.seed(11)
    before = random.getstate(), np.random.get_state()[1].tolist()
    drawn: list[list[float]] = []

    def draw() -> None:
        for _ in range(20):
            with random_from(None):
                first = random.random()
                time.sleep(0.001)  # another thread comes between
                drawn.append([first, random.random(), *np.random.rand(3).tolist()])

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each == drawn[0] for each in drawn)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
