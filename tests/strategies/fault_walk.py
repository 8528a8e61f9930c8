"""Lets each thing that something asks of the file system fail once, in each way: all with CNNVIZ_EVERY_FAULT=1.

Expected each time: nothing happens, or a CnnvizError; what stood before is whole or what is new is; nothing is left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from failing_files import FAULTS, Edge, files_of_at_most

from cnnviz.errors import CnnvizError
from cnnviz.gui.unexpected import UnexpectedError, as_cnnviz_error

_EVERY = bool(os.environ.get("CNNVIZ_EVERY_FAULT"))
_SAMPLED = 5  # in the gate, of each scenario: every fifth operation, with the faults in turn
_REMOVALS = ("(unlink", "(remove", "(rmdir")  # what cannot be removed stays, until the next writing


class Scenario:
    """What is done in a folder: before anything fails, while something does, and what holds afterwards."""

    def prepare(self, folder: Path) -> None:
        """Make what is there before."""

    def act(self, folder: Path) -> None:
        """Do it; a CnnvizError says that it could not be done."""
        raise NotImplementedError

    def check(self, folder: Path, failed: bool) -> None:
        """Hold what is true whether it could be done or not."""


def walked(scenario: Scenario, folder: Path, first: int = 0) -> str:
    """Let everything fail once that ``scenario`` asks for in ``folder``; return what broke, in lines.

    In the gate every fifth thing fails, from the ``first``-th on.
    """
    broken: list[str] = []
    edge = _refused(scenario, folder, None, "EIO", broken)
    for number in range(len(edge.asked)):
        for at, fault in enumerate(FAULTS):
            if _EVERY or (number % _SAMPLED == first % _SAMPLED and at == number // _SAMPLED % len(FAULTS)):
                _refused(scenario, folder, number, fault, broken)
    print(f"{type(scenario).__name__}: {len(edge.asked)} operations, {len(broken)} broken")
    return "\n".join(broken[:30])


def stunted(scenario: Scenario, folder: Path) -> str:
    """Let no file grow beyond some sizes while ``scenario`` works in ``folder``; return what broke, in lines.

    So fail the writes of libraries, too, which are not Python's.
    """
    broken: list[str] = []
    _tried(scenario, folder, broken, lambda: files_of_at_most(1 << 40), lambda: "nothing")
    sizes = {file.stat().st_size for file in folder.rglob("*") if file.is_file()}
    limits = sorted({0, 1} | {some for size in sizes for some in (size // 2, size - 1) if some > 1})
    for limit in limits if _EVERY else limits[:: max(len(limits) // 6, 1)]:
        _tried(scenario, folder, broken, partial(files_of_at_most, limit), lambda limit=limit: f"{limit} bytes")  # type: ignore[misc]
    print(f"{type(scenario).__name__}: {len(limits)} sizes, {len(broken)} broken")
    return "\n".join(broken[:30])


def _refused(scenario: Scenario, folder: Path, fails: int | None, fault: str, broken: list[str]) -> Edge:
    edge = Edge(folder, fails, fault)

    def what() -> str:
        asked = "nothing" if fails is None else edge.asked[fails] if fails < len(edge.asked) else "?"
        return f"{fault} at {fails} ({asked})"

    _tried(scenario, folder, broken, edge.watched, what)
    return edge


def _tried(
    scenario: Scenario, folder: Path, broken: list[str], faulty: Callable[[], AbstractContextManager[None]],
    what: Callable[[], str],
) -> None:  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    scenario.prepare(folder)
    failed = False
    try:
        with faulty():
            try:
                scenario.act(folder)
            except (CnnvizError, OSError) as error:
                failed = True
                said = str(as_cnnviz_error(error))  # what the window says of it; so does the command line
                if isinstance(as_cnnviz_error(error), UnexpectedError) or "Errno" in said:
                    raise AssertionError(f"said: {said}") from error
        assert "nothing" not in what() or not failed, said
        scenario.check(folder, failed)
        left = [each.name for each in folder.rglob(".*")]
        assert not left or any(word in what() for word in _REMOVALS), f"left: {left}"
    except Exception as error:
        broken.append(f"{what()}: {type(error).__name__} {str(error)[:200]!r}")
