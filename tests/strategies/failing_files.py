"""The edge between the program and its files: counts what is asked of the system, and fails the n-th.

What is asked below one folder counts alone. Writes and reads are those of the raw file, below every buffer.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

FAULTS = ("EIO", "ENOSPC", "EACCES", "EROFS", "short")  # short: half of what was to be written or read
_CALLS = (
    *("open", "replace", "rename", "link", "mkdir", "utime", "truncate", "scandir", "listdir", "chmod"),
    *("stat", "lstat", "unlink", "remove", "rmdir", "fsync"),
)


class Edge:
    """What was asked so far, and which of it is to fail."""

    def __init__(self, below: Path, fails: int | None = None, fault: str = "EIO") -> None:
        """``fails``: the number of what fails, from 0; None: nothing does."""
        self.below, self.fails, self.fault = str(below), fails, fault
        self.asked: list[str] = []

    def concerns(self, path: object) -> bool:
        """Return whether ``path`` lies below the folder."""
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.below)  # type: ignore[arg-type]

    def ask(self, what: str, path: object) -> bool:
        """Count one thing; raise, or return True where it is to be done by half, if it is its turn."""
        self.asked.append(f"{what} {Path(os.fspath(path)).name}")  # type: ignore[call-overload]
        if len(self.asked) - 1 != self.fails:
            return False
        if self.fault == "short":
            return True
        number = getattr(errno, self.fault)
        raise OSError(number, os.strerror(number), os.fspath(path))  # type: ignore[call-overload]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Inside, all that is asked comes by here."""
        with ExitStack() as undo:
            for name in _CALLS:
                undo.enter_context(mock.patch.object(os, name, self._through(name, getattr(os, name))))
            opens = _opening(self, io.open)
            undo.enter_context(mock.patch.object(io, "open", opens))
            undo.enter_context(mock.patch.object(builtins, "open", opens))
            yield

    def _through(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *arguments: Any, **named: Any) -> Any:
            place = _opened(path) if name == "fsync" else path
            if self.concerns(place):
                self.ask(name, place)
            return real(path, *arguments, **named)

        return call


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Inside, the system lets no file of this process grow beyond ``size`` bytes, whatever library writes it."""
    import resource  # POSIX alone

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _opened(descriptor: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:  # a system without it
        return ""


class _Raw(io.FileIO):
    """A file whose every read and write is asked for."""

    def __init__(self, edge: Edge, path: Any, mode: str) -> None:
        edge.ask("open", path)
        super().__init__(path, mode)
        self._edge = edge

    def write(self, content: Any) -> int:
        if self._edge.ask("write", self.name):
            content = memoryview(content)[: (len(content) + 1) // 2]
        return super().write(content)

    def readinto(self, buffer: Any) -> int:
        if self._edge.ask("read", self.name):
            buffer = memoryview(buffer)[: (len(buffer) + 1) // 2]
        return super().readinto(buffer)

    def readall(self) -> bytes:
        self._edge.ask("read", self.name)
        return super().readall()

    def truncate(self, size: int | None = None) -> int:
        self._edge.ask("truncate", self.name)
        return super().truncate(size)


def _opening(edge: Edge, real: Callable[..., Any]) -> Callable[..., Any]:
    def opens(file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, *more: Any, **named: Any) -> Any:
        if not edge.concerns(file):
            return real(file, mode, buffering, encoding, *more, **named)
        raw = _Raw(edge, file, mode.replace("b", "").replace("t", ""))
        if buffering == 0:
            return raw
        kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
        buffered = kind(raw)  # type: ignore[type-var]
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, *more)

    return opens
