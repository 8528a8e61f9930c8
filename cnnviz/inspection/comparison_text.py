"""A comparison as text: table, JSON, CSV, Markdown. No torch here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from cnnviz import units
from cnnviz.inspection.comparison import Comparison, NetworkTotals, Stage, StageCost
from cnnviz.inspection.export import columns
from cnnviz.inspection.report import SCHEMA
from cnnviz.printable import in_a_cell

_Row = tuple[str, ...]

QUANTITIES: Mapping[str, Callable[[NetworkTotals], int | None]] = {
    "params": lambda network: network.params,
    "MACs": lambda network: network.macs,
    "FLOPs": lambda network: network.flops,
    "activation bytes": lambda network: network.activation_bytes,
    "weight layers": lambda network: network.weight_layers,
    "depth": lambda network: network.depth,
}
_STAGE_QUANTITIES: Mapping[str, Callable[[StageCost], int | None]] = {
    "layers": lambda cost: cost.layers,
    "params": lambda cost: cost.params,
    "MACs": lambda cost: cost.macs,
}


def as_table(comparison: Comparison) -> str:
    """Return totals and stages as aligned text for a terminal. Exact counts."""
    return "\n".join([*columns(_totals(comparison)), "", *columns(_stages_under_names(comparison))])


def as_markdown(comparison: Comparison) -> str:
    """Return two Markdown tables."""
    return "\n\n".join("\n".join(_markdown(rows)) for rows in (_totals(comparison), _stages(comparison)))


def as_csv(comparison: Comparison) -> str:
    """Return one row for each number of the totals and of each stage, one column for each network."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("stage", "quantity", *(in_a_cell(network.name) for network in comparison.networks)))
    for quantity, of in QUANTITIES.items():
        writer.writerow(("total", quantity, *(of(network) for network in comparison.networks)))
    for stage in comparison.stages:
        for quantity, of_cost in _STAGE_QUANTITIES.items():
            numbers = (None if cost is None else of_cost(cost) for cost in stage.costs)
            writer.writerow((in_a_cell(stage.label), quantity, *numbers))
    return out.getvalue().rstrip("\n")


def as_json(comparison: Comparison) -> str:
    """Return the comparison with the words of ``inspect``'s JSON."""
    networks = [_network_dict(network) for network in comparison.networks]
    stages = [_stage_dict(stage) for stage in comparison.stages]
    return json.dumps({"schema": SCHEMA, "networks": networks, "stages": stages}, indent=1)


FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}


def sizes_text(cost: StageCost) -> str:
    """Return the sizes of a stage's maps: "54 × 54", "149 × 149 – 147 × 147"; empty of vectors."""
    ends = dict.fromkeys(cost.sizes[:1] + cost.sizes[-1:])
    return " – ".join(units.shape(size) for size in ends)


def _totals(comparison: Comparison) -> list[_Row]:
    networks = comparison.networks
    rows: list[_Row] = [("", *(network.name for network in networks))]
    rows.append(("input", *(", ".join(units.shape(shape) for shape in each.input_shapes) for each in networks)))
    rows += [(name, *(units.exact(of(network)) for network in networks)) for name, of in QUANTITIES.items()]
    rows.append(("largest map", *(units.shape(network.largest_map) for network in networks)))
    return rows


def _stages(comparison: Comparison) -> list[_Row]:
    names = [network.name for network in comparison.networks]
    rows: list[_Row] = [("stage", *(f"{name} {what}" for name in names for what in ("maps", *_STAGE_QUANTITIES)))]
    rows += [(stage.label, *(cell for cost in stage.costs for cell in _cells(cost))) for stage in comparison.stages]
    return rows


def _stages_under_names(comparison: Comparison) -> list[_Row]:
    """As ``_stages``, with the names in a line of their own: a terminal is narrow."""
    titles = ("maps", *_STAGE_QUANTITIES)
    names = [cell for network in comparison.networks for cell in (network.name, *("",) * (len(titles) - 1))]
    return [("stage", *names), ("", *titles * len(comparison.networks)), *_stages(comparison)[1:]]


def _cells(cost: StageCost | None) -> _Row:
    if cost is None:
        return ("",) * (1 + len(_STAGE_QUANTITIES))
    return (sizes_text(cost), *(units.exact(of(cost)) for of in _STAGE_QUANTITIES.values()))


def _markdown(rows: Sequence[_Row]) -> list[str]:
    marks = ("---", *("--:",) * (len(rows[0]) - 1))
    return [f"| {' | '.join(row)} |" for row in (rows[0], marks, *rows[1:])]


def _network_dict(network: NetworkTotals) -> dict[str, object]:
    return {
        "name": network.name,
        "status": "complete" if network.error is None else "partial",
        "input_shapes": [list(shape) for shape in network.input_shapes],
        **{name.replace(" ", "_").lower(): of(network) for name, of in QUANTITIES.items()},
        "largest_map": None if network.largest_map is None else list(network.largest_map),
    }


def _stage_dict(stage: Stage) -> dict[str, object]:
    costs = [None if cost is None else _cost_dict(cost) for cost in stage.costs]
    return {"stage": stage.label, "halvings": stage.halvings, "networks": costs}


def _cost_dict(cost: StageCost) -> dict[str, object]:
    numbers = {name.lower(): of(cost) for name, of in _STAGE_QUANTITIES.items()}
    return {"sizes": [list(size) for size in cost.sizes], **numbers}
