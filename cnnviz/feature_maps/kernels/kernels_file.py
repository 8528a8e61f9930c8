"""Kernels as files: the numbers (.npz), or all of them as a picture (.png)."""

from __future__ import annotations

from math import prod
from pathlib import Path

from PIL import Image

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.kernels.kernel_drawing import KernelLook, draw_kernels
from cnnviz.feature_maps.kernels.kernel_values import Kernels
from cnnviz.feature_maps.picture_or_numbers import write

NUMBERS = ("values", "groups", "layer", "kind", "weights", "showing", "initial")  # that an .npz holds
_SIDE = 1024  # pixels that small kernels are enlarged to, at most, by a whole number
_MOST_PIXELS = 178_956_970  # of a picture that Pillow opens again


def save(kernels: Kernels, file: Path, look: KernelLook | None = None) -> None:
    """Write the kernels: numbers where ``file`` ends in .npz, a picture where it ends in .png.

    The .npz holds ``values`` float32 (outputs, inputs of a group, …), ``groups``, ``layer``, ``kind``, ``weights``,
    ``showing`` and ``initial``; ``numpy.load`` reads it without pickle. The picture's rows are outputs and its columns
    inputs, blue below zero and red above; kernels of three input channels are tiles in red, green and blue.

    Raises:
        CnnvizError: the name ends otherwise, the picture would be too large, or the file cannot be written.
    """
    write(file, {name: getattr(kernels, name) for name in NUMBERS}, lambda: render(kernels, look or KernelLook()))


def render(kernels: Kernels, look: KernelLook) -> Image.Image:
    """Return the kernels as a picture, gaps transparent; small ones are enlarged by a whole number.

    Raises:
        CnnvizError: it would be too large.
    """
    outputs, tiles, height, width = kernels.planes.shape
    gap = 0 if kernels.is_matrix else 1
    if prod((outputs * (height + gap), tiles * (width + gap))) > _MOST_PIXELS:
        raise CnnvizError(f"The kernels of {kernels.layer} are too many for a picture.", "Save their numbers: .npz.")
    cells = draw_kernels(kernels, look).pixels
    factor = max(1, _SIDE // max(cells.shape[:2]))
    cells = cells.repeat(factor, 0).repeat(factor, 1)
    picture = Image.fromarray(cells)
    if cells.ndim == 2:
        picture.putpalette(colors.table(colors.DIVERGING)[:, :3].tobytes())
        picture.info["transparency"] = 0
    return picture
