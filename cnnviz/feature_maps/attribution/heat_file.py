"""A heat map as a picture over the picture, or as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz.feature_maps.attribution.heat_map import HeatMap
from cnnviz.feature_maps.drawn.overlay import heat_layer
from cnnviz.feature_maps.picture_or_numbers import write

if TYPE_CHECKING:
    import numpy.typing as npt

NUMBERS = ("heat", "class_index", "class_name", "logits", "input", "layer", "method", "weights")  # in an .npz
_SIDE = 448  # pixels that a small picture is enlarged to, at least, by a whole number
STRENGTH = 0.6  # of the heat over the picture, 0..1


def save(found: HeatMap, file: Path, color_map: str = "magma", strength: float = STRENGTH) -> None:
    """Write the heat map: numbers where ``file`` ends in .npz, a picture where it ends in .png.

    The .npz holds ``heat`` float32 (H, W), ``class_index``, ``class_name``, ``logits``, ``input``, ``layer``,
    ``method`` and ``weights``; ``numpy.load`` reads it without pickle.

    Raises:
        CnnvizError: the name ends otherwise, or the file cannot be written.
    """
    write(file, {name: getattr(found, name) for name in NUMBERS}, lambda: _enlarged(found, color_map, strength))


def _enlarged(found: HeatMap, color_map: str, strength: float) -> Image.Image:
    picture = Image.fromarray(overlaid(found, color_map, strength))
    factor = max(1, -(-_SIDE // max(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def overlaid(found: HeatMap, color_map: str, strength: float) -> npt.NDArray[np.uint8]:
    """Return the picture with the heat over it, (H, W, 3), see ``heat_layer``."""
    pixels = found.input[0] if found.pixels is None else found.pixels
    height, width = pixels.shape[1:]
    plain = np.broadcast_to(pixels, (3, height, width)) if len(pixels) == 1 else pixels[:3]
    layer = heat_layer(found.heat, height, width, color_map, strength).astype(np.float32)
    over = layer[..., 3:] / 255
    return np.asarray(np.rint(plain.transpose(1, 2, 0) * (1 - over) + layer[..., :3] * over).clip(0, 255), np.uint8)
