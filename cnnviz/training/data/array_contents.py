"""Arrays of any number and layout → pictures and labels. No torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.pictures.depth import eight_bits, range_of

SAVE_HINT = "Save images as (N, H, W) or (N, H, W, C) and labels as (N,): numpy.savez(file, images=…, labels=…)."
_BYTE = 255


def limits_of(values: npt.NDArray[np.generic]) -> tuple[float, float]:
    """Return what becomes 0 and what becomes 255: ``depth.range_of``, but 16 bits of which none holds more than a byte

    are bytes. Of one picture, which may be dark, that could not be told.
    """
    if values.dtype.kind == "u" and values.itemsize == 2 and values.max(initial=0) <= _BYTE:
        return range_of(np.array([values.min(initial=0), values.max(initial=0)], np.float32))
    return range_of(values)


def said_of_no_numbers(values: npt.NDArray[np.generic], name: str) -> tuple[str, ...]:
    """Return what is to be said of images in which something is no number; () where everything is one."""
    bad = 0
    if values.dtype.kind == "f":
        bad = sum(not np.isfinite(image).all() for image in values)
    if not bad:
        return ()
    have = "1 image has" if bad == 1 else f"{bad:,} images have"
    return (f"{have} values that are no number (NaN or infinite) in {name}: there they are black.",)


def as_pictures(values: npt.NDArray[np.generic], limits: tuple[float, float], name: str) -> npt.NDArray[np.uint8]:
    """Return (N, C, H, W), 0..255; bytes are not copied.

    Args:
        values: (N, H, W), (N, H, W, C) or (N, C, H, W).
        limits: what becomes 0 and 255, as ``limits_of`` returns it.
        name: of what holds them, for a message.

    Raises:
        CnnvizError: they have neither 1 nor 3 channels.
    """
    shape = values.shape
    if values.ndim == 3:
        values = values[:, None]
    elif shape[-1] in (1, 3):
        values = values.transpose(0, 3, 1, 2)
    if values.shape[1] not in (1, 3):
        raise CnnvizError(f"The images in {name} are {units.shape(shape)}: neither 1 channel nor 3.", SAVE_HINT)
    return values if values.dtype == np.uint8 else eight_bits(values, limits)  # type: ignore[return-value]  # its dtype is uint8


def as_labels(values: npt.NDArray[np.generic], name: str) -> npt.NDArray[np.generic]:
    """Return (N,): whole numbers or text; of rows with a single 1 in each, where it stands.

    Raises:
        CnnvizError: they are no classes.
    """
    if values.ndim == 2 and values.shape[1] > 1:
        numbers = np.asarray(values, np.float64) if values.dtype.kind in "biuf" else np.zeros((1, 1))
        if not ((numbers == 0) | (numbers == 1)).all() or not (numbers.sum(1) == 1).all():
            raise CnnvizError(f"The labels in {name} are {values.shape[1]} numbers for each image.", SAVE_HINT)
        return np.asarray(numbers.argmax(1))
    values = values.reshape(-1)
    if values.dtype.kind == "S":
        return np.char.decode(values.astype(np.bytes_), "utf-8", "backslashreplace")
    if values.dtype.kind == "f" and (values == np.rint(values)).all():
        return values.astype(np.int64)
    if values.dtype.kind not in "biuU":
        raise CnnvizError(f"The labels in {name} are neither whole numbers nor text.", SAVE_HINT)
    return values
