"""Which files of the user's may run: a yes is for one content, and other content needs another one. No torch here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from cnnviz.errors import CnnvizError

MayRun = Callable[[Path, str], bool]
_DIGEST = 32  # bytes: nobody shall find another content of the same digest
_may_run: MayRun | None = None  # who names a file on the command line, or in Python, means it to run


class NotAllowedError(CnnvizError):
    """Nobody has said yes to running this content of a file."""

    def __init__(self, file: Path, content: str) -> None:
        super().__init__(f"{file.name} has not been run.", "Open it again to be asked whether it may.")
        self.file, self.content = file, content


def ask_before_running(may_run: MayRun | None) -> None:
    """Let ``may_run(file, digest of its content)`` decide, in any thread, from now on; None: every file may run."""
    global _may_run
    _may_run = may_run


def somebody_is_asked() -> bool:
    """Return whether a file may have to wait for a yes: then it is not run only to learn what it holds."""
    return _may_run is not None


def check_allowed(file: Path, source: bytes) -> None:
    """Raise NotAllowedError where ``source``, the very bytes that were read of a file, may not run."""
    if _may_run is not None and not _may_run(file, content := digest(source)):
        raise NotAllowedError(file, content)


def digest(content: bytes) -> str:
    """Return what stands for a content: 64 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=_DIGEST).hexdigest()
