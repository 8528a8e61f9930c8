"""Data read to the end at once, where a test wants the pictures and not the news on the way."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from cnnviz.training.control import Control
from cnnviz.training.data.data_sets import DataSet
from cnnviz.training.data.folder_tree import walk
from cnnviz.training.data.image_data import TrainAndTest
from cnnviz.training.data.labelled import Source
from cnnviz.training.data.layouts import layout_named
from cnnviz.training.data.obtaining import find, measure, read

_Result = TypeVar("_Result")


def drained(news: Generator[object, None, _Result]) -> tuple[list[object], _Result]:
    """What a generator yields, and what it returns."""
    told = []
    while True:
        try:
            told.append(next(news))
        except StopIteration as end:
            return told, end.value


def found_in(folder: Path) -> Source:
    """What a folder or file of the user's holds, before a picture is read."""
    return drained(find(str(folder), Control()))[1]


def read_folder(folder: Path, size: int = 28, channels: int | None = None, limit: int | None = None) -> TrainAndTest:
    """A folder or file of the user's, as a run reads it."""
    control = Control()
    source = found_in(folder).limited(limit)
    return drained(read(drained(measure(source, size, channels, control))[1], control))[1]


def read_data_set(data_set: DataSet, folder: Path) -> TrainAndTest:
    """A data set from a folder that holds its files."""
    layout, tree = layout_named(data_set.layout), walk(folder)
    source = drained(layout.read(layout.places(tree)[0], tree, data_set))[1]
    control = Control()
    return drained(read(drained(measure(source, 28, None, control))[1], control))[1]
