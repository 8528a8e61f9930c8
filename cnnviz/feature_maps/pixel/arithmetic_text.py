"""Arithmetic as people and programs read it. No torch here."""

from __future__ import annotations

from math import isfinite, isnan

import numpy as np

from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.pixel.arithmetic import Arithmetic, Box

_MOST_CHANNELS = 8  # whose patches are printed
_MOST_TERMS = 10  # of a sum without a window


def to_dict(found: Arithmetic) -> dict[str, object]:
    """Return plain data for JSON; what is no number, as the padding of a maximum, is None."""
    terms, box = found.terms, found.field
    columns = zip(
        terms.source.tolist(), terms.channel.tolist(), terms.row.tolist(), terms.column.tolist(),
        terms.input.tolist(), terms.weight.tolist(), terms.product.tolist(), terms.padded.tolist(), strict=True,
    )  # fmt: skip
    return {
        "layer": found.layer,
        "kind": found.kind,
        "at": found.at._asdict() | ({} if found.slice is None else {"depth": found.slice}),
        "value": _number(found.value),
        "computed": _number(found.computed),
        "bias": found.bias,
        "formula": found.formula,
        "receptive_field": None if box is None else box._asdict(),
        "terms": [
            {
                "source": source,
                "channel": channel // found.depths,
                **({"depth": channel % found.depths} if found.depths > 1 else {}),
                "row": row,
                "column": column,
                "input": _number(value),
                "weight": _number(weight),
                "product": _number(product),
                "padded": padded,
            }
            for source, channel, row, column, value, weight, product, padded in columns
        ],
        "weights": found.weights,
        "notes": list(found.notes),
    }


def as_text(found: Arithmetic) -> str:
    """Return lines to read: what is multiplied with what, its sum, the bias, and the receptive field."""
    lines = [
        f"{found.layer or 'network'} ({found.kind}), {found.place_words}, {found.weights}",
        f"  = {found.formula}",
        "",
    ]
    lines += _windows(found) if found.terms.window is not None else _largest(found)
    lines += ["", *_result(found)]
    if found.field is not None:
        lines.append(_seen(found.field, *found.input_size))
    return "\n".join(lines).replace("-", "−")


def _seen(box: Box, height: int, width: int) -> str:
    top, left, bottom, right = max(0, box.top), max(0, box.left), min(height - 1, box.bottom), min(width - 1, box.right)
    padded = "" if (top, left, bottom, right) == tuple(box) else ", and padding around it"
    return f"It sees rows {top} to {bottom} and columns {left} to {right} of the picture{padded}."


def _windows(found: Arithmetic) -> list[str]:
    """Input and kernel of the channels that matter most, side by side."""
    terms = found.terms
    inputs, weights, products = map(terms.patches, (terms.input, terms.weight, terms.product))
    channels = terms.patches(terms.channel.astype(np.float64))[:, 0, 0].astype(int)
    sums = products.reshape(len(products), -1).sum(1)
    shown = np.sort(np.argsort(-np.abs(sums), kind="stable")[:_MOST_CHANNELS])
    lines = []
    for at in shown:
        lines.append(
            f"input {found.channel_words(int(channels[at]))}: input × weight, adds {value_text(float(sums[at]))}"
        )
        for values, kernel in zip(inputs[at], weights[at], strict=True):
            lines.append(f"  {_row(values)}   ×  {_row(kernel)}")
    rest = np.delete(sums, shown)
    return [*lines, f"{len(rest)} more channels: {value_text(float(rest.sum()))}"] if len(rest) else lines


def _largest(found: Arithmetic) -> list[str]:
    terms = found.terms
    if found.x is not None:
        return [f"  x = {value_text(found.x)}"]
    order = np.argsort(-np.abs(terms.product), kind="stable")
    lines = []
    for at in order[:_MOST_TERMS]:
        where = f"{found.channel_words(int(terms.channel[at]))}, row {terms.row[at]}, column {terms.column[at]}"
        of = f"input {terms.source[at]}, " if terms.source.any() else ""
        weight = float(terms.weight[at])
        times = "" if isnan(weight) else f" × {value_text(weight)}"
        lines.append(f"  {of}{where}: {value_text(float(terms.input[at]))}{times} → {value_text(terms.product[at])}")
    rest = terms.product[order[_MOST_TERMS:]]
    return [*lines, f"  {len(rest)} more terms: {value_text(float(rest.sum()))}"] if len(rest) else lines


def _result(found: Arithmetic) -> list[str]:
    total, bias = float(found.terms.product.sum()), found.bias
    added = (
        f"{found.formula} = "
        if found.x is not None
        else ""
        if bias is None
        else f"sum {value_text(total)} + bias {value_text(bias)} = "
    )
    return [f"{added}{found.computed:.6g}, the network made {found.value:.6g}"]


def _row(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return " ".join(f"{_cell(float(value)):>9}" for value in values)


def _cell(value: float) -> str:
    return "·" if isnan(value) else value_text(value)


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
