"""Getting the data of a run, with news on the way: found on disk, downloaded, or a folder of the user's."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from cnnviz.places import data_sets_folder
from cnnviz.training.control import Control
from cnnviz.training.data.data_sets import DataSet, locate
from cnnviz.training.data.fetch import fetch
from cnnviz.training.data.image_data import TrainAndTest
from cnnviz.training.data.readers import named, read_data_set, read_folder
from cnnviz.training.events import Preparing


def read(
    data: str, size: int, channels: int | None, control: Control
) -> Generator[Preparing, None, TrainAndTest | None]:
    """Return the data that ``data`` names, a data set or a folder; None when a stop came first.

    Args:
        size: pixels, height and width that pictures of differing sizes are brought to.
        channels: 1 or 3, what the network takes; None: as the pictures are.

    Raises:
        CnnvizError: there are no such data, or they cannot be downloaded or read.
    """
    data_set = named(data)
    if data_set is not None:
        return (yield from read_named(data_set, control))
    folder = Path(data).expanduser()
    yield Preparing(f"Reading {folder.name or folder}")
    return None if control.stop_requested else read_folder(folder, size, channels)


def read_named(data_set: DataSet, control: Control) -> Generator[Preparing, None, TrainAndTest | None]:
    """Return ``data_set`` from disk, downloaded first where it is not there; None when a stop came first.

    Raises:
        CnnvizError: as ``read``.
    """
    folder = locate(data_set)
    if folder is None:
        folder = data_sets_folder() / data_set.name
        for name, fraction in fetch(data_set, folder, control):
            yield Preparing(f"Downloading {name}", fraction)
    yield Preparing(f"Reading {data_set.title}")
    return None if control.stop_requested else read_data_set(data_set, folder)
