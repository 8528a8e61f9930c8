"""Memory that was freed: kept for the next step of a run, or given back to the system, where the C library is glibc.

By itself glibc hands every block of more than 32 MiB back as soon as it is freed. A training step frees each activation
and asks for it again, and gets it as zeroed pages, a fault for every 4 KiB: a fourth of the small VGG's step at 224
pixels. What a thread has freed of smaller blocks it keeps for that thread, for good. (mallopt(3), malloc_trim(3).)
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -2, -3, -4, -8  # as malloc.h numbers them
_MIB = 1 << 20
_KEEPING = {_MMAP_MAX: 0, _TRIM_THRESHOLD: -1, _TOP_PAD: 128 * _MIB}  # a thread's heap, of 64, is then never returned
# What glibc comes to by itself in a program that has freed large blocks; once set by hand, nothing moves by itself.
_USUAL = {_MMAP_MAX: 65536, _MMAP_THRESHOLD: 32 * _MIB, _TRIM_THRESHOLD: 64 * _MIB, _TOP_PAD: 128 << 10}

_lock = threading.Lock()
_keeping = 0  # how many need it: the settings are the process's


def share_one_heap() -> None:
    """Let all threads that start from now on take memory from one heap: one of a thread's own holds 64 MiB at most.

    What is larger would be a mapping of its own, and gone at each step.
    """
    _set({_ARENA_MAX: 1})


@contextmanager
def memory_kept(wanted: bool = True) -> Iterator[None]:
    """Inside, what is freed stays with the process; afterwards what nobody uses is given back.

    Blocks that are kept leave gaps between them: a network that was measured held up to a fourth more.
    """
    if not wanted:
        yield
        return
    _keep(1)
    try:
        yield
    finally:
        _keep(-1)
        give_back_memory()


def give_back_memory() -> None:
    """Give back what was freed, unless a run is about to need it again.

    Call it after a large release, off the GUI thread: it takes some milliseconds.
    """
    library = _glibc()
    if library is not None and not _keeping:
        library.malloc_trim(0)


def _keep(by: int) -> None:
    global _keeping
    with _lock:
        before, _keeping = _keeping, _keeping + by
        if bool(before) != bool(_keeping):
            _set(_KEEPING if _keeping else _USUAL)


def _set(values: Mapping[int, int]) -> None:
    if (library := _glibc()) is not None:
        for number, value in values.items():
            library.mallopt(number, value)


@cache
def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None  # musl has neither
