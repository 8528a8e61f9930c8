"""Puts back what foreign code sets for everybody: a file that is looked at shall not change the training beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import torch


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Afterwards the working folder, PyTorch's defaults and the recursion limit are what they were.

    A generator that was seeded inside gets its state back. One that was only drawn from does not: another thread may
    have drawn from it too.
    """
    before = [(read, write, read()) for read, write in _SETTINGS]
    seed, random = torch.initial_seed(), torch.get_rng_state()
    try:
        yield
    finally:
        for read, write, value in before:
            if read() != value:
                write(value)
        if torch.initial_seed() != seed:
            torch.set_rng_state(random)


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
    torch.set_default_device(None if device == usual else device)  # type: ignore[arg-type]


_SETTINGS: tuple[tuple[Callable[[], object], Callable[..., object]], ...] = (
    (_folder, _go_back),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, _set_device),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_grad_enabled, torch.set_grad_enabled),
)
