"""Questions to a disk that may be a network's: one that hangs stops no window. Stdlib only.

In the thread of a window a question is asked in another thread, and its answer is waited for a moment. In every other
thread, and in every other program, it is simply asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from cnnviz.errors import CnnvizError

_Answer = TypeVar("_Answer")
_PATIENCE = 0.4  # seconds: a disk of this machine answers in milliseconds, but many programs may want it
_impatient: int | None = None  # the thread that waits for no disk
_silent: dict[Path, threading.Thread] = {}  # by folder: who still waits for an answer


class SlowDiskError(CnnvizError):
    """A disk has not answered in time, and may yet."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"The disk of {file} does not answer.", "Try again once it does.")


def wait_for_no_disk_in(thread: int | None) -> None:
    """Let the thread of this ident wait for no disk from now on; None: every thread waits."""
    global _impatient
    _impatient = thread


def answered(question: Callable[[], _Answer], file: Path) -> _Answer:
    """Return what ``question``, which is about ``file``, returns, or raise what it raises.

    Raises:
        SlowDiskError: this thread is not to wait, and the disk has not answered in time. It is asked no second time
            about a folder while it is silent.
    """
    if threading.get_ident() != _impatient:
        return question()
    silent = _silent.get(file.parent)
    if silent is not None and silent.is_alive():
        raise SlowDiskError(file)
    asked = _Asked(question, name=f"disk of {file.name}")
    asked.start()
    asked.join(_PATIENCE)
    if asked.is_alive():
        _silent[file.parent] = asked
        raise SlowDiskError(file)
    if asked.error is not None:
        raise asked.error
    return asked.answer


def found(question: Callable[[], bool], file: Path) -> bool:
    """Return what ``question`` does; False where the disk is silent, refuses, or knows no such name."""
    try:
        return answered(question, file)
    except (SlowDiskError, OSError, ValueError):
        return False


class _Asked(threading.Thread, Generic[_Answer]):
    """Asks a question and keeps what comes of it. ``concurrent.futures`` would be imported for this before a window."""

    answer: _Answer
    error: BaseException | None = None

    def __init__(self, question: Callable[[], _Answer], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._question = question

    def run(self) -> None:
        try:
            self.answer = self._question()
        except BaseException as error:
            self.error = error
