"""What ``TrainConfig.data`` names: a data set, or a path of the user's in whatever bytes. No torch."""

from __future__ import annotations

from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.paths import path_of
from cnnviz.training.data import data_sets
from cnnviz.training.data.data_sets import DATA_SETS, DataSet
from cnnviz.training.data.folder_tree import readable


def named(data: str) -> DataSet | Path:
    """Return the data set that ``data`` names, or the path: a folder, a file, or one of several sets in a folder.

    Raises:
        CnnvizError: it is neither.
    """
    if data in {data_set.name for data_set in DATA_SETS}:
        return data_sets.find_data_set(data)
    path = path_of(data)
    if path.exists() or (len(path.parts) > 1 and path.parent.is_dir()):
        return path
    if len(path.parts) > 1:
        raise CnnvizError(f"There is no folder {readable(str(path))}.", "Check the path, or choose a data set by name.")
    return data_sets.find_data_set(data)
