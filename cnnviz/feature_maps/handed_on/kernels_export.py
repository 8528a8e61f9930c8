"""The kernels of a layer made ready to leave."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import units
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.sheet import Scale, Sheet, Tile
from cnnviz.feature_maps.handed_on.shown_export import Export, of_sheet
from cnnviz.feature_maps.kernels.kernel_drawing import arranged
from cnnviz.feature_maps.kernels.kernel_values import SHOWINGS
from cnnviz.feature_maps.kernels.kernels_file import NUMBERS

if TYPE_CHECKING:
    from cnnviz.feature_maps.kernels.kernel_drawing import KernelDrawing

_ASPECT = 4 / 3
_WHOLE, _TILE = 1200, 96  # pixels that all kernels, and each, are enlarged to, about


def of_kernels(drawing: KernelDrawing, spec_name: str, real_pixels: bool = False) -> Export:
    """Return a tile for each output's kernels, with its number; of a matrix, one for all.

    Args:
        drawing: the kernels.
        spec_name: of the network.
        real_pixels: a pixel for each weight; else small kernels are enlarged by a whole number.
    """
    kernels = drawing.kernels
    drawing = arranged(drawing, _ASPECT)

    def drawn() -> Sheet:
        title = f"{spec_name}, {kernels.layer}: kernels {units.shape(kernels.values.shape)}"
        against = f"; initial: {kernels.initial}" if kernels.initial else ""
        which = "" if kernels.showing == "these" else f". {SHOWINGS[kernels.showing]}"
        lines = (f"{kernels.weights}{which}{against}", _words(drawing))
        tiles = _tiles(drawing)
        height, width = tiles[0].pixels.shape[:2]
        columns = min(len(tiles), max(1, ceil(sqrt(len(tiles) * 4 / 3 * height / width))))
        room = _WHOLE // columns if len(tiles) < columns * 2 or drawing.tiles > 1 else _TILE
        factor = 1 if real_pixels else max(1, min(room // width, _WHOLE // height))
        return Sheet(title, lines, tiles, columns, _scale(drawing), factor)

    return of_sheet(
        f"{spec_name} {kernels.layer} kernels", drawn, lambda: {each: getattr(kernels, each) for each in NUMBERS}
    )


def _tiles(drawing: KernelDrawing) -> list[Tile]:
    kernels, grid = drawing.kernels, drawing.grid
    table = colors.table(colors.DIVERGING)
    pixels = drawing.pixels if drawing.is_color else table[drawing.pixels]
    if kernels.is_matrix and not drawing.is_broken:
        return [Tile(pixels)]
    corners = [grid.corner(at) for at in range(grid.channels)]
    return [
        Tile(pixels[row : row + grid.height, column : column + grid.width], str(kernels.first + at))
        for at, (row, column) in enumerate(corners)
    ]


def _words(drawing: KernelDrawing) -> str:
    if drawing.is_color:
        return "Red, green and blue; grey is 0"
    if drawing.is_broken:
        return "A block for each output, in it its inputs row by row; blue below 0, red above"
    if drawing.kernels.is_matrix:
        return "Rows are outputs, columns inputs; blue below 0, red above"
    each = "each kernel over its own range" if drawing.look.each else "one range for all"
    strips = "a tile for each input; " if drawing.tiles > 1 else ""
    return f"{strips}blue below 0, red above; {each}".capitalize()


def _scale(drawing: KernelDrawing) -> Scale:
    name = "grey" if drawing.is_color else colors.DIVERGING
    most = np.unique(drawing.most)
    if len(most) == 1:
        return Scale(name, -float(most[0]), float(most[0]))
    return Scale(name, "−each one's largest", "its largest")
