"""Feature maps as files: the numbers (.npz), or the mosaic as a picture (.png)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.drawn import colors, mosaic
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.picture_or_numbers import write

NUMBERS = ("values", "layer", "input", "weights")  # that an .npz holds
_SIDE = 1024  # pixels that a mosaic of small maps is enlarged to, at most, by a whole number


def save(maps: FeatureMaps, file: Path, color_map: str = "viridis", scaling: Scaling | None = None) -> None:
    """Write the maps to ``file``: numbers where it ends in .npz, a picture where it ends in .png.

    The .npz holds ``values`` float32 (C, H, W), ``layer``, ``input`` float32 (1, C, H, W) and ``weights``, their name;
    ``numpy.load`` reads it without pickle.

    Raises:
        CnnvizError: the name ends otherwise, or the file cannot be written.
    """
    numbers = {name: getattr(maps, name) for name in NUMBERS}
    write(file, numbers, lambda: render(maps, color_map, scaling or Scaling()))


def render(maps: FeatureMaps, color_map: str, scaling: Scaling) -> Image.Image:
    """Return the mosaic as an RGBA picture, gaps transparent; small maps are enlarged by a whole number."""
    values = maps.values
    channels, height, width = values.shape
    levels = mosaic.quantise(values, *mosaic.limits(values, _for_vectors(values.shape, scaling)))
    cells = mosaic.assemble(levels, mosaic.fit(channels, height, width, aspect=4 / 3))
    factor = max(1, _SIDE // max(cells.shape))
    return Image.fromarray(colors.table(color_map)[cells.repeat(factor, 0).repeat(factor, 1)])


def _for_vectors(shape: tuple[int, ...], scaling: Scaling) -> Scaling:
    """One value for each map has no range of its own: then all share one."""
    return scaling if shape[1:] != (1, 1) else replace(scaling, each=False)
