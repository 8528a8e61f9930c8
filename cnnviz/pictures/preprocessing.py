"""What is done to a picture before a network sees it: the same for looking as for training. No torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from cnnviz import units
from cnnviz.errors import CnnvizError

if TYPE_CHECKING:
    import numpy.typing as npt

Normalisation = tuple[tuple[float, ...], tuple[float, ...]]  # mean and standard deviation of each channel
Fit = Literal["crop", "squash"]  # the largest centred part of the input's aspect, or all of it, drawn to that aspect


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes an input. The size is the input's own."""

    fit: Fit = "crop"
    normalisation: Normalisation | None = None  # None: values stay 0..1


def described(how: Preprocessing) -> dict[str, str]:
    """Return what a file of weights says of the pictures that they were trained on; their size is its input's."""
    return {"fit": how.fit, "normalisation": json.dumps(how.normalisation)}


def fit_of(about: Mapping[str, str]) -> Fit:
    """Return what of a picture weights were trained to see, as their file tells; where it does not: the centred part.

    Runs of the versions that did not write it saw all of every picture.
    """
    is_a_run = "input_shape" in about and "data" in about
    return "squash" if about.get("fit", "squash" if is_a_run else "crop") == "squash" else "crop"


def fitted(picture: Image.Image, shape: tuple[int, int, int], fit: Fit) -> npt.NDArray[np.uint8]:
    """Return the picture as (C, H, W): resized bilinearly with antialiasing, as torchvision's presets do.

    A 28×28 picture for a 28×28 input keeps its pixels.

    Args:
        picture: as ``reading.read`` returns it.
        shape: (C, H, W).
        fit: what of it is seen.

    Raises:
        CnnvizError: the network takes neither 1 nor 3 channels.
    """
    channels, height, width = shape
    if channels not in (1, 3):
        raise CnnvizError(
            f"A picture has 1 or 3 channels; this network takes {units.shape(shape)}.",
            "Choose 1 (grey) or 3 (colour) input channels.",
        )
    coloured = picture.convert("L" if channels == 1 else "RGB")
    box = seen_box(picture.size, width / height, fit)
    resized = np.asarray(coloured.resize((width, height), Image.Resampling.BILINEAR, box=box))
    return np.ascontiguousarray(resized.reshape(height, width, channels).transpose(2, 0, 1))


def as_input(pixels: npt.NDArray[np.uint8], normalisation: Normalisation | None) -> npt.NDArray[np.float32]:
    """Return (1, C, H, W), 0..1, then (x − mean) ÷ std where that is asked for.

    Args:
        pixels: (C, H, W).
        normalisation: None: values stay 0..1.
    """
    values = pixels.astype(np.float32)[None] / np.float32(255)
    if normalisation is None:
        return values
    mean, std = (np.asarray(each, np.float32).reshape(-1, 1, 1) for each in normalisation)
    return np.ascontiguousarray((values - mean) / std, np.float32)


def as_pixels(values: npt.NDArray[np.float32], normalisation: Normalisation | None) -> npt.NDArray[np.uint8]:
    """Return the pixels (C, H, W) that ``as_input`` made (1, C, H, W) of."""
    plain = values[0]
    if normalisation is not None:
        mean, std = (np.asarray(each, np.float32).reshape(-1, 1, 1) for each in normalisation)
        plain = plain * std + mean
    return np.asarray(np.rint(plain * 255).clip(0, 255), np.uint8)


def prepare(
    picture: Image.Image, input_shape: tuple[int, int, int], how: Preprocessing | None = None
) -> npt.NDArray[np.float32]:
    """Return the picture as the network's input, (1, C, H, W).

    Raises:
        CnnvizError: as ``fitted``.
    """
    how = how or Preprocessing()
    return as_input(fitted(picture, input_shape, how.fit), how.normalisation)


def seen_box(size: tuple[int, int], aspect: float, fit: Fit = "crop") -> tuple[float, float, float, float]:
    """Return left, top, right, bottom, in pixels, of what a network with inputs of this width ÷ height sees.

    Args:
        size: width, height.
        aspect: of the input.
        fit: "squash": all of the picture.
    """
    width, height = size
    if fit == "squash":
        return 0.0, 0.0, float(width), float(height)
    part_width, part_height = min(width, height * aspect), min(height, width / aspect)
    left, top = (width - part_width) / 2, (height - part_height) / 2
    return left, top, left + part_width, top + part_height
