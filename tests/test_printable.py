"""Text of others is shown as text."""

from __future__ import annotations

import json

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.printable import in_a_cell, in_a_line, printable


@pytest.mark.parametrize(
    "text", ["\x1b[31mred", "\x9b31m", "a\rb", "\u202egnp", "a\x7f", "\u2028", "\udce9", "\0", "\ufffe"]
)
def test_what_commands_a_terminal_is_written_out(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert json.loads(f'"{shown}"') == text  # so JSON may be passed through it


@pytest.mark.parametrize("text", ["été 图 × – 🙂", "a\nb\tc", "csv\r\nline"])
def test_everything_else_stays(text: str) -> None:
    assert printable(text) == text


def test_an_error_is_one_line() -> None:
    error = CnnvizError("evil\x1b[2J\nname.png is no picture.", "a\nb")
    assert str(error) == "evil\\u001b[2J\\nname.png is no picture. a\\nb"
    assert in_a_line("a\nb") == "a\\nb"


def test_a_line_has_an_end() -> None:
    assert len(str(CnnvizError("m" * 100_000, "h" * 100_000))) < 2100


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\t=x"])
def test_cell_that_a_spreadsheet_would_compute_is_marked_as_text(text: str) -> None:
    assert in_a_cell(text) == f"'{text}"
    assert in_a_cell(f"x{text}") == f"x{text}"
