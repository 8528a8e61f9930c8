"""Pictures in one sub-folder for each class, as the user's camera or download left them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnviz.errors import CnnvizError
from cnnviz.training.data.image_data import ImageData

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"))
TEST_SHARE = 0.2  # of each class, where the user made no split
_TEST_NAMES = ("test", "val", "valid", "validation")
_SPLIT_SEED = 0  # the split and the order belong to the data, not to the run: runs with other seeds stay comparable

Item = tuple[Path, int]  # a picture and its label


def read_pictures(folder: Path, size: int, channels: int | None) -> tuple[ImageData, ImageData]:
    """Return training and test pictures of ``folder``, each in a fixed shuffled order.

    ``train/`` and ``test/`` (or ``val/``) with the classes below them are taken as they are; otherwise a fifth of each
    class is kept for the test.

    Args:
        size: pixels, height and width that pictures of differing sizes are brought to.
        channels: 1 or 3; anything else: 3 when any picture has colour, else 1.

    Raises:
        CnnvizError: there are no pictures, fewer than two classes, or one that cannot be decoded.
    """
    train_folder, test_folder = _split_folders(folder)
    names = _class_names(train_folder)
    items = _items(train_folder, names)
    if test_folder is None:
        train_items, test_items = _split(items, len(names))
    else:
        train_items, test_items = _shuffled(items), _shuffled(_items(test_folder, names))
    colour = channels if channels in (1, 3) else _channels(path for path, _ in (*train_items, *test_items))
    shape = _common_size((path for path, _ in (*train_items, *test_items)), size)
    return _read(train_items, names, shape, colour), _read(test_items, names, shape, colour)


def _split_folders(folder: Path) -> tuple[Path, Path | None]:
    test = next((folder / name for name in _TEST_NAMES if (folder / name).is_dir()), None)
    if (folder / "train").is_dir() and test is not None:
        return folder / "train", test
    return folder, None


def _class_names(folder: Path) -> tuple[str, ...]:
    names = tuple(sorted(child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")))
    if len(names) < 2:
        hint = "Put the pictures of each class into a sub-folder of its own."
        raise CnnvizError(f"{folder} has {len(names)} class; telling pictures apart needs two.", hint)
    return names


def _items(folder: Path, names: Sequence[str]) -> list[Item]:
    items = [(file, label) for label, name in enumerate(names) for file in _pictures(folder / name)]
    present = {label for _, label in items}
    if len(present) < len(names):
        empty = next(name for label, name in enumerate(names) if label not in present)
        hint = f"Put pictures there ({', '.join(sorted(SUFFIXES))}), or remove the folder."
        raise CnnvizError(f"{folder / empty} holds no picture.", hint)
    return items


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def _shuffled(items: list[Item]) -> list[Item]:
    """Any prefix of the result is a fair sample, which ``TrainConfig.limit`` relies on."""
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(items))
    return [items[at] for at in order]


def _split(items: list[Item], classes: int) -> tuple[list[Item], list[Item]]:
    train: list[Item] = []
    test: list[Item] = []
    shuffled = _shuffled(items)
    for label in range(classes):
        own = [item for item in shuffled if item[1] == label]
        if len(own) < 2:
            hint = "Give each class at least two, one of which is kept for the test."
            raise CnnvizError(f"{own[0][0].parent} holds only one picture.", hint)
        kept = max(1, round(TEST_SHARE * len(own)))
        test += own[:kept]
        train += own[kept:]
    return _shuffled(train), _shuffled(test)


def _channels(files: Iterable[Path]) -> int:
    return 3 if any(_header(file)[1] not in ("1", "L", "LA", "I", "I;16", "F") for file in files) else 1


def _common_size(files: Iterable[Path], size: int) -> tuple[int, int]:
    """Return the pictures' own (height, width) where all have one no larger than the run's, else the run's."""
    own = {_header(file)[0] for file in files}
    width, height = own.pop()
    return (size, size) if own or max(width, height) > size else (height, width)


def _header(file: Path) -> tuple[tuple[int, int], str]:
    try:
        with Image.open(file) as picture:
            turned = picture.getexif().get(0x0112, 1) >= 5  # orientation: stored on its side
            return (picture.size[::-1] if turned else picture.size), picture.mode
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
        raise _broken(file) from error


def _read(items: list[Item], names: tuple[str, ...], shape: tuple[int, int], channels: int) -> ImageData:
    try:
        images = np.empty((len(items), channels, *shape), np.uint8)
    except MemoryError as error:
        message = f"{len(items):,} pictures of {shape[0]} × {shape[1]} pixels do not fit into memory."
        raise CnnvizError(message, "Choose a smaller resize, or fewer pictures.") from error
    for at, (file, _) in enumerate(items):
        images[at] = _decode(file, shape, channels)
    return ImageData(images, np.array([label for _, label in items], np.int64), names)


def _decode(file: Path, shape: tuple[int, int], channels: int) -> npt.NDArray[np.uint8]:
    """Return (C, H, W)."""
    try:
        with Image.open(file) as opened:
            upright = ImageOps.exif_transpose(opened).convert("L" if channels == 1 else "RGB")
            pixels = np.asarray(upright.resize(shape[::-1], Image.Resampling.BILINEAR))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise _broken(file) from error
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _broken(file: Path) -> CnnvizError:
    return CnnvizError(f"{file} cannot be read as a picture.", "Remove it or replace it by a PNG or JPEG.")
