"""A disk on which there is no more room."""

from __future__ import annotations

import errno


def no_space(*_args: object, **_kwargs: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


class FillsUp:
    """A file that takes ``room`` more bytes."""

    def __init__(self, out, room: int) -> None:
        self._out, self._room = out, room

    def write(self, content: bytes) -> int:
        if self._room == 0:
            no_space()
        taken = self._out.write(content[: self._room])
        self._room -= taken
        return taken

    def __getattr__(self, name: str) -> object:
        return getattr(self._out, name)
