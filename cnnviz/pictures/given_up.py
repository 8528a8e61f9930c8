"""Who reads a large picture asks now and then whether it is still wanted. Stdlib only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BufferedReader

_is_given_up: ContextVar[Callable[[], bool] | None] = ContextVar("_is_given_up", default=None)


class GivenUpError(Exception):
    """Nobody wants what was being read any more."""


@contextmanager
def unless(is_given_up: Callable[[], bool]) -> Iterator[None]:
    """Inside, in this thread, a picture is read no further once ``is_given_up`` says so."""
    before = _is_given_up.set(is_given_up)
    try:
        yield
    finally:
        _is_given_up.reset(before)


class HeedingReader(BufferedReader):
    """A file of which nothing more is read when it is given up."""

    def read(self, size: int | None = -1, /) -> bytes:
        asked = _is_given_up.get()
        if asked is not None and asked():
            raise GivenUpError
        return super().read(size)
