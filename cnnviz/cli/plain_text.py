"""Output for terminals and files that cannot hold every character: "×" is then written as "x"."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

_PLAIN = {
    "×": "x",
    "÷": "/",
    "–": "-",
    "−": "-",
    "→": "->",
    "…": "...",
    "≥": ">=",
    "█": "#",
    "░": ".",
    "⌊": "[",
    "⌋": "]",
}
_HANDLER = "cnnviz-plain"


def write_plainly_where_needed(*streams: TextIO | None) -> None:
    """Let ``streams`` write the nearest plain text, "?" at the worst, for what their encoding has not."""
    codecs.register_error(_HANDLER, _plain)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in text), error.end
