"""Why a number is what it is, as a drawing: input × kernel = products for the channels that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.handed_on.plan import (
    GREY,
    MARGIN,
    PALE,
    SMALL,
    TITLE,
    Box,
    Plan,
    Words,
    as_image,
    as_svg,
    cells,
    color_of,
    head,
    texts_of,
)
from cnnviz.feature_maps.handed_on.shown_export import Export

if TYPE_CHECKING:
    import numpy.typing as npt

    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic

_MOST_CHANNELS, _MOST_TERMS = 6, 16  # that are drawn
_CELL, _SMALL_CELL = (48.0, 22.0), (12.0, 12.0)  # with its number, and without
_NUMBERED_UP_TO = 11  # cells along a side of a window whose numbers are written
_SIGN = 34.0  # pixels between two grids
_BAR = 220.0  # pixels of the longest


def of_arithmetic(found: Arithmetic, spec_name: str, picture: str) -> Export:
    """Return the arithmetic of one number, as pixels, as SVG and as numbers.

    Args:
        found: it.
        spec_name: of the network.
        picture: the file's name.
    """
    at = found.at
    name = f"{spec_name} {found.layer or 'output'} at {at.channel} {at.row} {at.column}"

    def plan() -> Plan:
        return arithmetic_plan(found, spec_name, picture)

    return Export(name, lambda: as_image(plan()), lambda: _numbers(found), lambda: as_svg(plan()))


def arithmetic_plan(found: Arithmetic, spec_name: str, picture: str) -> Plan:
    """Return the drawing: of a window its patches, of other sums the largest terms as bars."""
    place = found.place_words
    title = f"Why {value_text(found.value)}: {spec_name}, {found.layer or 'output'} ({found.kind}), {place}"
    shapes, top = head(title, (f"{found.weights}, {picture}", found.formula))
    body, bottom = _patches(found, top) if found.terms.window else _bars(found, top)
    return Plan((*shapes, *body, Words(MARGIN, bottom + 16, result_words(found), 16)))


def result_words(found: Arithmetic) -> str:
    """Return the sum, the bias and what comes out; of a function of one number, both."""
    if found.x is not None:
        return f"x = {value_text(found.x)}, {found.formula} = {value_text(found.computed)}"
    added = "" if found.bias is None else f" + bias {value_text(found.bias)}"
    return f"Sum {value_text(float(found.terms.product.sum()))}{added} = {value_text(found.computed)}"


def _patches(found: Arithmetic, top: float) -> tuple[list[Box | Words], float]:
    terms = found.terms
    inputs, weights, products = map(terms.patches, (terms.input, terms.weight, terms.product))
    padded = terms.patches(terms.padded.astype(np.float64)) > 0
    channels = terms.patches(terms.channel.astype(np.float64))[:, 0, 0].astype(int)
    sums = products.reshape(len(products), -1).sum(1)
    shown = np.sort(np.argsort(-np.abs(sums), kind="stable")[:_MOST_CHANNELS])
    side = _CELL if max(inputs.shape[1:]) <= _NUMBERED_UP_TO else _SMALL_CELL
    rows, columns = inputs.shape[1:]
    made: list[Box | Words] = []
    for at in shown:
        made.append(
            Words(
                MARGIN,
                top + 8,
                f"Input {found.channel_words(int(channels[at]))} adds {value_text(float(sums[at]))}",
                SMALL,
                GREY,
            )
        )
        top += 20
        left = float(MARGIN)
        for values, sign in ((inputs, "×"), (weights, "="), (products, "")):
            hatched = padded[at] if sign != "=" else np.zeros_like(padded[at])
            made += _grid(values[at], hatched, _largest(values), left, top, side)
            left += columns * side[0] + _SIGN
            if sign:
                made.append(Words(left - _SIGN / 2, top + rows * side[1] / 2, sign, TITLE, anchor="middle"))
        top += rows * side[1] + 12
    if len(rest := np.delete(sums, shown)):
        made.append(
            Words(MARGIN, top + 8, f"{len(rest):,} more input maps add {value_text(float(rest.sum()))}", SMALL, GREY)
        )
        top += 24
    return made, top


def _grid(
    values: npt.NDArray[np.float64],
    padded: npt.NDArray[np.bool_],
    most: float,
    left: float,
    top: float,
    side: tuple[float, float],
) -> list[Box | Words]:
    texts = texts_of(values) if side == _CELL else [[""] * values.shape[1]] * len(values)
    fills = [
        [PALE if is_padding else color_of(float(value), most) for value, is_padding in zip(*row, strict=True)]
        for row in zip(values, padded, strict=True)
    ]
    return cells(texts, fills, left, top, side)


def _bars(found: Arithmetic, top: float) -> tuple[list[Box | Words], float]:
    """The largest terms, a line each, with a bar for what it adds; nothing of a function of one number."""
    if found.x is not None:
        return [], top
    terms = found.terms
    order = np.argsort(-np.abs(terms.product), kind="stable")
    largest = float(np.abs(terms.product).max(initial=0)) or 1.0
    has_places = bool(terms.row.any() or terms.column.any())
    made: list[Box | Words] = []
    zero = MARGIN + 420 + _BAR
    for at in order[:_MOST_TERMS]:
        value, weight = float(terms.product[at]), float(terms.weight[at])
        place = f", row {terms.row[at]}, column {terms.column[at]}" if has_places else ""
        name = found.channel_words(int(terms.channel[at])) if has_places else f"feature {terms.channel[at]}"
        times = "" if np.isnan(weight) else f" × {value_text(weight)}"
        made.append(Words(MARGIN, top + 10, f"{name}{place}", SMALL))
        made.append(
            Words(MARGIN + 220, top + 10, f"{value_text(float(terms.input[at]))}{times} = {value_text(value)}", SMALL)
        )
        width = abs(value) / largest * _BAR
        made.append(Box(zero - width if value < 0 else zero, top + 3, width, 14, color_of(value, largest), "#8c8c8c"))
        top += 20
    if len(rest := terms.product[order[_MOST_TERMS:]]):
        made.append(
            Words(MARGIN, top + 10, f"{len(rest):,} more terms add {value_text(float(rest.sum()))}", SMALL, GREY)
        )
        top += 22
    return made, top


def _largest(values: npt.NDArray[np.float64]) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0)) or 1.0


def _numbers(found: Arithmetic) -> dict[str, object]:
    terms = found.terms
    names = ("source", "channel", "row", "column", "input", "weight", "product", "padded")
    arrays = {name: getattr(terms, name) for name in names}
    said = {name: getattr(found, name) for name in ("layer", "kind", "value", "computed", "formula", "weights")}
    bias = np.nan if found.bias is None else found.bias
    return (
        arrays | said | {"bias": bias, "at": np.array(found.at), "window": np.array(terms.window or (len(terms), 1, 1))}
    )
