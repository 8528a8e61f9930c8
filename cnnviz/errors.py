"""The one kind of failure that a user can act on."""

from __future__ import annotations


class CnnvizError(Exception):
    """Something the user can mend: ``message`` says what and why, ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return in_one_line(self.message, self.hint)


def in_one_line(message: str, hint: str) -> str:
    """Return both as sentences, one behind the other."""
    stop = "" if not hint or message.endswith((".", "!", "?", ":")) else "."
    return f"{message}{stop} {hint}".strip()
