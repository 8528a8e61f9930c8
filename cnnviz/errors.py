"""The one kind of failure that a user can act on."""

from __future__ import annotations

from cnnviz.printable import in_a_line

MORE_MEMORY = "Close other programs, or allow this one more (ulimit -v)."


class CnnvizError(Exception):
    """Something the user can mend: ``message`` says what and why, ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = in_a_line(message)  # names of files, and what others wrote into them, stand in it
        self.hint = in_a_line(hint)

    def __str__(self) -> str:
        return in_one_line(self.message, self.hint)


def in_one_line(message: str, hint: str) -> str:
    """Return both as sentences, one behind the other."""
    stop = "" if not hint or message.endswith((".", "!", "?", ":")) else "."
    return f"{message}{stop} {hint}".strip()
