"""Reads labelled pictures: a data set by name, or a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.training.data import data_sets
from cnnviz.training.data.data_sets import DATA_SETS, DataSet
from cnnviz.training.data.idx import read_idx
from cnnviz.training.data.image_data import ImageData, TrainAndTest
from cnnviz.training.data.picture_folder import read_pictures


def named(data: str) -> DataSet | None:
    """Return the data set that ``data`` names, or None where it is a folder.

    Raises:
        CnnvizError: it is neither.
    """
    if data in {data_set.name for data_set in DATA_SETS}:
        return data_sets.find_data_set(data)
    folder = Path(data).expanduser()
    if folder.is_dir():
        return None
    if folder.exists():
        raise CnnvizError(f"{folder} is a file.", "Give the folder that holds the pictures or the IDX files.")
    if len(folder.parts) > 1:
        raise CnnvizError(f"There is no folder {folder}.", "Check the path, or choose a data set by name.")
    return data_sets.find_data_set(data)


def read_data_set(data_set: DataSet, folder: Path) -> TrainAndTest:
    """Return a data set from the folder that holds its four IDX files, which must be the ones that its checksums name.

    Raises:
        CnnvizError: a file is missing, damaged or another one.
    """
    train, test = _read_idx_pairs(folder, data_set.checksums, data_set.class_names)
    return TrainAndTest(data_set.title, train, test)


def read_folder(folder: Path, size: int, channels: int | None) -> TrainAndTest:
    """Return what a folder of the user's holds: the four IDX files, or pictures with one sub-folder for each class.

    Args:
        size: pixels, height and width that pictures of differing sizes are brought to.
        channels: 1 or 3, what the network takes; None: as the pictures are.

    Raises:
        CnnvizError: the folder cannot be read, or holds neither, or a file in it is broken.
    """
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        message = f"{folder} cannot be read: {error.strerror or error}."
        raise CnnvizError(message, "Choose a folder that you may read.") from error
    if data_sets.holds_idx(folder):
        train, test = _read_idx_pairs(folder, None, None)
        return TrainAndTest(folder.name, train, test)
    if any(data_sets.idx_file(folder, name) for name in data_sets.IDX_FILES):
        missing = [name for name in data_sets.IDX_FILES if data_sets.idx_file(folder, name) is None]
        raise CnnvizError(f"{folder} lacks {' and '.join(missing)}.", "All four IDX files must be there, .gz or not.")
    if any(child.is_dir() for child in children):
        train, test = read_pictures(folder, size, channels)
        return TrainAndTest(folder.name, train, test)
    raise CnnvizError(
        f"{folder} {'holds no data that cnnviz knows' if children else 'is empty'}.",
        "Choose a folder with one sub-folder of pictures for each class, or with the four IDX files.",
    )


def _read_idx_pairs(
    folder: Path, checksums: tuple[str, str, str, str] | None, class_names: tuple[str, ...] | None
) -> tuple[ImageData, ImageData]:
    sums = checksums or (None,) * 4
    found = [_existing(folder, name) for name in data_sets.IDX_FILES]
    arrays = [read_idx(file, axes, md5) for file, axes, md5 in zip(found, (3, 1, 3, 1), sums, strict=True)]
    names = class_names or tuple(str(label) for label in range(int(arrays[1].max(initial=0)) + 1))
    train, test = (_checked_pair(found[at], found[at + 1], arrays[at], arrays[at + 1], names) for at in (0, 2))
    if train.images.shape[1:] != test.images.shape[1:]:
        message = f"The training images in {folder} differ in size from the test images."
        raise CnnvizError(message, "Put files of one data set into a folder of its own.")
    return train, test


def _existing(folder: Path, name: str) -> Path:
    file = data_sets.idx_file(folder, name)
    if file is None:
        raise CnnvizError(f"{folder} lacks {name}.", "All four IDX files must be there, .gz or not.")
    return file


def _checked_pair(
    images_file: Path,
    labels_file: Path,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint8],
    class_names: tuple[str, ...],
) -> ImageData:
    if len(images) != len(labels):
        message = f"{images_file} holds {len(images):,} images, but {labels_file.name} holds {len(labels):,} labels."
        raise CnnvizError(message, "Put files of one data set into the folder.")
    if images.size == 0:
        raise CnnvizError(f"{images_file} holds no image.", "Fetch it again, or choose other data.")
    if labels.max() >= len(class_names):
        message = f"{labels_file} holds the label {labels.max()}, where 0 to {len(class_names) - 1} are known."
        raise CnnvizError(message, "Put files of one data set into the folder.")
    return ImageData(images[:, None], labels.astype(np.int64), class_names)
