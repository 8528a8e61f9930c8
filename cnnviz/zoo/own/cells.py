"""The code in a file of somebody's: a Python file's text by its declared encoding, a notebook's cells. No torch."""

from __future__ import annotations

import ast
import codecs
import io
import json
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from cnnviz.errors import CnnvizError

_MAGIC = re.compile(r"(?P<indent>\s*)(?P<target>[\w.,\s]+=\s*)?(?:[%!]|\?|\w[\w.]*\?)")
_PYTHON_CELLS = re.compile(r"%%(time|timeit|capture|prun|python3?)\b")  # magics of a cell whose rest is Python
_WIDE = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16"}
_WIDE |= {codecs.BOM_UTF16_BE: "utf-16"}  # after the longer marks, which begin alike
_MOST_LINES = 100  # of IPython's, that are told one by one from what is the middle of an expression


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of code that is run as a whole: a cell of a notebook, or all of a Python file."""

    number: int  # from 1; 0: all of a Python file
    line: int  # lines in the cells before
    text: str

    def code(self, file: Path) -> CodeType:
        """Return it compiled; its lines are blamed on "net.ipynb, cell 3"."""
        return compile(self.text, named(file, self.number), "exec", dont_inherit=True)


def is_notebook(file: Path) -> bool:
    """True for what Jupyter saves."""
    return file.suffix.lower() == ".ipynb"


def named(file: Path, number: int) -> str:
    """Return what a cell's lines are said to be of."""
    return f"{file}, cell {number}" if number else str(file)


def cells_of(content: bytes, file: Path) -> tuple[Cell, ...]:
    """Return the pieces of code of a file, in order. A notebook's cells that are no Python are left out.

    Raises:
        CnnvizError: it is no Python; the message has the line.
    """
    if not is_notebook(file):
        return (_checked(Cell(0, 0, _text(content, file)), file),)
    cells: list[Cell] = []
    refused: CnnvizError | None = None
    line = 0
    for number, source in _sources(content, file):
        try:
            cells.append(_checked(Cell(number, line, _without_magics(source)), file))
        except CnnvizError as error:
            refused = refused or error
        line += source.count("\n") + 1
    if not cells and refused is not None:
        raise refused
    return tuple(cells)


def whole_tree(cells: Sequence[Cell]) -> ast.Module:
    """Return one syntax tree; its lines are counted through all cells."""
    shifted = [ast.increment_lineno(ast.parse(cell.text), cell.line) for cell in cells]
    return ast.Module([node for tree in shifted for node in tree.body], [])


def place(cells: Sequence[Cell], line: int) -> str:
    """Return "line 31", or "cell 3, line 2" of a line that is counted through all cells."""
    cell = next((cell for cell in reversed(cells) if cell.line < line), None)
    return f"cell {cell.number}, line {line - cell.line}" if cell is not None and cell.number else f"line {line}"


def _text(content: bytes, file: Path) -> str:
    """Return the text by its byte order mark or its declared encoding (PEP 263), else UTF-8."""
    wide = next((encoding for mark, encoding in _WIDE.items() if content.startswith(mark)), None)
    if wide is None and b"\0" in content:
        raise CnnvizError(f"{file.name} is no text.", "Choose a file of Python source.")
    try:
        encoding = wide or tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        return io.StringIO(content.decode(encoding), newline=None).read()
    except LookupError as error:  # a codec that makes no text
        raise CnnvizError(
            f"{file.name} declares an encoding that is none of text: {error}.", "Save it as UTF-8."
        ) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        hint = "Save it as UTF-8, or declare its encoding in its first line: # -*- coding: gbk -*-"
        raise CnnvizError(f"{file.name}, line {line}: this is not {encoding.upper()}.", hint) from error
    except SyntaxError as error:  # of detect_encoding
        raise CnnvizError(f"{file.name}: {error.msg}.", "Save it as UTF-8, or declare the encoding it has.") from error


def _checked(cell: Cell, file: Path) -> Cell:
    name = named(file, cell.number)
    try:
        ast.parse(cell.text)  # with a name, Python would open that file for the line that it cannot read
        return cell
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise CnnvizError(f"{Path(name).name}{where}: {error.msg}.", (error.text or "").strip()) from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        raise CnnvizError(f"{file.name} is no Python file: {reason}.", "Choose a file of Python source.") from error


def _sources(content: bytes, file: Path) -> list[tuple[int, str]]:
    """Return the code cells of a notebook with their numbers, counted from 1 among the code cells.

    The format is nbformat 4, and 3 whose cells lie in worksheets.
    """
    try:
        notebook = json.loads(content)
        language = str(notebook.get("metadata", {}).get("kernelspec", {}).get("language", "python"))
        sheets = notebook.get("worksheets", [notebook])
        found = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
        sources = ["".join(cell.get("source", cell.get("input", ""))) for cell in found]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CnnvizError(f"{file.name} is no notebook that can be read.", "Save it again in Jupyter.") from error
    if language.lower() not in ("python", "python3"):
        raise CnnvizError(f"{file.name} is a notebook of {language}.", "Choose one of Python.")
    return list(enumerate(sources, start=1))


def _without_magics(source: str) -> str:
    """Return a cell's Python: lines for IPython or for a shell (%, !, ?) do nothing, and a cell that is all theirs too.

    Only where the cell is no Python as it is: such a line may be the middle of an expression.
    """
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        lines = ["pass", *lines[1:]] if _PYTHON_CELLS.match(lines[0]) else []
    for _ in range(_MOST_LINES):
        try:
            ast.parse("\n".join(lines))
            return "\n".join(lines)
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if not 0 <= at < len(lines) or not _blank(lines, at):
                return "\n".join(lines)
        except (ValueError, RecursionError, MemoryError):
            return "\n".join(lines)
    for at in range(len(lines)):
        _blank(lines, at)
    return "\n".join(lines)


def _blank(lines: list[str], at: int) -> bool:
    """Let a line of IPython's, and what it goes on with, do nothing; False: it is none."""
    found = _MAGIC.match(lines[at])
    if found is None:
        return False
    while lines[at].endswith("\\") and at + 1 < len(lines):
        lines[at] = f"{found['indent']}pass"
        at += 1
    lines[at] = f"{found['indent']}{found['target'] or ''}{'None' if found['target'] else 'pass'}"
    return True
