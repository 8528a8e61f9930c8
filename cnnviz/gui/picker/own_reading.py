"""What the window asks of files of the user's: what the first frame does without is imported when it is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.zoo.catalog import Architecture
from cnnviz.zoo.own.own_names import NotToldError, OwnName


def is_gone(file: Path) -> bool:
    """Return whether there is no such file, or none that may be read."""
    return not os.path.isfile(file)  # noqa: PTH113  which refuses no name and no folder


def offered_by(file: Path) -> tuple[Architecture, ...]:
    """Return what a file offers, as ``architectures_in``."""
    from cnnviz.zoo.own.own_entries import architectures_in

    return architectures_in(file)


def revision_now(name: OwnName) -> str:
    """Return what changes when the file does."""
    from cnnviz.zoo.own.own_entries import revision_of

    return revision_of(name)


def note_imported(file: Path) -> None:
    """Remember what a file has imported."""
    from cnnviz.zoo.own.loading import note_neighbours

    note_neighbours(file)


def offered_by_running(file: Path) -> tuple[Architecture, ...]:
    """Run a file, in a worker thread, and return what it then offers.

    Raises:
        CnnvizError: it may not run, fails, or made no network.
    """
    from cnnviz.zoo.own.loading import networks_of_file

    networks_of_file(file)
    try:
        return offered_by(file)
    except NotToldError as error:
        raise CnnvizError(f"There is no network in {file.name}.", "It was run, and made none.") from error
