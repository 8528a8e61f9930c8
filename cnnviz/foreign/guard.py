"""Runs code that is not ours: what it prints goes to the log, and its SystemExit is a failure of its own."""

from __future__ import annotations

import io
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, TextIO

from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_log = logging.getLogger(__name__)
_LINES = 200  # of one piece of code; a network may print in every layer of every batch


class QuitError(CnnvizError):
    """Foreign code raised SystemExit or KeyboardInterrupt, as ``sys.exit()`` does."""


class foreign_code:  # noqa: N801  used as a function is
    """Inside, this thread's prints are logged, and SystemExit and KeyboardInterrupt become QuitError.

    A Ctrl-C of the user's stays a KeyboardInterrupt. Other threads go on printing where they did.
    """

    def __enter__(self) -> None:
        self._output = _redirected()
        self._output.__enter__()
        self._interrupts = _watched_interrupts()
        self._interrupted = self._interrupts.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupts.__exit__(None, None, None)
        self._output.__exit__(None, None, None)
        if isinstance(error, SystemExit) or (isinstance(error, KeyboardInterrupt) and not self._interrupted()):
            text = f"{type(error).__name__} {error}".strip()
            message = f"The network's code tries to end the program ({text})."
            remedy = (
                "Remove sys.exit() and exit() from it." if isinstance(error, SystemExit) else "Do not raise it there."
            )
            raise QuitError(message, remedy).with_traceback(trace) from error


class _Router:
    """Stands for ``sys.stdout`` while some thread runs foreign code."""

    def __init__(self, real: TextIO) -> None:
        self.real = real

    def write(self, text: str) -> int:
        left = getattr(_here, "lines_left", None)
        if left is None:
            return self.real.write(text)
        for line in text.splitlines():
            if _here.lines_left > 0 and line.strip():
                _here.lines_left -= 1
                _log.info("printed: %s", line)
        return len(text)

    def close(self) -> None:
        """Foreign code may not close what is ours."""

    @property
    def buffer(self) -> io.BufferedIOBase:
        """What ``io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")`` is put around, as many files do."""
        return _Bytes()

    def detach(self) -> io.BufferedIOBase:
        """As ``codecs.getwriter("utf-8")(sys.stdout.detach())`` asks for."""
        return self.buffer

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


class _Bytes(io.BufferedIOBase):
    """Takes what foreign code prints as bytes; a wrapper around it may write when the code has long returned."""

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        printed = bytes(data)
        _log.info("printed: %s", printed.decode(errors="replace").rstrip())
        return len(printed)


_here = threading.local()
_lock = threading.Lock()
_users = 0  # threads inside, each as often as it is inside
_router: _Router | None = None
_replaced: list[TextIO] = []  # what foreign code set as sys.stdout: collected as garbage, it might close ours


@contextmanager
def _redirected() -> Iterator[None]:
    global _users, _router
    before = getattr(_here, "lines_left", None)
    with _lock:
        _users += 1
        if _router is None:
            _router = _Router(sys.stdout)
            sys.stdout = _router
    _here.lines_left = _LINES
    try:
        yield
    finally:
        _here.lines_left = before
        with _lock:
            _users -= 1
            if _users == 0 and _router is not None:
                if sys.stdout is not _router:
                    _replaced.append(sys.stdout)
                sys.stdout = _router.real
                _router = None


@contextmanager
def _watched_interrupts() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether a Ctrl-C arrived. Signals reach the main thread only, and handlers of others stay."""
    pressed = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
