"""Getting the data of a run, with news on the way: found on disk, downloaded, or a folder of the user's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cnnviz.places import data_sets_folder
from cnnviz.training.control import Control
from cnnviz.training.data.data_names import named
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.fetch import fetch
from cnnviz.training.data.folder_tree import readable
from cnnviz.training.data.image_data import TrainAndTest
from cnnviz.training.data.labelled import Source
from cnnviz.training.data.layouts import Reading, found_in, layout_named, locate
from cnnviz.training.data.reading_files import Measured, measured, read_pictures
from cnnviz.training.data.same_pictures import told_of_same
from cnnviz.training.events import Preparing

_Result = TypeVar("_Result")
_PATIENCE_SECONDS = 0.3  # with a thread that hears a stop only when the disk answers it
News = Generator[Preparing, None, _Result]


def find(data: str, control: Control) -> News[Source]:
    """Return what ``data`` names, a data set or a folder, found or downloaded; pictures in files are not read yet.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: there are no such data, or they cannot be downloaded or read.
    """
    found = named(data)
    if isinstance(found, DataSet):
        return (yield from find_named(found, control))
    what = f"Reading {readable(found.name) or found}"
    yield Preparing(what)
    return (yield from _awaited(_look_into(found), what, control))


def find_named(data_set: DataSet, control: Control) -> News[Source]:
    """Return ``data_set`` from disk, downloaded first where it is not there.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: as ``find``.
    """
    if locate(data_set) is None:
        for name, fraction in fetch(data_set, data_sets_folder() / data_set.name, control):
            yield Preparing(f"Downloading {name}", fraction)
    what = f"Reading {data_set.title}"
    yield Preparing(what)
    control.heed()
    found = locate(data_set)
    assert found is not None  # fetched without an error
    return (yield from _awaited(layout_named(data_set.layout).read(*found, data_set), what, control))


def measure(source: Source, size: int, channels: int | None, control: Control) -> News[Measured]:
    """Return ``source`` with the size that its pictures have, or are brought to.

    Args:
        source: as ``find`` returns it.
        size: pixels, height and width of the network's input.
        channels: 1 or 3, what the network takes; None: as the pictures are.
        control: asked several times a second.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: most of the pictures cannot be read.
    """
    return (yield from _told(measured(source, size, channels), f"Looking through {source.title}", control))


def read(found: Measured, control: Control) -> News[TrainAndTest]:
    """Return the pictures themselves, from an earlier run where that decoded them.

    Raises:
        StoppedError: a stop came first, which is heard within one picture.
        CnnvizError: most of a class cannot be read, or there is room for the pictures neither on disk nor in memory.
    """
    reading = read_pictures(found)
    return (yield from _told(reading, f"Reading the pictures of {found.source.title}", control))


def _look_into(folder: Path) -> Reading:
    layout, place, tree = found_in(folder)
    source = yield from layout.read(place, tree, None)
    return (yield from told_of_same(source))


def _awaited(work: Generator[float | None, None, _Result], what: str, control: Control) -> News[_Result]:
    """Do ``work`` in a thread, for a slow disk may be silent for long, saying how far it is, until a stop."""
    news: queue.SimpleQueue[float | _Ended | None] = queue.SimpleQueue()
    abandoned = threading.Event()
    thread = threading.Thread(target=_report, args=(work, news, abandoned), name=what, daemon=True)
    thread.start()
    try:
        while True:
            control.heed()
            try:
                item = news.get(timeout=_PATIENCE_SECONDS)
            except queue.Empty:
                item = None
            if isinstance(item, _Ended):
                if item.error is not None:
                    raise item.error
                result: _Result = item.result
                return result
            yield Preparing(what, item)
    finally:
        abandoned.set()
        thread.join(_PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class _Ended:
    result: Any = None
    error: BaseException | None = None


def _report(work: Generator[float | None, None, Any], news: queue.SimpleQueue[Any], abandoned: threading.Event) -> None:
    """Put all that ``work`` says into ``news``, until nobody listens any more."""
    try:
        while not abandoned.is_set():
            news.put(next(work))
    except StopIteration as end:
        news.put(_Ended(end.value))
    except BaseException as error:
        news.put(_Ended(error=error))
    finally:
        work.close()


def _told(work: Generator[float | None, None, _Result], what: str, control: Control) -> News[_Result]:
    """Do ``work``, saying how far it is, until a stop."""
    try:
        while True:
            control.heed()
            try:
                yield Preparing(what, next(work))
            except StopIteration as end:
                result: _Result = end.value
                return result
    finally:
        work.close()
