"""Downloading a data set to the user's data folder: checked by content, with progress, ended by a stop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from cnnviz.downloads import download
from cnnviz.errors import CnnvizError
from cnnviz.files import Progress
from cnnviz.training.control import Control
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.idx import md5, read_plain

_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 1.0  # for a thread that may hang in a silent connection; it is a daemon and writes nothing then
_SMALLEST_STEP = 0.01  # of a file; finer progress than the eye can follow only fills the queue


News = queue.SimpleQueue[float | BaseException | None]  # progress 0..1, what went wrong, or the end


class _StopRequestedError(Exception):
    """Ends a download from inside its progress callback."""


def fetch(data_set: DataSet, folder: Path, control: Control) -> Iterator[tuple[str, float]]:
    """Bring the missing files of ``data_set`` into ``folder``; yield (file name, 0..1) now and then.

    The network is waited for in a thread, so that a stop is heard while a server is silent. Ends early on a stop.

    Raises:
        CnnvizError: no mirror can be reached, or none has the expected content.
    """
    there = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
    for remote in data_set.files:
        if not there & {remote.name, remote.name.removesuffix(".gz")} and not control.stop_requested:
            bring = partial(_from_any_mirror, data_set, folder / remote.name, remote.md5)
            for fraction in with_progress(remote.name, bring, control):
                yield remote.name, fraction


def with_progress(name: str, bring: Callable[[Progress], object], control: Control) -> Iterator[float]:
    """Call ``bring`` in a thread, yielding 0..1 as it tells. Ends early on a stop; what it raises is raised.

    Args:
        name: of what is brought.
        bring: downloads something; what its argument raises ends it.
        control: asked several times a second.
    """
    news: News = queue.SimpleQueue()
    abandoned = threading.Event()

    def work() -> None:
        try:
            bring(_reporter(news, abandoned, control))
            news.put(None)
        except _StopRequestedError:
            news.put(None)
        except BaseException as error:
            news.put(error)

    thread = threading.Thread(target=work, name=f"download {name}", daemon=True)
    thread.start()
    try:
        yield from _drain(news, control)
    finally:
        abandoned.set()
        thread.join(_PATIENCE_SECONDS)


def _reporter(news: News, abandoned: threading.Event, control: Control) -> Progress:
    last = -1.0

    def report(received: int, total: int | None) -> None:
        nonlocal last
        if abandoned.is_set() or control.stop_requested:
            raise _StopRequestedError
        fraction = min(received / total, 1.0) if total else 0.0
        if not last <= fraction < last + _SMALLEST_STEP:
            last = fraction
            news.put(fraction)

    return report


def _drain(news: News, control: Control) -> Iterator[float]:
    while not control.stop_requested:
        try:
            item = news.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def _from_any_mirror(data_set: DataSet, file: Path, checksum: str, on_progress: Progress) -> None:
    errors: list[CnnvizError] = []
    for mirror in data_set.mirrors:
        try:
            download_checked(mirror + file.name, file, checksum, on_progress)
        except CnnvizError as error:
            errors.append(error)
        else:
            return
    raise errors[0]


def download_checked(url: str, file: Path, checksum: str, on_progress: Progress | None = None) -> None:
    """Fetch ``file``, which appears only when its md5, or that of what it holds decompressed, is ``checksum``.

    Compressed bytes need not be the same: mirrors compress the same data differently.

    Raises:
        CnnvizError: as ``download``, or the content is another one.
    """
    download(url, file, "md5", lambda found, arrived: found == checksum or _holds(arrived, checksum), on_progress)


def _holds(file: Path, checksum: str) -> bool:
    """Return whether this is the md5 of what ``file`` holds decompressed."""
    try:
        return md5(read_plain(file)) == checksum
    except CnnvizError:  # cut off, or not gzip at all
        return False
