"""Puts back what foreign code sets for everybody: a file that is looked at shall not change the training beside it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import torch


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Afterwards the working folder, PyTorch's defaults and the recursion limit are what they were.

    What is the whole process's is what it was before the first of all threads that are inside came in: what another one
    has set meanwhile is not taken for how things were. Random numbers are not looked after: a thread that runs foreign
    code draws from a generator of its own, and the process's may be a run's in another thread.
    """
    before = [(read, write, read()) for read, write in _OF_THE_THREAD]
    outermost = not getattr(_here, "is_inside", False)
    before += _baseline(+1) if outermost else [(read, write, read()) for read, write in _OF_THE_PROCESS]
    _here.is_inside = True
    try:
        yield
    finally:
        for read, write, value in before:
            if read() != value:
                write(value)
        if outermost:
            _here.is_inside = False
            _baseline(-1)


_Kept = list[tuple[Callable[[], object], Callable[..., object], object]]
_here = threading.local()  # is_inside: whether this thread is
_lock = threading.Lock()
_threads = 0  # that are inside
_found: _Kept = []  # by the first of them


def _baseline(more: int) -> _Kept:
    """Count a thread in or out, and return what the first that is inside found."""
    global _threads, _found
    with _lock:
        if _threads == 0:
            _found = [(read, write, read()) for read, write in _OF_THE_PROCESS]
        _threads += more
        return _found


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  a text, to compare and to go back to
    except OSError:  # it was removed
        return None


def _go_back(folder: object) -> None:
    with suppress(OSError):
        os.chdir(str(folder))


def _set_device(device: object) -> None:
    usual = torch.device("cpu")
    torch.set_default_device(None if device == usual else device)  # type: ignore[arg-type]  # as get_default_device returned it


_Settings = tuple[tuple[Callable[[], object], Callable[..., object]], ...]
_OF_THE_PROCESS: _Settings = (
    (_folder, _go_back),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (torch.get_default_dtype, torch.set_default_dtype),
)
_OF_THE_THREAD: _Settings = (
    (torch.get_default_device, _set_device),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_grad_enabled, torch.set_grad_enabled),
)
