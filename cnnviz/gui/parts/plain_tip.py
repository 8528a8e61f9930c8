"""Tooltips of plain text. Qt takes what looks like HTML for HTML: a file's name could show pictures and links."""

from __future__ import annotations

from cnnviz.printable import printable


def plain_tip(text: str) -> str:
    """Return a tooltip that shows ``text`` as it is, whatever it looks like."""
    shown = printable(text)
    if "<" not in shown and "&" not in shown:  # what Qt tells HTML by
        return shown
    from html import escape  # which the first frame does without

    return f"<span style='white-space:pre-wrap'>{escape(shown)}</span>"
