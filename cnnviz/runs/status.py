"""How a run is doing: ``status.json``, replaced as a whole, with a heartbeat."""

from __future__ import annotations

import json
import time
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.files import write_text
from cnnviz.runs.layout import STATUS

_HEARTBEAT_SECONDS = 1.0


class Status:
    """What ``status.json`` in ``folder`` says: state, epoch, step, heartbeat (Unix time, seconds), and more."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / STATUS
        self._facts: dict[str, object] = {"state": "preparing", "epoch": 0, "step": 0}
        self._last_beat = 0.0

    @property
    def under_way(self) -> bool:
        """True until the run has ended."""
        return self._facts["state"] in ("preparing", "running")

    def note(self, **facts: object) -> None:
        """Remember facts; the next ``beat`` writes them."""
        self._facts |= facts

    def beat(self, now: bool = False) -> None:
        """Write the file, once a second at the most unless it is to be ``now``.

        Raises:
            CnnvizError: there is no space left, or the folder cannot be written.
        """
        if now or time.monotonic() - self._last_beat >= _HEARTBEAT_SECONDS:
            self._last_beat = time.monotonic()
            write_text(self._file, json.dumps(self._facts | {"heartbeat": time.time()}, indent=1))


def read_status(folder: Path) -> dict[str, object]:
    """Return what ``status.json`` says.

    Raises:
        CnnvizError: it cannot be read.
    """
    try:
        status = json.loads((folder / STATUS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CnnvizError(f"{folder / STATUS} cannot be read: {error}.", "Choose the folder of a run.") from error
    if not isinstance(status, dict):
        raise CnnvizError(f"{folder / STATUS} says nothing about a run.", "Choose the folder of a run.")
    return status
