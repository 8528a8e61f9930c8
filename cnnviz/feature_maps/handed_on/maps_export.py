"""Feature maps made ready to leave: all of a layer, one of them, two layers beside one another, a heat map."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cnnviz import units
from cnnviz.feature_maps.attribution.heat_file import NUMBERS as HEAT_NUMBERS
from cnnviz.feature_maps.attribution.heat_file import overlaid
from cnnviz.feature_maps.attribution.methods import method_named
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.sheet import PAPER, Scale, Sheet, Tile
from cnnviz.feature_maps.handed_on.bars import bars_plan
from cnnviz.feature_maps.handed_on.plan import as_image, as_svg
from cnnviz.feature_maps.handed_on.shown_export import Export, of_sheet
from cnnviz.feature_maps.maps_file import NUMBERS as MAP_NUMBERS

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.feature_maps.answers import Answer, FeatureMaps
    from cnnviz.feature_maps.attribution.heat_map import HeatMap
    from cnnviz.feature_maps.drawn.drawing import Drawing
    from cnnviz.feature_maps.drawn.statistics import Order

_WHOLE, _ONE, _MAP = 1200, 512, 96  # pixels that all, one, and each of many maps are enlarged to, about


def of_all_maps(answer: Answer, color_map: str, order: Order = "index", real_pixels: bool = False) -> Export:
    """Return every map of a layer with its channel's number; of a vector, its bars.

    Args:
        answer: whose maps.
        color_map: a name of ``colors.NAMES``.
        order: of the channels.
        real_pixels: a pixel for each value; else small maps are enlarged by a whole number.
    """
    maps, drawing = answer.maps, answer.drawing
    title, lines = _words(answer.question.inspected.spec.name, maps, answer.question.picture.name)
    name = f"{answer.question.inspected.spec.name} {maps.layer or 'output'}"
    numbers = partial(_numbers, maps, MAP_NUMBERS)
    if drawing.is_vector:
        plan = partial(bars_plan, title, lines, maps.values[:, 0, 0], maps.class_names)
        return Export(name, lambda: as_image(plan()), numbers, lambda: as_svg(plan()))
    draw = partial(_drawn, title, lines, drawing, color_map, drawing.channels.sorted_by(order), real_pixels)
    return of_sheet(name, draw, numbers)


def of_one_map(answer: Answer, channel: int, color_map: str, real_pixels: bool = False) -> Export:
    """Return one map, large, with the values that its colours stand for."""
    maps, drawing = answer.maps, answer.drawing
    spec = answer.question.inspected.spec.name
    title, lines = _words(spec, maps, answer.question.picture.name)

    def drawn() -> Sheet:
        pixels = colors.table(color_map)[drawing.map_levels(channel)]
        scale = Scale(color_map, float(drawing.low[channel, 0, 0]), float(drawing.high[channel, 0, 0]))
        factor = 1 if real_pixels else max(1, _ONE // max(pixels.shape[:2]))
        return Sheet(f"{title}, channel {channel}", lines, [Tile(pixels)], 1, scale, factor)

    def numbers() -> dict[str, Any]:
        return _numbers(maps, MAP_NUMBERS) | {"values": maps.values[channel : channel + 1], "channel": channel}

    return of_sheet(f"{spec} {maps.layer or 'output'} channel {channel}", drawn, numbers)


def of_two(left: Export, right: Export, name: str) -> Export:
    """Return two exports beside one another; the numbers of the second bear ``other_`` before their names."""

    def drawn() -> Image.Image:
        here, there = left.image(), right.image()
        paper = Image.new("RGB", (here.width + there.width, max(here.height, there.height)), "white")
        paper.paste(here, (0, 0))
        paper.paste(there, (here.width, 0))
        return paper

    def numbers() -> dict[str, Any]:
        return dict(left.numbers()) | {f"other_{key}": value for key, value in right.numbers().items()}

    svg = None if left.svg is None or right.svg is None else partial(_side_by_side, left.svg, right.svg)
    return Export(name, drawn, numbers, svg)


def _side_by_side(left: Callable[[], str], right: Callable[[], str]) -> str:
    """Return two drawings as one, the second moved: a drawing within a drawing is not read everywhere."""
    here, there = left(), right()
    (width, height), (further, other) = _size(here), _size(there)
    across, down = width + further, max(height, other)
    shape = f'width="{across}" height="{down}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {shape} viewBox="0 0 {across} {down}" font-family="sans-serif">'
    moved = f'<g transform="translate({width} 0)">\n{_inside(there)}\n</g>'
    return f'{head}\n<rect {shape} fill="{PAPER}"/>\n<g>\n{_inside(here)}\n</g>\n{moved}\n</svg>\n'


def _inside(svg: str) -> str:
    return svg.partition(">")[2].rpartition("</svg>")[0].strip()


def _size(svg: str) -> tuple[int, int]:
    """Return width and height as the drawing's head says them."""
    found = re.search(r'width="(\d+)" height="(\d+)"', svg)
    assert found is not None
    return int(found[1]), int(found[2])


