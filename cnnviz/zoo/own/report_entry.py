"""A saved report, ``cnnviz inspect MODEL --format json > r.json``, as an entry of the catalogue. No torch here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.zoo.specs import Architecture, InputShape

_HINT = "Make one: cnnviz inspect MODEL --format json > FILE.json."


def report_data(content: bytes, file: Path) -> dict[str, object]:
    """Return what stands in a saved report, of which only ``Report.from_dict`` knows whether it is whole.

    Raises:
        CnnvizError: it is no report.
    """
    try:
        data = json.loads(content, object_hook=_let_others_work)
    except (ValueError, RecursionError) as error:
        raise CnnvizError(f"{file.name} is no JSON: {error}.", _HINT) from error
    if not isinstance(data, dict) or not {"schema", "name", "input_shapes", "calls"} <= data.keys():
        raise CnnvizError(f"{file.name} is JSON, but no report of cnnviz's.", _HINT)
    return data


def _let_others_work(each: dict[str, object]) -> dict[str, object]:
    """Called for each object: between calls of Python's other threads have their turn, which C does not give them."""
    return each


def report_entry(content: bytes, file: Path, module: str) -> Architecture:
    """Return the entry: the input is what it was, and nothing can be chosen.

    Raises:
        CnnvizError: it is no report.
    """
    data = report_data(content, file)
    first, *further = _inputs(data["input_shapes"]) or ((),)
    network = Path(str(data["name"])).name
    return Architecture(
        name=str(file),
        title=file.name,
        group="My networks",
        family=network,
        module=module,
        input_shape=first,
        further_inputs=tuple(further),
        options=(),
        source=str(file),
        summary=f"A saved report of {network}{_made_with(data)}. There is no network in it that could run.",
        is_report=True,
    )


def _inputs(shapes: object) -> tuple[InputShape, ...]:
    """Return the shapes without their batch axes; none where the report holds something else, and is damaged."""
    try:
        return tuple(tuple(map(int, shape[1:])) for shape in shapes)  # type: ignore[attr-defined]  # what are none raise TypeError
    except (TypeError, ValueError, OverflowError):
        return ()


def _made_with(data: Mapping[str, object]) -> str:
    made_with = data.get("made_with")
    if not isinstance(made_with, dict):
        return ""
    return f", made with {', '.join(f'{name} {version}' for name, version in made_with.items())}"
