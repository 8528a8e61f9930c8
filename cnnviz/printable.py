"""Text of others made fit to be shown: what would command a terminal, or turn the reading order, is written out."""

from __future__ import annotations

import re

# Controls (C0 but for tab and line ends, DEL, C1), line and paragraph separators, what turns the reading order, halves,
# and the two that no text holds.
_CONTROLS = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)

_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 1000  # characters of a line that somebody reads


def printable(text: str) -> str:
    """Return text with such a character as JSON would escape it: an escape is "\\u001b". Lines and tabs stay."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def in_a_line(text: str) -> str:
    """Return text for a single line: its line feeds and tabs are written out too, and what is beyond reading is cut."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return printable(shown).replace("\n", "\\n").replace("\t", "\\t")


def in_a_cell(text: str) -> str:
    """Return text for a cell of a table that spreadsheets open: what they would compute is marked as text."""
    return f"'{text}" if text.startswith(_COMPUTED) else text
