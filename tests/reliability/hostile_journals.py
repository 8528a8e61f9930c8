"""Reads runs whose journal or status somebody has written: ``python tests/reliability/hostile_journals.py``.

Every value of every kind of row, and of ``status.json``, takes odd values: the run is read, told and listed, or one
clear line says why not; what is told is fit for a terminal.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cnnviz.printable import in_a_line
from cnnviz.runs.status import read_status
from cnnviz.training.events import (
    CheckpointWritten,
    ClassesJudged,
    Diagnosed,
    LayerSeen,
    LayersSeen,
    LearningRateChanged,
    Noticed,
    RunFailed,
    Testing,
)
from cnnviz.training.recording import read_run, record
from cnnviz.training.rows import row_of
from cnnviz.training.run_list import list_runs
from cnnviz.training.wording import line_of

sys.path.append(str(Path(__file__).parents[1] / "strategies"))
from run_events import EPOCH, FINISHED, STARTED, STEPS, WHOLE  # isort: skip
from watched import Outcome, told, watched  # isort: skip  beside this file

_ODD = (
    *(None, "x", -1, 0, 10**30, 10**90, 10**400, 1e308, -1e308, float("nan"), float("inf"), 2**63, 2**53 - 1, True),
    *([], {}, [None], [10**400], [float("nan")], [1e308] * 3, ["\ud800"], [[[]]], "9" * 5000),
    "\ud800\x1b]0;x\x07\x9b31m\u202e<img src='http://127.0.0.1:9/x.png'>",
)
_EVENTS = (
    STARTED, STEPS, EPOCH, LayersSeen(1, 2, 5, (LayerSeen("0", "Conv2d", 1.0, 1.0, 1.0, 5, 0.5),)), Testing(1, 0.5),
    ClassesJudged(1, 2, (5, 5), (3, 2)), LearningRateChanged(1, 1, 0.1), Noticed("x"), CheckpointWritten(1, 2),
    Diagnosed("chance", 1, 1, "a", "b", "c", "learning_rate", "0.1"), FINISHED, RunFailed("failed", "x"),
)  # fmt: skip


def tried(folder: Path, count: int, seed: int) -> list[Outcome]:
    """Return how ``count`` of all ways ended, drawn at random."""
    run = folder / "runs" / "run"
    list(record(WHOLE, run))
    status = json.loads((run / "status.json").read_text())
    whole = [(run / name).read_text() for name in ("metrics.jsonl", "status.json")]
    ways = [(words, [json.dumps(row), whole[1]]) for event in _EVENTS for words, row in _odd(_plain(row_of(event)))]
    ways += [
        (words, [whole[0], json.dumps(row)])
        for state in ("running", "finished")
        for words, row in _odd(status | {"state": state})
    ]
    outcomes = []
    for words, contents in random.Random(seed).sample(ways, min(count, len(ways))):
        for name, content in zip(("metrics.jsonl", "status.json"), contents, strict=True):
            (run / name).write_text(f"{content}\n")
        outcomes.append(watched(words, partial(_look_at, run)))
    return outcomes


def _look_at(run: Path) -> None:
    list_runs(run.parent)
    read_status(run)
    for event in read_run(run).events:
        assert in_a_line(line_of(event) or "").isprintable()


def _odd(row: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    for path in _paths(row):
        for value in _ODD:
            copy = _plain(row)
            inner = copy
            for key in path[:-1]:
                inner = inner[key]  # type: ignore[assignment,index]  # a list or a dictionary
            inner[path[-1]] = value  # type: ignore[index]
            yield f"{row.get('kind', 'status')}.{'.'.join(map(str, path))} {str(value)[:20]!r}", copy


def _paths(value: object) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (key,)
        yield from ((key, *rest) for rest in _paths(each))


def _plain(row: dict[str, object]) -> dict[str, object]:
    copy: dict[str, object] = json.loads(json.dumps(row))
    return copy


def main() -> int:
    """Try as many as are asked for, and return 1 where there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-journals-") as folder:
        return bool(told("journals", tried(Path(folder), arguments.count, arguments.seed)))


if __name__ == "__main__":
    sys.exit(main())