def of_other_maps(
    title: str, maps: FeatureMaps, drawing: Drawing, color_map: str, order: Sequence[int], real_pixels: bool = False
) -> Export:
    """Return maps that stand beside others, or the difference of both.

    Args:
        title: what they are.
        maps: whose numbers.
        drawing: of what is shown.
        color_map: a name of ``colors.NAMES``.
        order: of the channels.
        real_pixels: as in ``of_all_maps``.
    """
    lines = (f"{maps.layer or 'output'}, {units.shape(drawing.values.shape)}", maps.weights)
    drawn = partial(_drawn, title, lines, drawing, color_map, np.asarray(order, np.int64), real_pixels)
    return of_sheet(title, drawn, lambda: _numbers(maps, MAP_NUMBERS) | {"shown": drawing.values})


def of_pictures(
    title: str,
    lines: Sequence[str],
    drawing: Drawing,
    names: Sequence[str],
    color_map: str,
    real_pixels: bool = False,
) -> Export:
    """Return one channel's map of each of several pictures, with the picture's name.

    Args:
        title: which channel of what.
        lines: below it.
        drawing: a map for each picture.
        names: of the pictures.
        color_map: a name of ``colors.NAMES``.
        real_pixels: as in ``of_all_maps``.
    """
    order = np.arange(len(names))
    drawn = partial(_drawn, title, lines, drawing, color_map, order, real_pixels, names)
    return of_sheet(title, drawn, lambda: {"values": drawing.values, "pictures": np.array(names)})


def of_heat(found: HeatMap, spec_name: str, picture: str, strength: float, real_pixels: bool = False) -> Export:
    """Return a heat map over its picture.

    Args:
        found: the evidence.
        spec_name: of the network.
        picture: the file's name.
        strength: of the heat, 0..1.
        real_pixels: a pixel for each that the network sees.
    """
    method = method_named(found.method).title
    at = f" at {found.layer}" if found.layer else ""

    def drawn() -> Sheet:
        pixels = overlaid(found, "magma", strength)
        opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        factor = 1 if real_pixels else max(1, _ONE // max(pixels.shape[:2]))
        lines = (f"{spec_name}{at}, {found.weights}", picture)
        scale = Scale("magma", max(0.0, float(found.heat.min())), float(found.heat.max()))
        return Sheet(f"{method}: {found.class_title}", lines, [Tile(opaque)], 1, scale, factor)

    return of_sheet(
        f"{spec_name} why {found.class_name or found.class_index}", drawn, lambda: _numbers(found, HEAT_NUMBERS)
    )


def _words(spec_name: str, maps: FeatureMaps, picture: str) -> tuple[str, tuple[str, ...]]:
    step = "" if maps.step is None else f", step {maps.step:,}"
    count = units.counted(len(maps.values), "feature")
    title = f"{spec_name}, {maps.layer or 'output'}: {count if maps.is_vector else units.shape(maps.values.shape)}"
    return title, (f"{maps.weights}{step}", picture)


def _numbers(found: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(found, name) for name in names}


def _drawn(
    title: str,
    lines: Sequence[str],
    drawing: Drawing,
    color_map: str,
    order: npt.NDArray[np.int64],
    real_pixels: bool,
    names: Sequence[str] = (),
) -> Sheet:
    """Return every map with its number, or its name, in rows that make about a square."""
    height, width = drawing.values.shape[1:]
    columns = max(1, ceil(sqrt(len(order) * 4 / 3 * height / width)))
    room = min(_MAP if len(order) > 1 else _ONE, _WHOLE // columns)
    factor = 1 if real_pixels else max(1, room // max(height, width))
    table = colors.table(color_map)
    tiles = [Tile(table[drawing.map_levels(at)], names[at] if names else str(at)) for at in map(int, order)]
    return Sheet(title, (*lines, *_said(drawing)), tiles, columns, _scale(drawing, color_map), factor)


def _said(drawing: Drawing) -> tuple[str, ...]:
    dead, constant = (np.flatnonzero(each) for each in (drawing.channels.dead, drawing.channels.constant))
    marked = [
        f"{word}: {', '.join(map(str, which[:12]))}{' …' if len(which) > 12 else ''}"
        for word, which in (("Dead", dead), ("Constant", constant))
        if len(which)
    ]
    return (drawing.scaling_words(), *marked)


def _scale(drawing: Drawing, color_map: str) -> Scale:
    low, high = np.unique(drawing.low), np.unique(drawing.high)
    if len(low) == len(high) == 1:
        return Scale(color_map, float(low[0]), float(high[0]))
    if drawing.scaling.symmetric:
        return Scale(color_map, "−each map's largest", "its largest")
    return Scale(color_map, "each map's lowest", "its highest")
