"""A program that torch.export saved as an entry of the catalogue: its description is JSON in a zip. No torch here."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.zoo.inputs import Input, said
from cnnviz.zoo.specs import Architecture

_GRAPHS = ("/models/model.json", "serialized_exported_program.json")  # since PyTorch 2.8; before
_KINDS = (
    "", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "", "complex64", "complex128",
    "bool", "bfloat16",
)  # fmt: skip  # by number: torch/_export/serde/schema.py, ``ScalarType``
_LARGEST = 64 << 20  # bytes of a description: a small archive can hold gigabytes


def program_entry(file: Path, module: str) -> Architecture:
    """Return the entry: its inputs are those that it was exported for, and nothing can be chosen.

    Raises:
        CnnvizError: it is no program that can be read.
    """
    first, further, dtypes = said(_inputs(file))
    return Architecture(
        name=str(file),
        title=file.stem,
        group="My networks",
        family=file.name,
        module=module,
        input_shape=first,
        further_inputs=further,
        dtypes=dtypes,
        options=(),
        source=str(file),
        summary="A program that torch.export saved. Its sizes are those that it was exported for.",
    )


def _inputs(file: Path) -> tuple[Input, ...]:
    """Return the inputs without their batch axes, from the JSON that describes the graph.

    The format is that of ``torch.export.save``: torch/_export/serde/schema.py, ``ExportedProgram``.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            model = next(each for each in archive.namelist() if each.endswith(_GRAPHS))
            if archive.getinfo(model).file_size > _LARGEST:  # a small archive can hold gigabytes
                raise ValueError("the description of the graph is too large")
            graph = json.loads(archive.read(model))["graph_module"]
        specs: list[dict[str, Any]] = graph["signature"]["input_specs"]
        names = [spec["user_input"]["arg"]["as_tensor"]["name"] for spec in specs if "user_input" in spec]
        values = [graph["graph"]["tensor_values"][each] for each in (names[0], *names[1:])]
        return tuple(Input(tuple(map(_size, each["sizes"][1:])), _KINDS[each["dtype"]]) for each in values)
    except Exception as error:  # whatever a damaged archive or description may raise
        hint = "Save it with torch.export.save(torch.export.export(model, (example,)), FILE.pt2) with this PyTorch."
        raise CnnvizError(f"{file.name} is no program of torch.export's that can be read.", hint) from error


def _size(size: dict[str, Any]) -> int:
    """Return a size, or for one that may vary the size of the example it was exported with."""
    return int(size["as_int"] if "as_int" in size else size["as_expr"]["hint"]["as_int"])
