"""Runs code that is not ours: its prints and warnings go to the log, and its SystemExit is a failure of its own.

A thread that it starts and that fails meanwhile is logged, too.
"""

from __future__ import annotations

import io
import logging
import signal
import sys
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TextIO, cast

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

    threads_failed = False  # while it ran: its own, or those of other foreign code

    def __enter__(self) -> Self:
        self._failed_before = _thread_failures(+1)
        self._output = _redirected()
        self._output.__enter__()
        self._interrupts = _watched_interrupts()
        self._interrupted = self._interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupts.__exit__(None, None, None)
        self._output.__exit__(None, None, None)
        self.threads_failed = _thread_failures(-1) > self._failed_before
        if isinstance(error, SystemExit) or (isinstance(error, KeyboardInterrupt) and not self._interrupted()):
            text = f"{type(error).__name__} {error}".strip()
            message = f"The network's code tries to end the program ({text})."
            remedy = (
                "Remove sys.exit() and exit() from it." if isinstance(error, SystemExit) else "Do not raise it there."
            )
            raise QuitError(message, remedy).with_traceback(trace) from error


class _Nowhere(io.TextIOBase):
    """The output of a program that has none, as one with a window may."""

    def write(self, text: str) -> int:
        return len(text)


class _Router:
    """Stands for ``sys.stdout``: what a thread prints while it runs foreign code goes to the log."""

    def __init__(self, real: TextIO | None) -> None:
        self.real = real or cast("TextIO", _Nowhere())

    def write(self, text: str) -> int:
        if not _is_foreign():
            return self.real.write(text)
        for line in text.splitlines():
            if _here.lines_left > 0 and line.strip():
                _here.lines_left -= 1
                _log.info("printed: %s", line)
        return len(text)

    def close(self) -> None:
        """Foreign code may not close what is ours."""
        if not _is_foreign():
            self.real.close()

    @property
    def buffer(self) -> BinaryIO | io.BufferedIOBase:
        """What ``io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")`` is put around, as many files do."""
        return _Bytes() if _is_foreign() else self.real.buffer

    def detach(self) -> BinaryIO | io.BufferedIOBase:
        """As ``codecs.getwriter("utf-8")(sys.stdout.detach())`` asks for."""
        return _Bytes() if _is_foreign() else self.real.detach()  # type: ignore[attr-defined]  # TextIO lacks it, TextIOWrapper has it

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


_here = threading.local()  # lines_left: how many more are logged; None: this thread runs code of ours
_lock = threading.Lock()
_KEPT = 256
# Never collected while a thread may be printing to them: ``print`` holds no reference of its own to what it writes to.
_routers: deque[_Router] = deque(maxlen=_KEPT)
_replaced: deque[TextIO | None] = deque(maxlen=_KEPT)


def _is_foreign() -> bool:
    return getattr(_here, "lines_left", None) is not None


@contextmanager
def _redirected() -> Iterator[None]:
    before, router = getattr(_here, "lines_left", None), _installed()
    _here.lines_left = _LINES
    try:
        yield
    finally:
        _here.lines_left = before
        with _lock:
            if sys.stdout is not router and before is None:  # foreign code sets it and forgets to put it back
                _replaced.append(sys.stdout)
                sys.stdout = router


class _WarningRouter:
    """Stands for ``warnings.showwarning``: what a thread is warned of while it runs foreign code goes to the log."""

    def __init__(self, real: Callable[..., None]) -> None:
        self.real = real

    def __call__(self, message: Warning | str, *where: Any, **named: Any) -> None:
        if _is_foreign():
            _log.info("warned: %s", message)
        else:
            self.real(message, *where, **named)


class _FailureRouter:
    """Stands for ``threading.excepthook``: of threads that foreign code started, what is raised goes to the log."""

    def __init__(self, real: Callable[[Any], object]) -> None:
        self.real = real

    def __call__(self, failure: threading.ExceptHookArgs) -> None:
        global _failures
        files = [Path(frame.filename) for frame in traceback.extract_tb(failure.exc_traceback)]
        if _running == 0 or any(file.is_relative_to(_OURS) for file in files):
            self.real(failure)
            return
        with _lock:
            _failures += 1
        _log.info("a thread failed: %s: %s", failure.exc_type.__name__, failure.exc_value)


_OURS = Path(__file__).parents[1]
_running = 0  # pieces of foreign code, in all threads
_failures = 0  # of threads that these started


def _thread_failures(more: int) -> int:
    """Count a piece of foreign code in or out, and return how many threads have failed in such."""
    global _running
    with _lock:
        _running += more
        if not isinstance(threading.excepthook, _FailureRouter):
            threading.excepthook = _FailureRouter(threading.excepthook)
        return _failures


def _installed() -> _Router:
    """Return what stands for ``sys.stdout`` from the first foreign code on, and for good: other threads print to it."""
    with _lock:
        if not isinstance(warnings.showwarning, _WarningRouter):
            warnings.showwarning = _WarningRouter(warnings.showwarning)
        current = sys.stdout
        if isinstance(current, _Router):
            return current
        found = next((router for router in _routers if router.real is current), None) or _Router(current)
        if found not in _routers:
            _routers.append(found)
        sys.stdout = found
        return found


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
