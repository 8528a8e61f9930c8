"""Goes on with runs whose checkpoint somebody has written: ``python tests/reliability/hostile_resumes.py``.

Every number and fact beside the weights is left out once, and takes odd values and shapes: the run goes on, or says in
one line why not. What an optimizer writes beyond a number that is too small would be somebody else's memory.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from cnnviz.training.config import TrainConfig
from cnnviz.training.engine import resume, train
from cnnviz.training.recording import record
from cnnviz.training.resumption import read_resumption

from watched import Outcome, told, watched  # isort: skip  beside this file

_CHECKPOINT = Path("checkpoints", "epoch-0001")
_ODD = (None, "x", -1, 10**30, 10**400, 1e308, float("nan"), [], {}, True, {"a": [1]}, "9" * 5000, 2**63)
_GONE = object()


def tried(folder: Path, count: int, seed: int) -> list[Outcome]:
    """Return how ``count`` of all ways ended, drawn at random."""
    run, copy = folder / "run", folder / "copy"
    config = TrainConfig("lenet", "fashion-mnist-sample", epochs=1, limit=64, device="cpu", precision="fp32")
    list(record(train(config), run))
    facts = json.loads((run / _CHECKPOINT / "state.json").read_text())
    arrays = load_file(run / _CHECKPOINT / "state.safetensors")
    ways = [*_facts_damaged(facts), *((words, facts, other) for words, other in _arrays_damaged(arrays))]
    outcomes = []
    for words, some_facts, *some_arrays in random.Random(seed).sample(ways, min(count, len(ways))):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(run, copy)
        shutil.rmtree(copy / "checkpoints" / "epoch-0000")
        (copy / _CHECKPOINT / "sums.json").unlink()  # else what is odd would be refused unread
        (copy / _CHECKPOINT / "state.json").write_text(json.dumps(some_facts))
        save_file(*(some_arrays or [arrays]), copy / _CHECKPOINT / "state.safetensors")
        outcomes.append(watched(words, partial(_go_on, copy), seconds=10))
    return outcomes


def _go_on(run: Path) -> None:
    resumption = read_resumption(run, {"epochs": 2})
    list(record(resume(resumption), run, point=resumption.point))


def _facts_damaged(facts: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for path in _paths(facts):
        for odd in (*_ODD, _GONE):
            copy = json.loads(json.dumps(facts))
            inner = copy
            for name in path[:-1]:
                inner = inner[name]
            inner[path[-1]] = odd
            if odd is _GONE:
                del inner[path[-1]]
            yield f"{'.'.join(path)} {'left out' if odd is _GONE else str(odd)[:20]}", copy


def _paths(table: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *rest) for rest in _paths(value))


def _arrays_damaged(arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    for name, array in arrays.items():
        with np.errstate(over="ignore"):
            coarse = array.astype(np.float16)
        others = {
            "empty": np.zeros(0, array.dtype),
            "of bool": np.ones(3, bool),
            "too long": np.zeros(5000, array.dtype),
            "one axis more": np.zeros((1, *array.shape), array.dtype),
            "float16": coarse,
            "full": np.full(array.shape, 255, array.dtype),
        }
        for words, other in others.items():
            yield f"{name} {words}", {**arrays, name: other}
        yield f"{name} left out", {each: value for each, value in arrays.items() if each != name}


def main() -> int:
    """Try as many as are asked for, and return 1 where there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-resumes-") as folder:
        return bool(told("resumes", tried(Path(folder), arguments.count, arguments.seed)))


if __name__ == "__main__":
    sys.exit(main())
