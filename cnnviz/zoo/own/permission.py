"""Which files of the user's may run: a yes is for one content, and other content needs another one. No torch here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from cnnviz.errors import CnnvizError
from cnnviz.paths import real
from cnnviz.zoo.own import named_before

MayRun = Callable[[Path, str], bool]
_DIGEST = 32  # bytes: nobody shall find another content of the same digest
_may_run: MayRun | None = None  # who names a file in Python means it to run
_named: frozenset[Path] | None = None  # on the command line, where naming is the yes; None: elsewhere


class NotAllowedError(CnnvizError):
    """Nobody has said yes to running this content of a file."""

    def __init__(self, file: Path, content: str) -> None:
        super().__init__(f"{file.name} has not been run.", "Open it again to be asked whether it may.")
        self.file, self.content = file, content


class NotNamedError(CnnvizError):
    """A run that was named on the command line names a file that was not."""

    def __init__(self, file: Path) -> None:
        what = f"The network is in {file}, which would be run, and which you have not named."
        super().__init__(what, f"Look into it. Where you trust it, add --allow {quote(str(file))}.")


def ask_before_running(may_run: MayRun | None) -> None:
    """Let ``may_run(file, digest of its content)`` decide, in any thread, from now on; None: every file may run."""
    global _may_run, _named
    _may_run, _named = may_run, None


@contextmanager
def running_only(named: Iterable[Path], for_later: bool) -> Iterator[None]:
    """Inside, files run that the user names, or has trained by name, and no others: a run of somebody's may name any.

    Args:
        named: the files.
        for_later: remember what of them is run.
    """
    global _may_run, _named
    before = _may_run, _named
    _named = frozenset(map(real, named))

    def may_run(file: Path, content: str) -> bool:
        if for_later and _is_named(file):
            named_before.remember(file, content)
        return _is_named(file) or named_before.was_named(file, content)

    _may_run = may_run
    try:
        yield
    finally:
        _may_run, _named = before


def may_have_to_wait(file: Path, source: bytes) -> bool:
    """Return whether a file may have to wait for a yes: then it is not run only to learn what it holds."""
    return _may_run is not None and (_named is None or not _may_run(file, digest(source)))


def check_allowed(file: Path, source: bytes) -> None:
    """Raise NotAllowedError where ``source``, the very bytes that were read of a file, may not run."""
    if _may_run is not None and not _may_run(file, content := digest(source)):
        raise NotAllowedError(file, content) if _named is None else NotNamedError(file)


def _is_named(file: Path) -> bool:
    return _named is not None and real(file) in _named


def digest(content: bytes) -> str:
    """Return what stands for a content: 64 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=_DIGEST).hexdigest()
