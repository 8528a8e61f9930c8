"""Runs the code of a file, of a notebook no more than it takes: most of them go on to train."""

from __future__ import annotations

import ast
import logging
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from cnnviz.zoo.own.cells import Cell, named
from cnnviz.zoo.own.source import networks_in

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
_log = logging.getLogger(__name__)


def cells_until(wanted: str, cells: Sequence[Cell]) -> int:
    """Return how many cells are to be run for a name: up to the last that binds it, all where none says that it does.

    "": up to the last that binds something which looks like a network.
    """
    for number in range(len(cells), 0, -1):
        for each in networks_in(ast.parse(cells[number - 1].text)):
            if each.name == wanted.partition(".")[0] or (not wanted and each.looks_like_one):
                return number
    return len(cells)


def run_cells(cells: Sequence[Cell], most: int, file: Path, module: ModuleType) -> Exception | None:
    """Run the first ``most`` cells in a module's names; of the others what they import and define.

    A notebook's cell that fails, as one may that reads data, leaves the others to run: its error is returned.

    Raises:
        Exception: what a Python file raises.
    """
    failure: Exception | None = None
    for at, cell in enumerate(cells):
        code = cell.code(file) if at < most else _definitions(cell, file)
        try:
            exec(code, vars(module))
        except Exception as error:
            if not cell.number:
                raise
            _log.info("cell %d of %s fails: %s", cell.number, file, error)
            failure = failure or error
    return failure


def _definitions(cell: Cell, file: Path) -> CodeType:
    name = named(file, cell.number)
    body = [node for node in ast.parse(cell.text, name).body if isinstance(node, _Definition)]
    code: CodeType = compile(ast.Module(list(body), []), name, "exec", dont_inherit=True)
    return code
